from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import audio


def sound(samples: np.ndarray, *, rate: int = 16_000, channels: int = 1, width: int = 2) -> io.BytesIO:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(width)
        wav.setframerate(rate)
        wav.writeframes(samples.tobytes())
    file.seek(0)
    return file


def tone(rate: int, seconds: float = 0.5) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * 1000 * np.arange(rate * seconds) / rate)).astype(np.int16)


def test_read__sixteen_thousand_a_second_as_they_are() -> None:
    assert audio.read(sound(tone(16_000)), "a.wav").tolist() == tone(16_000).tolist()


def test_read__eight_thousand_a_second_are_doubled() -> None:
    doubled = audio.read(sound(tone(8_000), rate=8_000), "a.wav")
    assert len(doubled) == 8_000
    inner = slice(100, -100)
    assert np.abs(doubled[inner].astype(int) - tone(16_000)[inner]).max() <= 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"rate": 44_100}, "1 channel(s) of 16 bits at 44100 Hz"),
        ({"channels": 2}, "2 channel(s) of 16 bits at 16000 Hz"),
        ({"width": 1}, "1 channel(s) of 8 bits at 16000 Hz"),
    ],
)
def test_read__other_audio_is_refused(form: dict[str, int], said: str) -> None:
    with pytest.raises(EngineError) as refused:
        audio.read(sound(tone(16_000), **form), "a.wav")
    assert said in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 an mp3 file"])
def test_read__no_wave_file(data: bytes) -> None:
    with pytest.raises(EngineError, match=r"a\.wav cannot be used: the audio is not a PCM wave file"):
        audio.read(io.BytesIO(data), "a.wav")


def test_read__a_file_cut_within_a_sample() -> None:
    data = sound(tone(16_000)).getvalue()[:-1001]
    assert len(audio.read(io.BytesIO(data), "a.wav")) == 8_000 - 501


def test_seconds__from_the_head() -> None:
    assert audio.seconds(sound(tone(8_000), rate=8_000), "a.wav") == 0.5


def test_parts__short_audio_is_one() -> None:
    samples = tone(16_000)
    assert [(start, len(part)) for start, part in audio.parts(samples)] == [(0, 8_000)]


def test_parts__long_audio_is_cut_where_it_is_quiet() -> None:
    samples = np.full(16_000 * 700, 1000, np.int16)
    for second in (290, 575):
        samples[16_000 * second : 16_000 * second + 8_000] = 0
    parts = list(audio.parts(samples))
    assert [start // 16_000 for start, _ in parts] == [0, 290, 575]
    assert np.array_equal(np.concatenate([part for _, part in parts]), samples)
