"""Adaptation of the acoustic model to a channel and its voices, from audio with transcripts.

Maximum likelihood linear regression (Leggetter and Woodland, "Maximum likelihood linear regression for
speaker adaptation of continuous density hidden Markov models", Computer Speech and Language 9, 1995): one
affine transform of all Gaussian means, ``A mu + b``, under which the audio is most likely. Covariances are
diagonal, so that each row of ``[b A]`` solves a small linear system of its own. The base model has three
streams of features (cepstra, their differences, the differences of these), each with its own transform.

PocketSphinx's forced alignment brings the frames of the audio to their phones. Within a phone a frame belongs
to the Gaussians by their likelihoods alone: the weights of its states, which PocketSphinx packs, count as
even.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speechops.embedded.recogniser.transcriber import decoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from speechops.embedded.recogniser.audio import Samples
    from speechops.embedded.recogniser.model import Entry
    from speechops.embedded.recogniser.ngrams import Floats

STREAMS, SIZE = 3, 13
_ITERATIONS = 2
_LEAST_VARIANCE = 1e-4
"""The floor that the decoder has by default (``varfloor``)."""
_PRIOR = 1e-3
"""Weight of the identity as against the audio, lest directions that it says nothing of run off."""


@dataclass(frozen=True)
class Transform:
    """``a[stream] @ mean + b[stream]`` for the means of each stream."""

    a: Floats
    b: Floats

    def write(self, path: Path) -> None:
        """Write the transform as PocketSphinx's option ``mllr`` takes it; the variances stay as they are."""
        rows: list[list[float]] = [[1], [STREAMS]]
        for a, b in zip(self.a, self.b, strict=True):
            rows += [[SIZE], *a.tolist(), b.tolist(), [1.0] * SIZE]
        text = "\n".join(" ".join(f"{value:.6g}" for value in row) for row in rows)
        path.write_text(text + "\n", encoding="ascii")


@dataclass(frozen=True)
class Gaussians:
    """The densities of an acoustic model, ``[phone, stream, density, dimension]``."""

    phones: tuple[str, ...]
    means: Floats
    variances: Floats

    @classmethod
    def read(cls, folder: Path) -> Gaussians:
        """Read a model of phonetically tied mixtures, in which each phone has one set of densities."""
        phones = _phones((folder / "mdef").read_bytes())
        means, variances = (_parameters((folder / name).read_bytes()) for name in ("means", "variances"))
        return cls(phones, means, np.maximum(variances, _LEAST_VARIANCE))

    def adapted(self, frames: Mapping[str, Floats]) -> Transform:
        """Return the transform under which each phone's ``[frame, stream, dimension]`` are most likely."""
        transform = Transform(np.tile(np.eye(SIZE), (STREAMS, 1, 1)), np.zeros((STREAMS, SIZE)))
        for _ in range(_ITERATIONS):
            systems = [_Systems() for _ in range(STREAMS)]
            for phone, seen in sorted(frames.items()):
                number = self.phones.index(phone)
                for stream, system in enumerate(systems):
                    means, variances = self.means[number, stream], self.variances[number, stream]
                    moved = means @ transform.a[stream].T + transform.b[stream]
                    system.add(seen[:, stream], means, variances, _shares(seen[:, stream], moved, variances))
            rows = np.stack([system.solved() for system in systems])
            transform = Transform(rows[:, :, 1:], rows[:, :, 0])
        return transform


class _Systems:
    """The linear systems of a stream, one for each row of ``[b A]`` (Leggetter and Woodland, equation 28)."""

    def __init__(self) -> None:
        self._left = np.zeros((SIZE, SIZE + 1, SIZE + 1))
        self._right = np.zeros((SIZE, SIZE + 1))

    def add(self, frames: Floats, means: Floats, variances: Floats, shares: Floats) -> None:
        """Count ``frames``, of which each density has its share."""
        extended = np.column_stack([np.ones(len(means)), means])
        weights = shares.sum(axis=0)[:, None] / variances
        self._left += np.einsum("gd,gi,gj->dij", weights, extended, extended, optimize=True)
        self._right += ((shares.T @ frames) / variances).T @ extended

    def solved(self) -> Floats:
        """Return the rows, drawn a little to those that change nothing."""
        unchanged = np.eye(SIZE, SIZE + 1, 1)
        weight = _PRIOR * np.trace(self._left, axis1=1, axis2=2)[:, None] / (SIZE + 1)
        left = self._left + weight[:, :, None] * np.eye(SIZE + 1)
        rows: Floats = np.linalg.solve(left, (self._right + weight * unchanged)[:, :, None])[:, :, 0]
        return rows


