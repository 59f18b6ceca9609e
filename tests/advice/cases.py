"""Made-up tests to advise on: utterances as what was said and what each model recognized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import scoring
from speechops.advice import Situation, collect
from speechops.advice import advise as advised
from speechops.registry.documents import Sentence, Vocabulary
from speechops.report.report import Utterance
from speechops.scoring.alignment import paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.advice import Advice
    from speechops.scoring import Outcome

Row = tuple[str, str, str | None]


def vocabulary(*sentences: str, pronounced: Sequence[str] = ()) -> Vocabulary:
    """Return what a model is taught by these sentences."""
    words: dict[str, int] = {}
    for word in " ".join(sentences).split():
        words[word] = words.get(word, 0) + 1
    kept = tuple(
        Sentence("training/text.txt", line, text, tuple(text.split()))
        for line, text in enumerate(sentences, 1)
    )
    return Vocabulary("m", "f", words, kept, tuple(pronounced), "training/text.txt", "pronunciation.txt")


def utterances(rows: Sequence[Row], groups: Sequence[str] = ()) -> list[Utterance]:
    """Return aligned utterances named ``01.wav`` and so on."""
    made = []
    for index, (said, before, after) in enumerate(rows):
        (benchmark,) = paths([said], [before], str.split)
        candidate = None if after is None else paths([said], [after], str.split)[0]
        group = groups[index] if groups else ""
        made.append(Utterance(f"{index + 1:02}.wav", said, before, benchmark, after, candidate, group))
    return made


def advise(
    rows: Sequence[Row],
    before: Vocabulary | None = None,
    after: Vocabulary | None = None,
    *,
    outcome: Outcome | None = None,
    groups: Sequence[str] = (),
    leaked: tuple[str, ...] = (),
    unit: scoring.Unit = scoring.Unit.WORD,
) -> tuple[Advice, ...]:
    """Return the advice on a made-up test."""
    evidence = collect(utterances(rows, groups))
    return advised(Situation(evidence, unit, before, after, outcome, leaked, total=len(rows)))
