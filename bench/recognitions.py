"""Recognitions to calibrate the verdict with: the embedded recogniser hears the sample's audio through noise.

    python -m bench.recognitions

Every wav is heard at several levels of noise by three models, all trained on the sample's data. Two are
equal: the same model, with noise of its own. The third is better: its noise is a little weaker. Their
alignments go to ``recognitions.json`` beside this file, as paths (see ``speechops.scoring.counts``), for
``bench.calibration`` to draw test sets from. Takes some ten minutes on two cores.
"""

from __future__ import annotations

import json
import tempfile
import wave
from pathlib import Path

import numpy as np

from bench.sample import HELPFUL, LOCALE, TEST, test_data
from speechops import scoring
from speechops.embedded.recogniser import PocketSphinxEngine

FILE = Path(__file__).with_name("recognitions.json")
SEED = 7
LEVELS = np.linspace(30, 46, 12)
"""Signal to noise, in decibels."""
GAIN = 4
"""By so many decibels the noise of the better model is weaker."""


def main() -> None:
    """Hear everything and write the file."""
    utterances = test_data().utterances
    rules = scoring.normaliser(LOCALE)
    models = {"one": 0.0, "other": 0.0, "better": GAIN}
    paths: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as name, PocketSphinxEngine(Path(name, "cache")) as engine:
        trained = Path(name, "model")
        trained.mkdir()
        engine.train(trained, HELPFUL.material(), weight_percent=None, locale=LOCALE)
        for number, (model, gain) in enumerate(models.items()):
            random = np.random.default_rng([SEED, number])
            wavs, texts = [], []
            for level in LEVELS:
                for one in utterances:
                    wavs.append(Path(name, f"{number}-{level:.1f}-{one.audio}"))
                    texts.append(one.text)
                    add_noise(TEST / one.audio, wavs[-1], level + gain, random)
            heard = [recognition.lexical for recognition in engine.recognise(trained, wavs)]
            scores = scoring.score(zip(map(str, wavs), texts, heard, strict=True), rules)
            paths[model] = list(scores.paths)
            print(
                f"{model}: {scores.total.error_rate:.1%} of {scores.total.reference_words:,} words",
                flush=True,
            )
    FILE.write_text(json.dumps(paths, indent=0) + "\n", encoding="utf-8")


def add_noise(source: Path, target: Path, decibels: float, random: np.random.Generator) -> None:
    """Write ``source`` with white noise, ``decibels`` below the power of its sound."""
    with wave.open(str(source)) as audio:
        sound = np.frombuffer(audio.readframes(audio.getnframes()), dtype="<i2").astype(float)
        form = audio.getparams()
    power = np.mean(sound[np.abs(sound) > np.abs(sound).mean()] ** 2) / 10 ** (decibels / 10)
    noisy = np.clip(sound + random.normal(0, np.sqrt(power), len(sound)), -32768, 32767)
    with wave.open(str(target), "wb") as audio:
        audio.setparams(form)
        audio.writeframes(noisy.astype("<i2").tobytes())


if __name__ == "__main__":
    main()
