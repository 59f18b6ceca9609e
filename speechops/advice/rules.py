"""The rules together: at most four pieces of advice, ordered by the errors that each explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.advice import audio_rules, transcript_rules, vocabulary_rules
from speechops.advice import words as classes
from speechops.advice.piece import Advice, Rule
from speechops.advice.situation import Situation, taught
from speechops.scoring import Outcome, Unit, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST", "Situation", "advise", "is_void"]

MOST = 4
"""More advice than this would be a list to ignore."""

_VOID = 0.1
"""The share of leaked utterances from which a rate says more about the leak than about the model."""

_BLIND = 0.2
_LEAST = 3
_POOR = 0.3
"""Microsoft calls a word error rate of 5 to 10 % good, 20 % acceptable, 30 % or more poor."""


def is_void(leaked: int, total: int, *, excluded: bool) -> bool:
    """Whether so much of a test set is training data that its error rate proves nothing."""
    if not total:
        return False
    return leaked == total if excluded else leaked >= _VOID * total


def advise(situation: Situation) -> tuple[Advice, ...]:
    """Return what to do next, the most useful first; nothing for a result without a flaw."""
    swapped = transcript_rules.swapped(situation)
    suspects = audio_rules.doubtful(situation, swapped)
    doubtful = frozenset((*suspects.utterances, *swapped))
    pieces = [
        *vocabulary_rules.advise(situation, doubtful),
        *transcript_rules.transcripts(situation, swapped),
        *audio_rules.transcripts(situation, suspects),
        *audio_rules.lost_audio(situation),
        *audio_rules.noise(situation),
        *audio_rules.numbers(situation),
        *audio_rules.group(situation),
        *audio_rules.weight(situation),
    ]
    pieces.sort(key=lambda piece: (-piece.explains, -len(piece.utterances)))
    leaks = list(_leaks(situation))
    void = is_void(len(situation.leaked), situation.total, excluded=situation.excluded)
    whole = [*_blind(situation), *pieces]  # what cannot be decided is decided first
    whole = [*leaks, *whole] if void else [*whole, *leaks]
    return tuple([*whole, *_level(situation, pieces)][:MOST])


def _leaks(situation: Situation) -> Iterator[Advice]:
    number, total = len(situation.leaked), situation.total
    if not number or not total:
        return
    without = " They were left out of the verdict." if situation.excluded else ""
    yield Advice(
        Rule.LEAKS,
        f"Remove {counted(number, 'test utterance')} from the training data",
        f"{number:,} of {counted(total, 'test utterance')} are training data too: the error rate looks "
        f"better than it is.{without}",
        utterances=situation.leaked[:200],
    )


def _blind(situation: Situation) -> Iterator[Advice]:
    """Yield advice where nothing can be decided as hardly any changed word is spoken in the test."""
    before, after = situation.before, situation.after
    if situation.outcome is not Outcome.INCONCLUSIVE or before is None or after is None:
        return
    if situation.unit is not Unit.WORD:
        return
    changed = sorted(
        word
        for word in before.words.keys() ^ after.words.keys()
        if 0 in {taught(before, word), taught(after, word)} and not classes.is_everyday(word)
    )
    spoken = [word for word in changed if situation.evidence.said[word]]
    if len(changed) < _LEAST or len(spoken) >= _BLIND * len(changed):
        return
    missing = [word for word in changed if not situation.evidence.said[word]]
    yield Advice(
        Rule.BLIND,
        f"Record test utterances with {counted(len(missing), 'word')} that this change is about",
        f"Of {counted(len(changed), 'word')} that the change adds or removes, the test data speaks "
        f"{len(spoken):,}: it can hardly show a difference. A few utterances with these words say more than "
        "thousands of others.",
        lines=tuple(missing[:200]),
    )


def _level(situation: Situation, pieces: list[Advice]) -> Iterator[Advice]:
    evidence = situation.evidence
    wrong = evidence.tested.wrong.total()
    if pieces or situation.paired or not evidence.words or wrong / evidence.words < _POOR:
        return
    yield Advice(
        Rule.LEVEL,
        "Train a custom model with text of this subject",
        f"{wrong:,} of {counted(evidence.words, situation.unit.noun)} are wrong: Microsoft calls 30 % or "
        "more poor.",
    )