def _shares(frames: Floats, means: Floats, variances: Floats) -> Floats:
    """How much of each frame belongs to each density, ``[frame, density]``."""
    distance = (
        np.square(frames) @ (1 / variances).T
        - 2 * frames @ (means / variances).T
        + (np.square(means) / variances + np.log(variances)).sum(axis=1)
    )
    likelihood = np.exp((distance.min(axis=1, keepdims=True) - distance) / 2)
    shares: Floats = likelihood / likelihood.sum(axis=1, keepdims=True)
    return shares


class Aligner:
    """Brings audio to the phones of its transcripts; ``scratch`` is an empty folder for the decoder's use."""

    def __init__(self, entries: Iterable[Entry], scratch: Path) -> None:
        self._scratch = scratch
        self._decoder = decoder(entries, mfclogdir=str(scratch))

    def aligned(self, samples: Samples, words: Sequence[str]) -> list[tuple[str, Floats]]:
        """Return the phones of ``words`` with their frames of features; none where the audio does not fit."""
        if not samples.any() or not words or any(self._decoder.lookup_word(word) is None for word in words):
            return []
        try:
            self._decoder.set_align_text(" ".join(words))
            self._run(samples)  # to the words
            if self._decoder.hyp() is None:
                return []
            self._decoder.set_alignment()
            features = _features(self._run(samples))  # to the phones
            phones = [phone for word in self._decoder.get_alignment() for phone in word]
        except RuntimeError:  # no path through the words fits
            return []
        spoken = [phone for phone in phones if phone.name != "SIL" and not phone.name.startswith("+")]
        return [(phone.name, features[phone.start : phone.start + phone.duration]) for phone in spoken]

    def _run(self, samples: Samples) -> Floats:
        """Return the cepstra of ``samples``, ``[frame, dimension]``, which the decoder goes through."""
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        (log,) = self._scratch.iterdir()
        numbers = np.frombuffer(log.read_bytes()[4:], ">f4")  # after their count
        log.unlink()
        return numbers[: len(numbers) // SIZE * SIZE].reshape(-1, SIZE).astype(np.float64)


def _features(cepstra: Floats) -> Floats:
    """Return the streams of features as the decoder makes them (``feat 1s_c_d_dd``, ``cmn batch``)."""
    static = cepstra - cepstra.mean(axis=0)
    padded = np.pad(static, ((3, 3), (0, 0)), mode="edge")

    def shifted(by: int) -> Floats:
        return padded[3 + by : 3 + by + len(static)]

    first = shifted(2) - shifted(-2)
    second = (shifted(3) - shifted(-1)) - (shifted(1) - shifted(-3))
    return np.stack([static, first, second], axis=1)


def _parameters(data: bytes) -> Floats:
    """Return the numbers of a Sphinx-3 file of Gaussian parameters."""
    start = data.index(b"endhdr\n") + len(b"endhdr\n") + 4  # after the mark of the byte order
    phones, streams, densities = struct.unpack_from("<3i", data, start)
    numbers = np.frombuffer(data, "<f4", phones * streams * densities * SIZE, start + 4 * (3 + streams + 1))
    return numbers.reshape(phones, streams, densities, SIZE).astype(np.float64)


def _phones(data: bytes) -> tuple[str, ...]:
    """Return the names of the phones in a binary model definition, in the order of their numbers."""
    _, _, described = struct.unpack_from("<4sii", data)
    start = struct.calcsize("<4sii") + described
    (count,) = struct.unpack_from("<i", data, start)
    names = data[start + 4 * 10 :].split(b"\0", count)[:count]  # after ten numbers
    return tuple(name.decode() for name in names)
