from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from speechops.embedded.recogniser import acoustics, audio, base, model
from speechops.embedded.recogniser.acoustics import Aligner, Gaussians, Transform
from speechops.embedded.recogniser.transcriber import decoder
from tests.embedded.recogniser.conftest import PHARMACY

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["the", "salbutamol", "inhaler", "needs", "a", "spacer", "for", "children"]
SALBUTAMOL = model.Entry("salbutamol", "", ("S AE L B Y UW T AH M AA L",))
UNCHANGED = Transform(np.tile(np.eye(13), (3, 1, 1)), np.zeros((3, 13)))


@pytest.fixture(scope="module")
def gaussians() -> Gaussians:
    return Gaussians.read(base.acoustics())


@pytest.fixture(scope="module")
def speech() -> audio.Samples:
    with (PHARMACY / "test" / "17-slt.wav").open("rb") as file:
        return audio.read(file, "17-slt.wav")


@pytest.fixture
def aligner(tmp_path: Path) -> Aligner:
    return Aligner([SALBUTAMOL], tmp_path)


def drawn(gaussians: Gaussians, transform: Transform, frames: int) -> dict[str, np.ndarray]:
    """Return frames that the densities would make if ``transform`` were true of them."""
    random = np.random.default_rng(0)
    made = {}
    for number, phone in enumerate(gaussians.phones):
        density = random.integers(gaussians.means.shape[2], size=(frames, 3))
        means = gaussians.means[number, np.arange(3), density]
        moved = np.einsum("sij,fsj->fsi", transform.a, means) + transform.b
        spread = np.sqrt(gaussians.variances[number, np.arange(3), density])
        made[phone] = random.normal(moved, spread)
    return made


def test_read__a_set_of_densities_for_each_phone(gaussians: Gaussians) -> None:
    assert gaussians.means.shape == gaussians.variances.shape == (42, 3, 128, 13)
    assert {"AA", "SIL", "ZH", "+NSN+"} < set(gaussians.phones)
    assert (gaussians.variances > 0).all()


def test_adapted__finds_the_transform_that_made_the_audio(gaussians: Gaussians) -> None:
    random = np.random.default_rng(1)
    true = Transform(UNCHANGED.a + random.normal(0, 0.05, (3, 13, 13)), random.normal(0, 0.5, (3, 13)))
    found = gaussians.adapted(drawn(gaussians, true, 300))
    assert np.linalg.norm(found.a - true.a) < 0.5 * np.linalg.norm(UNCHANGED.a - true.a)
    assert np.linalg.norm(found.b - true.b) < 0.5 * np.linalg.norm(UNCHANGED.b - true.b)


def test_adapted__leaves_the_model_where_it_fits(gaussians: Gaussians) -> None:
    found = gaussians.adapted(drawn(gaussians, UNCHANGED, 300))
    assert found.a == pytest.approx(UNCHANGED.a, abs=0.1)
    assert found.b == pytest.approx(UNCHANGED.b, abs=0.2)


def test_write__pocketsphinx_takes_the_transform(tmp_path: Path) -> None:
    UNCHANGED.write(tmp_path / "mllr")
    decoder([], mllr=str(tmp_path / "mllr"))
    (tmp_path / "mllr").write_text("1\n3\n12\n")
    with pytest.raises(RuntimeError):
        decoder([], mllr=str(tmp_path / "mllr"))


def test_aligned__brings_every_phone_its_frames(aligner: Aligner, speech: audio.Samples) -> None:
    spoken = aligner.aligned(speech, WORDS)
    assert " ".join(phone for phone, _ in spoken[3:14]) == "AE L B Y UW T AH M AA L IH"
    frames = np.concatenate([frames for _, frames in spoken])
    assert frames.shape[1:] == (3, 13)
    assert 0.5 < len(frames) / 100 / (len(speech) / audio.RATE) <= 1


def test_aligned__features_are_those_of_the_decoder(aligner: Aligner, speech: audio.Samples) -> None:
    # Right features are near the densities of their own phones, more than of any others.
    gaussians = Gaussians.read(base.acoustics())

    def likelihood(phone: str, frames: np.ndarray) -> float:
        number = gaussians.phones.index(phone)
        means, variances = gaussians.means[number], gaussians.variances[number]
        distance = ((frames[:, :, None] - means) ** 2 / variances + np.log(variances)).sum(axis=3)
        return float(np.logaddexp.reduce(-distance / 2, axis=2).sum())

    spoken = aligner.aligned(speech, WORDS)
    phones = sorted({phone for phone, _ in spoken})
    best = [max(phones, key=lambda phone: likelihood(phone, frames)) for _, frames in spoken]
    right = sum(phone == found for (phone, _), found in zip(spoken, best, strict=True))
    assert right > len(spoken) / 2


@pytest.mark.parametrize("words", [[], ["unheardofword"]])
def test_aligned__nothing_without_known_words(
    aligner: Aligner, speech: audio.Samples, words: list[str]
) -> None:
    assert aligner.aligned(speech, words) == []


def test_aligned__nothing_where_the_transcript_cannot_fit(aligner: Aligner, speech: audio.Samples) -> None:
    assert aligner.aligned(speech[:8000], 10 * WORDS) == []
    assert aligner.aligned(np.zeros(16_000, np.int16), WORDS) == []
    assert aligner.aligned(speech, WORDS) != []  # and goes on after a failure


def test_features__differences_span_their_frames() -> None:
    ramp = np.arange(20.0)[:, None] * np.ones(13)
    static, first, second = acoustics._features(ramp).transpose(1, 0, 2)
    assert static.mean(axis=0) == pytest.approx(0)
    assert first[5:-5] == pytest.approx(4)
    assert second[5:-5] == pytest.approx(0)
