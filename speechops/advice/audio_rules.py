"""Advice on audio and transcripts: lost words, noise, transcripts in doubt, numbers, groups, the weight.

What lost and extra words hint at follows Microsoft's guidance on word error rates ("Test accuracy of a custom
speech model": deletions hint at weak signal, insertions at noise or crosstalk). Thresholds are ours: see the
tests, which hold them against the sample's and made-up cases.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from speechops.advice import words as classes
from speechops.advice.piece import Rule
from speechops.advice.regions import Kind
from speechops.advice.situation import Pile
from speechops.scoring import Unit, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from speechops.advice.evidence import Aligned, Evidence, Mistake
    from speechops.advice.piece import Advice
    from speechops.advice.situation import Situation

_LEAST = 3
"""The fewest words that are no accident."""

_RATE = 0.02
"""The share of lost, or of extra, words above which audio is suspected."""

_PART = 0.1
"""The share of all regions below which lost or extra words are not the thing to fix."""

_HALF = 0.5
_CHANNEL = 0.6
_SAME = 0.8
_DOUBTFUL = 0.6
_ABOVE = 1.5
_POINTS = 0.1
_EXPLAINED = 0.25
_NUMBERS = 2.0


def doubtful(situation: Situation, swapped: Collection[str]) -> Pile:
    """Return the utterances whose transcript both models contradict with one voice."""
    pile = Pile()
    if not situation.paired or situation.unit is not Unit.WORD:
        return pile
    wrong: Counter[str] = Counter()
    for mistake in situation.evidence.tested.mistakes:
        wrong[mistake.utterance.id] += len(mistake.region.said)
    for mistake in situation.evidence.tested.mistakes:
        utterance = mistake.utterance
        if utterance.id not in swapped and _is_doubtful(utterance, wrong[utterance.id]):
            pile.add(mistake)
    return pile


def _is_doubtful(utterance: Aligned, wrong: int) -> bool:
    length = utterance.reference.count(" ") + 1
    heard = utterance.candidate or ""
    return (
        length >= _LEAST
        and wrong >= _DOUBTFUL * length
        and heard.count(" ") + 1 >= _LEAST
        and classes.similarity(utterance.benchmark, heard) >= _SAME
        and classes.similarity(utterance.reference, heard) < _DOUBTFUL
    )


def transcripts(situation: Situation, pile: Pile) -> Iterator[Advice]:
    """Yield advice on transcripts that both models contradict, and on spellings that mean the same."""
    number = len(pile.utterances)
    if number:
        yield pile.advice(
            situation,
            Rule.TRANSCRIPTS,
            f"Check the transcripts of {counted(number, 'utterance')}",
            f"Both models recognize the same words there, and not those of the {_plural(number)}, "
            "which may belong to another recording.",
        )
    spellings = _spellings(situation)
    if spellings.mistakes:
        yield spellings.advice(
            situation,
            Rule.TRANSCRIPTS,
            f"Let {counted(len(spellings.examples), 'spelling')} count as the same",
            "Both models agree on a spelling that the transcripts do not have. Add these lines to the file "
            "of replacements, or correct the transcripts.",
            lines=tuple(
                f"{said} | {heard.most_common(1)[0][0]}" for said, heard in sorted(spellings.examples.items())
            ),
            file="replacements",
        )


def _plural(number: int) -> str:
    return "transcript" if number == 1 else "transcripts"


def _spellings(situation: Situation) -> Pile:
    """Collect what both models recognize alike and nearly as the transcript has it."""
    candidate, pile = situation.evidence.candidate, Pile()
    if candidate is None or situation.unit is not Unit.WORD:
        return pile
    benchmark = {(mistake.utterance.id, mistake.region) for mistake in situation.evidence.benchmark.mistakes}
    both = [
        mistake for mistake in candidate.mistakes
        if mistake.region.kind is Kind.REPLACED and (mistake.utterance.id, mistake.region) in benchmark
    ]  # fmt: skip
    times = Counter((mistake.region.said, mistake.region.heard) for mistake in both)
    for mistake in both:
        said, heard = mistake.region.said, mistake.region.heard
        same = "".join(said).replace("'", "") == "".join(heard).replace("'", "")
        near = times[said, heard] > 1 and classes.similarity(" ".join(said), " ".join(heard)) >= _SAME
        never = not any(situation.evidence.right(word) for word in said)
        if same or (near and never):
            pile.add(mistake, " ".join(said))
    return pile


def lost_audio(situation: Situation) -> Iterator[Advice]:
    """Yield advice where words were lost: cut recordings, one channel, or a weak signal."""
    pile, words = _of_kind(situation, Kind.LOST)
    evidence = situation.evidence
    if not _is_many(situation, pile, words):
        return
    ends = sum(len(mistake.region.said) for mistake in pile.mistakes.values() if _is_at_end(mistake))
    of = counted(evidence.words, situation.unit.noun)
    rate = f"{words:,} of {of} were lost ({words / evidence.words:.1%})"
    group = _channel(evidence, pile, words)
    if ends >= _HALF * words:
        title = f"Check where {counted(len(pile.utterances), 'recording')} begin and end"
        why = f"{rate}, {ends:,} of them first or last of their utterance: the recordings may be cut."
    elif group:
        title = f"Check the audio of group {group}"
        why = f"{rate}, most of them in group {group}: its channel may be weak or noisy."
    else:
        title = f"Listen to {counted(len(pile.utterances), 'recording')} in which words were lost"
        why = f"{rate}. Lost words hint at a weak or noisy signal: record closer to the microphone."
    yield pile.advice(situation, Rule.LOST_AUDIO, title, why)


def noise(situation: Situation) -> Iterator[Advice]:
    """Yield advice where words were recognized that nobody said, outside of replaced stretches."""
    pile, words = _of_kind(situation, Kind.EXTRA)
    if not _is_many(situation, pile, words):
        return
    yield pile.advice(
        situation,
        Rule.NOISE,
        f"Listen for noise or crosstalk in {counted(len(pile.utterances), 'recording')}",
        f"{counted(words, situation.unit.noun)} were recognized where nothing was said: a second voice, "
        "music or noise. Cut it out, or transcribe what is audible.",
    )


def _of_kind(situation: Situation, kind: Kind) -> tuple[Pile, int]:
    pile = Pile()
    for mistake in situation.evidence.tested.mistakes:
        if mistake.region.kind is kind:
            pile.add(mistake, " ".join(mistake.region.said), " ".join(mistake.region.heard))
    return pile, situation.evidence.tested.words(kind)


def _is_many(situation: Situation, pile: Pile, words: int) -> bool:
    return words >= max(_LEAST, _RATE * situation.evidence.words) and len(pile.mistakes) >= _PART * len(
        situation.evidence.tested.mistakes
    )


def _is_at_end(mistake: Mistake) -> bool:
    region = mistake.region
    length = mistake.utterance.reference.count(" ") + 1
    return region.start == 0 or region.start + len(region.said) == length


def _channel(evidence: Evidence, pile: Pile, words: int) -> str:
    """Return the group that most of the lost words are of, if it has less than half of all words."""
    lost: Counter[str] = Counter()
    for mistake in pile.mistakes.values():
        lost[mistake.utterance.group] += len(mistake.region.said)
    sizes: Counter[str] = Counter()
    for utterance in evidence.utterances:
        sizes[utterance.group] += utterance.reference.count(" ") + 1
    name, most = lost.most_common(1)[0]
    return name if most >= _CHANNEL * words and sizes[name] <= _HALF * evidence.words else ""


def numbers(situation: Situation) -> Iterator[Advice]:
    """Yield advice where numbers are wrong far more often than other words."""
    evidence, tested = situation.evidence, situation.evidence.tested
    said = sum(times for word, times in evidence.said.items() if classes.is_number(word))
    wrong = sum(times for word, times in tested.wrong.items() if classes.is_number(word))
    others, others_wrong = evidence.words - said, tested.wrong.total() - wrong
    if wrong < _LEAST or wrong / said < _NUMBERS * (others_wrong / others if others else 0):
        return
    pile = Pile()
    for mistake in tested.mistakes:
        for word in filter(classes.is_number, mistake.region.said):
            pile.add(mistake, word)
    yield pile.advice(
        situation,
        Rule.NUMBERS,
        "Write the numbers of transcripts and training text as they are spoken",
        f"Numbers are wrong {wrong:,} of {said:,} times, other words {others_wrong:,} of {others:,}.",
    )


def group(situation: Situation) -> Iterator[Advice]:
    """Yield advice where one group is far above the rest."""
    evidence = situation.evidence
    words: Counter[str] = Counter()
    wrong: dict[str, list[Mistake]] = defaultdict(list)
    for utterance in evidence.utterances:
        words[utterance.group] += utterance.reference.count(" ") + 1
    for mistake in evidence.tested.mistakes:
        wrong[mistake.utterance.group].append(mistake)
    total = len(evidence.tested.mistakes)
    for name in sorted(words):
        size, errors = words[name], len(wrong[name])
        rest = evidence.words - size
        if not name or not rest or errors < _LEAST or errors < _EXPLAINED * total:
            continue
        own, rest_rate = errors / size, (total - errors) / rest
        if own >= _ABOVE * rest_rate and own - rest_rate >= _POINTS and own >= 2 * rest_rate:
            pile = Pile()
            for mistake in wrong[name]:
                pile.add(mistake)
            yield pile.advice(
                situation,
                Rule.GROUP,
                f"Add training audio like that of group {name}",
                f"{errors:,} of {total:,} errors are in group {name}, which has {size:,} of "
                f"{evidence.words:,} {situation.unit.noun}s.",
            )


def weight(situation: Situation) -> Iterator[Advice]:
    """Yield advice where everyday speech got worse while the words that were taught did not."""
    evidence = situation.evidence
    candidate, benchmark = evidence.candidate, evidence.benchmark
    if candidate is None or situation.unit is not Unit.WORD:
        return

    def wrong(counter: Counter[str], *, everyday: bool) -> int:
        return sum(number for word, number in counter.items() if classes.is_everyday(word) is everyday)

    before, after = wrong(benchmark.wrong, everyday=True), wrong(candidate.wrong, everyday=True)
    terms_before, terms_after = wrong(benchmark.wrong, everyday=False), wrong(candidate.wrong, everyday=False)
    if after - before < _LEAST or after < _ABOVE * before or terms_after > terms_before:
        return
    pile = Pile()
    for mistake in candidate.mistakes:
        if mistake.new and all(map(classes.is_everyday, mistake.region.said)):
            pile.add(mistake, " ".join(mistake.region.said))
    yield pile.advice(
        situation,
        Rule.WEIGHT,
        "Lower custom-model-weight-percent",
        f"Everyday words got worse ({before:,} to {after:,} wrong) while the others did not "
        f"({terms_before:,} to {terms_after:,}): the training data outweighs the base model.",
    )
