"""Advice on transcripts that belong to other recordings: swapped between files, or shifted by lines.

What was recognized in one recording then matches the transcript of another, and not its own. Thresholds are
ours: that a recognizer turns one sentence of a test into another one of it by accident is next to impossible.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from speechops.advice import words
from speechops.advice.piece import Rule
from speechops.advice.situation import Pile
from speechops.scoring import Unit, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speechops.advice.evidence import Aligned
    from speechops.advice.piece import Advice
    from speechops.advice.situation import Situation

_LEAST = 2
"""The fewest utterances: two that are swapped."""

_FEWEST_WORDS = 3
_OWN = 0.6
_OTHER = 0.8
"""How near what was recognized is to its own transcript at most, and to the other at least."""

_RARE = 50
"""Words of more transcripts than this do not help to find the other one."""

_SUSPECTS = 500
_NEAREST = 3
_MOST_LINES = 3
_SHIFTED = 0.8
_NAMED = 5


def swapped(situation: Situation) -> dict[str, str]:
    """Return the utterances of which the words that were recognized are another's transcript, by that one."""
    if situation.unit is not Unit.WORD:
        return {}
    utterances = situation.evidence.utterances
    suspects = [utterance for utterance in utterances if _is_suspect(utterance)][:_SUSPECTS]
    if len(suspects) < _LEAST:
        return {}
    index: dict[str, list[int]] = defaultdict(list)
    for number, utterance in enumerate(utterances):
        for word in set(utterance.reference.split()):
            index[word].append(number)
    found = {}
    for suspect in suspects:
        match = _other(suspect, utterances, index)
        if match:
            found[suspect.id] = match.id
    return found if len(found) >= _LEAST else {}


def _recognized(utterance: Aligned) -> str:
    return utterance.benchmark if utterance.candidate is None else utterance.candidate


def _is_suspect(utterance: Aligned) -> bool:
    heard = _recognized(utterance)
    return (
        heard != utterance.reference
        and heard.count(" ") + 1 >= _FEWEST_WORDS
        and words.similarity(utterance.reference, heard) < _OWN
    )


def _other(
    suspect: Aligned, utterances: Sequence[Aligned], index: Mapping[str, Sequence[int]]
) -> Aligned | None:
    heard = _recognized(suspect)
    shared: Counter[int] = Counter()
    for word in set(heard.split()):
        places = index.get(word, ())
        if len(places) <= _RARE:
            shared.update(places)
    near = (utterances[number] for number, _ in shared.most_common(_NEAREST))
    return next(
        (utterance for utterance in near if words.similarity(utterance.reference, heard) >= _OTHER), None
    )


def transcripts(situation: Situation, found: Mapping[str, str]) -> Iterator[Advice]:
    """Yield advice on transcripts that are those of other recordings."""
    if not found:
        return
    pile = Pile()
    for mistake in situation.evidence.tested.mistakes:
        if mistake.utterance.id in found:
            pile.add(mistake)
            pile.examples[mistake.utterance.reference] = Counter([_recognized(mistake.utterance)])
    pairs = [f"{name} sounds like the transcript of {match}" for name, match in found.items()]
    more = f", and {len(pairs) - _NAMED:,} more" if len(pairs) > _NAMED else ""
    shift = _shift(situation, found)
    looks = f"shifted by {counted(abs(shift), 'line')}" if shift else "swapped"
    yield pile.advice(
        situation,
        Rule.TRANSCRIPTS,
        f"Check the transcripts of {counted(len(found), 'utterance')}: they look {looks}",
        "What was recognized there matches the transcript of another recording, and not its own.",
        f"{'; '.join(pairs[:_NAMED])}{more}.",
    )


def _shift(situation: Situation, found: Mapping[str, str]) -> int:
    """Return by how many lines most of the transcripts are off; 0 if they are not off alike."""
    places = {utterance.id: number for number, utterance in enumerate(situation.evidence.utterances)}
    offsets = Counter(places[match] - places[name] for name, match in found.items())
    offset, times = offsets.most_common(1)[0]
    alike = len(found) > _LEAST and times >= _SHIFTED * len(found) and abs(offset) <= _MOST_LINES
    return offset if alike else 0
