"""Advice on training data: words removed, taught wrong, never taught, or taught and still not recognized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.advice import words as classes
from speechops.advice.piece import Rule
from speechops.advice.situation import Pile, taught
from speechops.scoring import Unit, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from speechops.advice.evidence import Mistake
    from speechops.advice.piece import Advice
    from speechops.advice.situation import Situation
    from speechops.registry.documents import Sentence

_NEAR = 0.6
"""What a recognized phrase and a word must share of their letters for one to be a spelling of the other."""

_TAUGHT_WRONG = 2
"""So many mistakes must be of words in new training text, for one may be chance."""

_MOSTLY = 0.5
_LONG = 5
"""Shorter words have no pronunciation that their letters do not tell."""

_SENTENCES = 2


def advise(situation: Situation, doubtful: Collection[str]) -> Iterator[Advice]:
    """Yield advice on the words that were not recognized, outside of the utterances in ``doubtful``.

    Languages written without spaces have characters here, not words: nothing is said of them.
    """
    if situation.unit is not Unit.WORD:
        return
    piles: dict[Rule, Pile] = {}
    for mistake in situation.evidence.tested.mistakes:
        if mistake.utterance.id in doubtful:
            continue
        rules = {rule for word in mistake.region.said if (rule := _explain(situation, mistake, word, piles))}
        if not rules and _is_taught_wrong(situation, mistake):
            phrase = " ".join(mistake.region.said)
            piles.setdefault(Rule.TAUGHT_WRONG, Pile()).add(mistake, phrase)
    for rule, pile in piles.items():
        yield from _PIECES[rule](situation, pile)


def _explain(situation: Situation, mistake: Mistake, word: str, piles: dict[Rule, Pile]) -> Rule | None:
    """Put a word of a region where it belongs; return the rule, None if none explains it."""
    rule = _rule(situation, mistake, word)
    if rule is not None:
        piles.setdefault(rule, Pile()).add(mistake, word)
    return rule


def _rule(situation: Situation, mistake: Mistake, word: str) -> Rule | None:
    before, after = taught(situation.before, word), taught(situation.after, word)
    if not situation.paired:
        after = before
    elif mistake.new and _was_right(mistake, word):  # known to the benchmark: what it was taught is not it
        return Rule.REMOVED if before and after == 0 else None
    if classes.is_everyday(word) or _is_slip(mistake, word) or not _is_mostly_wrong(situation, word):
        return None
    if before or after:
        if len(word) < _LONG:
            return None
        vocabulary = situation.tested_on
        known = vocabulary is not None and word in vocabulary.pronunciations
        return Rule.PRONOUNCED if known else Rule.TAUGHT
    if after == 0 and before == 0:
        return Rule.NEVER_TAUGHT
    return None


def _was_right(mistake: Mistake, word: str) -> bool:
    """Whether the benchmark recognized the word: others of the region may be wrong in both."""
    return word in mistake.utterance.benchmark.split()


def _is_slip(mistake: Mistake, word: str) -> bool:
    """Whether only the ending was recognized otherwise."""
    return any(classes.is_inflection(word, heard) for heard in mistake.region.heard)


def _is_mostly_wrong(situation: Situation, word: str) -> bool:
    evidence = situation.evidence
    return evidence.tested.wrong[word] >= _MOSTLY * evidence.said[word]


def _is_taught_wrong(situation: Situation, mistake: Mistake) -> bool:
    return mistake.new and any(_is_only_in_new_text(situation, word) for word in mistake.region.heard)


def _is_only_in_new_text(situation: Situation, word: str) -> bool:
    return bool(taught(situation.after, word)) and taught(situation.before, word) == 0


# --- what each rule says ---


def _removed(situation: Situation, pile: Pile) -> Iterator[Advice]:
    words = pile.words
    before = situation.before
    if before is None:
        return
    file = _name(before.text_file) or "the training text"
    times = [before.words[word] for word in words]
    often = (
        f"{min(times)} to {max(times)} times" if min(times) < max(times) else f"{counted(times[0], 'time')}"
    )
    instead = [
        word
        for mistake in pile.mistakes.values()
        for word in mistake.region.heard
        if _is_only_in_new_text(situation, word)
    ]
    detail = f"Each is in the benchmark's training data {often}, and no longer in the candidate's."
    if instead:
        detail += (
            f" {len(instead):,} of the words recognized instead appear{'s' * (len(instead) == 1)} "
            "only in the new text."
        )
    yield pile.advice(
        situation,
        Rule.REMOVED,
        f"Restore {counted(len(words), 'word')} that this change removed from {file}",
        _explains(situation, pile),
        detail,
        tuple(sentence.text for sentence in _sentences(before.sentences, words)),
        before.text_file,
    )


def _taught_wrong(situation: Situation, pile: Pile) -> Iterator[Advice]:
    if len(pile.mistakes) < _TAUGHT_WRONG or situation.after is None:
        return
    yield pile.advice(
        situation,
        Rule.TAUGHT_WRONG,
        f"Check the sentences that teach {counted(len(pile.examples), 'wrong phrase')}",
        _explains(situation, pile),
        "What was recognized appears only in the candidate's training data.",
        tuple(
            sentence.text
            for sentence in _sentences(
                situation.after.sentences,
                [
                    word
                    for mistake in pile.mistakes.values()
                    for word in mistake.region.heard
                    if _is_only_in_new_text(situation, word)
                ],
            )
        ),
        situation.after.text_file,
    )


def _never_taught(situation: Situation, pile: Pile) -> Iterator[Advice]:
    vocabulary = situation.tested_on
    models = "Both models get them wrong, and neither" if situation.paired else "No"
    yield pile.advice(
        situation,
        Rule.NEVER_TAUGHT,
        f"Add sentences with {counted(len(pile.examples), 'word')} that no training data contains",
        _explains(situation, pile),
        f"{models} training data has them. Add two to five sentences for each, "
        "as people say them; if a word is spelled unlike it sounds, add a pronunciation too.",
        tuple(pile.words),
        vocabulary.text_file if vocabulary else "",
    )


def _taught(situation: Situation, pile: Pile) -> Iterator[Advice]:
    vocabulary = situation.tested_on
    yield pile.advice(
        situation,
        Rule.TAUGHT,
        f"Add pronunciations for {counted(len(pile.examples), 'word')} that text alone did not fix",
        _explains(situation, pile),
        "They are in the training data, yet they are not recognized. After "
        "each tab write how the word sounds, in letters or short words.",
        tuple(f"{word}\t{_sounds_like(pile, word)}" for word in pile.words),
        (vocabulary.pronunciation_file if vocabulary else "") or "pronunciation.txt",
    )


def _pronounced(situation: Situation, pile: Pile) -> Iterator[Advice]:
    vocabulary = situation.tested_on
    number = len(pile.examples)
    yield pile.advice(
        situation,
        Rule.PRONOUNCED,
        f"Listen to {counted(number, 'word')} with a pronunciation that {_be(number)} not recognized",
        _explains(situation, pile),
        "Compare the recordings with the pronunciations; if those are right, add audio with these words.",
        tuple(pile.words),
        vocabulary.pronunciation_file if vocabulary else "",
    )


_PIECES = {
    Rule.REMOVED: _removed,
    Rule.TAUGHT_WRONG: _taught_wrong,
    Rule.NEVER_TAUGHT: _never_taught,
    Rule.TAUGHT: _taught,
    Rule.PRONOUNCED: _pronounced,
}


def _explains(situation: Situation, pile: Pile) -> str:
    """Say what part of the errors a pile is, and in how many utterances."""
    explained, of = pile.weight(situation)
    kind = "new errors" if situation.regressed else "errors"
    if not explained:  # after a regression, of what is not new
        explained, of, kind = (
            len(pile.mistakes),
            len(situation.evidence.tested.mistakes),
            "errors, none of them new",
        )
    return f"Explains {explained:,} of {of:,} {kind}, in {counted(len(pile.utterances), 'utterance')}."


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _sounds_like(pile: Pile, word: str) -> str:
    """Return what was recognized instead, where it is near enough to be a spelling of the sound."""
    for heard, _ in pile.examples[word].most_common():
        if heard and classes.similarity(word, heard) >= _NEAR:
            return heard
    return ""


def _sentences(sentences: Sequence[Sentence], words: Collection[str]) -> list[Sentence]:
    """Return the sentences that hold any of ``words``, at most two for each, in the order of the file."""
    wanted = dict.fromkeys(words, 0)
    found: list[Sentence] = []
    for sentence in sentences:
        hits = [word for word in set(sentence.words) & wanted.keys() if wanted[word] < _SENTENCES]
        if hits:
            found.append(sentence)
            for word in hits:
                wanted[word] += 1
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]
