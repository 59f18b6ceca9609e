"""Classes of words: numbers, function words, words that everybody uses, and the rest.

The lists are short and of English; in other languages only short words count as everyday words, and words
that the model recognized elsewhere in the same test.
"""

from __future__ import annotations

from functools import cache

_NUMBERS = """
zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
thousand million billion percent first second third fourth fifth sixth seventh eighth ninth tenth
half quarter point
"""

_FUNCTION = """
a about above after again against all am an and any are as at be because been before being below
between both but by can could did do does doing down during each few for from further had has have
having he her here hers him his how i if in into is it its just me more most my no nor not now of
off on once only or other our ours out over own same she should so some such than that the their
them then there these they this those through to too under until up us very was we were what when
where which while who whom why will with would you your yours
"""

_EVERYDAY = """
double twice single drop cup glass kitchen stand lift move add buy sell train bus river road garden
tree dog cat bird rain snow sun wind winter summer spring fall color music song film team game ball
win lose phone letter across afternoon ago almost along already also although always another anyone
anything around ask asked away back bad bag became become began begin best better big bit black blue
board body book boy bring brought building business buy call called came car care case change check
child children city clear close cold come company cost country course cut daily date day days dear
different doctor does done door each early easy eat end enough even evening ever every everyone
everything example eye face fact fall family far fast feel feet felt fill find fine fire fit follow
food found free friday friend full gave get girl give given go goes going gone good got great green
group grow half hand hands happen hard head hear heard help high hold home hope hour hours house
however idea important inside issue job keep kept kind knew know known large last late later least
leave left less let level life light like line list little live long longer look looked lot love low
made make man many matter may maybe mean meet men might mind minute minutes miss moment monday money
month months morning mother move much must name near need needs never new next nice night nobody
nothing number often okay old open order others page part past pay people perhaps person place plan
play please possible problem public put question quick quite read ready real really reason red
report right room run said saturday saw say says school see seem seen send sent service set several
show side since sit small something sometimes soon sorry sound start state stay step still stop
story street strong sunday sure system table take taken takes taking talk tell ten test thank thanks
thing things think thought thursday time times today together told tomorrow tonight took top total
toward town tried true try trying tuesday turn two type understand use used using usually wait walk
want wanted war watch water way wednesday week weeks well went white whole wife without woman women
word words work works world worse worst write wrong yeah year years yes yesterday yet young
"""

_SHORT = 3
_SUFFIXES = ("s", "es", "d", "ed", "ing", "er", "ly", "r")
_STEM = 4
_ENDING = 3


@cache
def _numbers() -> frozenset[str]:
    return frozenset(_NUMBERS.split())


@cache
def _function() -> frozenset[str]:
    return frozenset(_FUNCTION.split())


@cache
def _everyday() -> frozenset[str]:
    return frozenset(_EVERYDAY.split()) | _numbers() | _function()


def is_number(word: str) -> bool:
    """Whether a word is a number, in figures or, in English, in letters."""
    return word in _numbers() or any(letter.isdigit() for letter in word)


def is_function_word(word: str) -> bool:
    """Whether a word holds English sentences together rather than saying what they are about."""
    return word in _function()


def is_everyday(word: str) -> bool:
    """Whether no training is needed for a model to know the word."""
    known = _everyday()
    if len(word) <= _SHORT or word in known:
        return True
    return any(word.endswith(suffix) and word.removesuffix(suffix) in known for suffix in _SUFFIXES)


def is_inflection(first: str, second: str) -> bool:
    """Whether two words differ in their ending alone: "double" and "doubled"."""
    shared = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        shared += 1
    return shared >= _STEM and max(len(first), len(second)) - shared <= _ENDING


def similarity(left: str, right: str) -> float:
    """Return how near two texts are in letters, 0 to 1, spaces not counted."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - for those who advise

    return Indel.normalized_similarity(left.replace(" ", ""), right.replace(" ", ""))
