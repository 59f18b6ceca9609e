"""What the rules look at: the evidence, what both models were trained on, and how the test ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.advice.piece import Advice, Example, Rule
from speechops.scoring import Outcome

if TYPE_CHECKING:
    from speechops.advice.evidence import Evidence, Mistake
    from speechops.registry.documents import Vocabulary
    from speechops.scoring import Unit

_EXAMPLES = 40
_ACCIDENT = 3
_UTTERANCES = 200
_LINES = 200


@dataclass(frozen=True, slots=True)
class Situation:
    """One test. ``before`` and ``after`` are the training vocabularies of benchmark and candidate, if known.

    A base model has an empty vocabulary. ``leaked`` are the utterances that are also training data,
    ``excluded`` tells that they were left out of the verdict; ``total`` counts all utterances of the test.
    """

    evidence: Evidence
    unit: Unit
    before: Vocabulary | None = None
    after: Vocabulary | None = None
    outcome: Outcome | None = None
    leaked: tuple[str, ...] = ()
    excluded: bool = False
    total: int = 0

    @property
    def paired(self) -> bool:
        """Whether a candidate was tested beside the benchmark."""
        return self.evidence.candidate is not None

    @property
    def tested_on(self) -> Vocabulary | None:
        """What the tested model was trained on."""
        return self.after if self.paired else self.before

    @property
    def regressed(self) -> bool:
        """Whether the candidate got worse beyond an accident: then its new mistakes are what matters."""
        candidate = self.evidence.candidate
        if candidate is None or self.outcome is Outcome.BETTER:
            return False
        more = len(candidate.mistakes) - len(self.evidence.benchmark.mistakes)
        return more > 0 and (self.outcome is Outcome.WORSE or more >= _ACCIDENT)


def taught(vocabulary: Vocabulary | None, word: str) -> int | None:
    """Return how often a word is in training data; None if that is unknown."""
    if vocabulary is None:
        return None
    times = vocabulary.words.get(word)
    return times if times is not None or not vocabulary.whole else 0


@dataclass(slots=True)
class Pile:
    """The mistakes that one rule explains, with the words to show for it."""

    mistakes: dict[int, Mistake] = field(default_factory=dict)
    examples: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, mistake: Mistake, said: str = "", heard: str | None = None) -> None:
        """Add a mistake, once, and a word of it with what was recognized instead."""
        self.mistakes[id(mistake)] = mistake
        if said or heard is not None:
            text = " ".join(mistake.region.heard) if heard is None else heard
            self.examples.setdefault(said, Counter())[text] += 1

    @property
    def new(self) -> int:
        """The mistakes that the benchmark did not make."""
        return sum(mistake.new for mistake in self.mistakes.values())

    @property
    def words(self) -> list[str]:
        """The words, in alphabetical order."""
        return sorted(self.examples)

    @property
    def utterances(self) -> tuple[str, ...]:
        """The utterances in which the mistakes are."""
        return tuple(dict.fromkeys(mistake.utterance.id for mistake in self.mistakes.values()))

    def advice(
        self,
        situation: Situation,
        rule: Rule,
        title: str,
        evidence: str,
        detail: str = "",
        lines: tuple[str, ...] = (),
        file: str = "",
    ) -> Advice:
        """Return the advice that the pile gives."""
        explained, of = self.weight(situation)
        ranked = sorted(self.examples.items(), key=lambda item: (-item[1].total(), -len(item[0]), item[0]))
        return Advice(
            rule,
            title,
            evidence,
            detail,
            explained,
            explained / of if of else 0.0,
            tuple(
                Example(said, heard.most_common(1)[0][0], heard.total()) for said, heard in ranked[:_EXAMPLES]
            ),
            self.utterances[:_UTTERANCES],
            lines[:_LINES],
            file,
        )

    def weight(self, situation: Situation) -> tuple[int, int]:
        """Return how many mistakes are explained, and of how many: of the new ones after a regression."""
        tested = situation.evidence.tested.mistakes
        if situation.regressed:
            return self.new, sum(mistake.new for mistake in tested)
        return len(self.mistakes), len(tested)
