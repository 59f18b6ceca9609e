"""A lower sample rate: what is in the new band stays, what is above it goes, however the audio is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.corpus import resampling

RATES = [
    (44_100, 16_000),
    (48_000, 16_000),
    (22_050, 16_000),
    (24_000, 16_000),
    (96_000, 16_000),
    (11_025, 8_000),
]


def lowered(samples: np.ndarray, rate: int, target: int, chunk: int = 10_000) -> np.ndarray:
    resampler = resampling.Resampler(rate, target)
    parts = [resampler.add(samples[at : at + chunk].tobytes()) for at in range(0, len(samples), chunk)]
    return np.frombuffer(b"".join([*parts, resampler.end()]), "<i2").astype(float)


def tone(hertz: float, rate: int, number: int) -> np.ndarray:
    return 10_000 * np.sin(2 * np.pi * hertz * np.arange(number) / rate)


def decibels(signal: np.ndarray) -> float:
    middle = signal[300:-300]
    return float(20 * np.log10(np.sqrt(np.mean(middle**2)) / 7_071 + 1e-9))


@pytest.mark.parametrize(("rate", "target"), RATES)
def test_tone__within_the_new_band_is_unchanged_and_above_it_is_gone(rate: int, target: int) -> None:
    assert resampling.target_of(rate) == target
    kept = lowered(np.rint(tone(1_000, rate, rate)).astype("<i2"), rate, target)
    assert len(kept) == resampling.length_of(rate, rate, target) == target
    assert decibels(kept - tone(1_000, target, target)) < -80
    gone = lowered(np.rint(tone(0.56 * target, rate, rate)).astype("<i2"), rate, target)
    assert decibels(gone) < -70


@given(st.integers(1, 3_000), st.integers(0, 4_000), st.sampled_from(RATES))
def test_chunks__make_no_difference(chunk: int, number: int, rates: tuple[int, int]) -> None:
    samples = np.random.default_rng(1).integers(-32_768, 32_767, number).astype("<i2")
    made = lowered(samples, *rates, chunk=chunk)
    assert len(made) == resampling.length_of(number, *rates)
    assert np.array_equal(made, lowered(samples, *rates))


@pytest.mark.parametrize("rate", [4_000, 7_999, 16_001])
def test_rate__that_is_too_low_or_odd_has_no_target(rate: int) -> None:
    assert resampling.target_of(rate) == 0
