"""Where test sets come from: two models whose true difference is known.

Made-up utterances have 3 to 60 words, 12 on average; the chance of an error differs from utterance to
utterance (a beta distribution of concentration 4); on some share of the words the second model does what the
first did, on the others it errs on its own account; of its errors, a gain takes away a part. Other test sets
are drawn from recognitions of the embedded service (``recognitions.json``, made by ``bench.recognitions``).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from speechops import scoring
from speechops.scoring import Scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONCENTRATION = 4
ENGLISH = scoring.normaliser("en-US")
RECOGNITIONS = Path(__file__).parents[1] / "recognitions.json"
_PIECE = 20_000
_PIECES = 10

Paths = list[str]


class Source(Protocol):
    """Where test sets come from."""

    @property
    def name(self) -> str:
        """What stands in the table."""
        ...

    @property
    def truth(self) -> float:
        """The difference in error rate that an endless test set would show."""
        ...

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        ...


@dataclass(frozen=True)
class MadeUp:
    """Utterances out of a model of speech recognition.

    ``lost`` is the share of utterances of which a model gets nothing, ``invented`` the share to which it adds
    some 15 words, ``bursts`` the share to which it adds words by a Pareto law, up to 200. ``forgets`` is the
    share that the candidate alone loses.
    """

    label: str = "equal"
    gain: float = 0.0
    shared: float = 0.7
    rate: float = 0.1
    lost: float = 0.0
    invented: float = 0.0
    bursts: float = 0.0
    forgets: float = 0.0

    @property
    def name(self) -> str:
        """What stands in the table."""
        return self.label

    @cached_property
    def truth(self) -> float:
        """The difference in error rate: known for equal models, else that of 200,000 utterances."""
        if not self.gain and not self.forgets:
            return 0.0
        random = np.random.default_rng(13)
        counts = [
            [scoring.Counts.of("".join(paths)) for paths in self.draw(_PIECE, random)] for _ in range(_PIECES)
        ]
        errors = sum(after.errors - before.errors for before, after in counts)
        return errors / sum(before.reference_words for before, _ in counts)

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        lengths = lengths_of(utterances, random)
        chance = random.beta(self.rate * CONCENTRATION, (1 - self.rate) * CONCENTRATION, utterances)
        words = int(lengths.sum())
        difficulty = np.repeat(chance, lengths)
        one = random.random(words) < difficulty
        own = random.random(words) < difficulty
        other = np.where(random.random(words) < self.shared, one, own) & (random.random(words) >= self.gain)
        return (
            self._accidents(paths_of(one, lengths), random, self.lost),
            self._accidents(paths_of(other, lengths), random, self.lost + self.forgets),
        )

    def _accidents(self, paths: Paths, random: np.random.Generator, lost: float) -> Paths:
        number = len(paths)
        added = np.where(random.random(number) < self.invented, random.geometric(1 / 15, number), 0)
        bursts = np.minimum(np.ceil(random.pareto(1.5, number) * 3), 200).astype(int)
        added += np.where(random.random(number) < self.bursts, bursts, 0)
        gone = random.random(number) < lost
        return [
            ("D" * len(path) if none else path) + "I" * more
            for path, none, more in zip(paths, gone.tolist(), added.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class Swapped:
    """A source whose models have traded places: the candidate is worse."""

    source: Source

    @property
    def name(self) -> str:
        """What stands in the table."""
        return f"{self.source.name}, swapped"

    @property
    def truth(self) -> float:
        """The difference in error rate that an endless test set would show."""
        return -self.source.truth

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        one, other = self.source.draw(utterances, random)
        return other, one


@dataclass(frozen=True)
class Recognised:
    """Utterances that the embedded recogniser heard, drawn with replacement.

    Equal models trade places at random in each utterance, so that their true difference is zero.
    """

    benchmark: Paths
    candidate: Paths
    equal: bool

    @property
    def name(self) -> str:
        """What stands in the table."""
        gain = -self.truth / (scoring.Counts.of("".join(self.benchmark)).error_rate or 1.0)
        return "recognized, equal" if self.equal else f"recognized, {gain:.0%} better"

    @cached_property
    def truth(self) -> float:
        """The difference in error rate over all the recognitions."""
        one, other = (scoring.Counts.of("".join(paths)) for paths in (self.benchmark, self.candidate))
        return 0.0 if self.equal else (other.errors - one.errors) / one.reference_words

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        chosen = random.integers(0, len(self.benchmark), utterances)
        pairs = [(self.benchmark[index], self.candidate[index]) for index in chosen]
        if self.equal:
            turns = random.choice([1, -1], utterances)
            pairs = [pair[::turn] for pair, turn in zip(pairs, turns, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


@dataclass(frozen=True)
class Speakers:
    """Equal models that suit each speaker differently; some speakers have many utterances, most have few.

    Both models' chances of an error with a speaker come from the same beta distribution (mean 10 %,
    concentration 20); the number of a speaker's utterances is lognormal (median 8, sigma 1).
    """

    rate: float = 0.1
    concentration: float = 20

    def draw(self, speakers: int, random: np.random.Generator) -> tuple[Paths, Paths, tuple[str, ...]]:
        """Return the paths of both models on a test set, and each utterance's speaker."""
        sizes = np.clip(np.round(random.lognormal(math.log(8), 1, speakers)), 1, 200).astype(int)
        speaker = np.repeat(np.arange(speakers), sizes)
        lengths = lengths_of(len(speaker), random)
        mean, rest = self.rate * self.concentration, (1 - self.rate) * self.concentration
        chances = random.beta(mean, rest, (2, speakers))[:, np.repeat(speaker, lengths)]
        one, other = random.random(chances.shape) < chances
        return paths_of(one, lengths), paths_of(other, lengths), tuple(map(str, speaker))


def recognised() -> list[Source]:
    """Return what ``bench.recognitions`` heard, as two equal models and as one that is better."""
    paths = json.loads(RECOGNITIONS.read_text(encoding="utf-8"))
    return [
        Recognised(paths["one"], paths["other"], equal=True),
        Recognised(paths["one"], paths["better"], equal=False),
    ]


def lengths_of(utterances: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw the words of each utterance."""
    return np.clip(np.round(3 + random.gamma(1.6, 9.2 / 1.6, utterances)), 3, 60).astype(np.int64)


def paths_of(wrong: NDArray[np.bool_], lengths: NDArray[np.int64]) -> Paths:
    """Return a path for each utterance; what is wrong is a substitution."""
    text = np.where(wrong, b"S", b"=").tobytes().decode("ascii")
    ends = np.cumsum(lengths)
    return [text[end - length : end] for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)]


def scores(paths: Paths, clusters: Sequence[str] = ()) -> Scores:
    """Return the scores of a model."""
    blank = ("",) * len(paths)
    keys = tuple(map(str, range(len(paths))))
    return Scores(ENGLISH, keys, tuple(paths), blank, tuple(clusters) or blank)
