"""One made-up case for each rule: it is the first piece of advice, and names the words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.advice import Kind, Rule, collect, regions, tables
from speechops.scoring import Outcome, Unit
from speechops.scoring.alignment import paths
from tests.advice.cases import Row, advise, utterances, vocabulary

if TYPE_CHECKING:
    from speechops.registry.documents import Vocabulary

BASE = vocabulary()
CHANGED = vocabulary("torque wrench", "gasket sealant")
RIGHT: list[Row] = [
    (text, text, text) for text in ("please call the clinic again", "we will see him on monday") * 6
]


def test_removed__names_word_file_and_line() -> None:
    rows = [("he takes zolpidem daily", "he takes zolpidem daily", "he takes soul bidden daily"), *RIGHT]
    before = vocabulary("zolpidem helps", "another line")
    (first,) = advise(rows, before, vocabulary("another line"), outcome=Outcome.WORSE)
    assert (first.rule, first.lines, first.file) == (Rule.REMOVED, ("zolpidem helps",), "training/text.txt")
    assert [(example.said, example.heard) for example in first.examples] == [("zolpidem", "soul bidden")]
    assert first.utterances == ("01.wav",)


def test_taught_wrong__names_the_phrase_and_the_lines() -> None:
    rows = [
        ("refill the cartridge", "refill the cartridge", "refill the cart ridge"),
        ("empty cartridge here", "empty cartridge here", "empty cart ridge here"),
        *RIGHT,
    ]
    before = vocabulary("the cartridge is empty")
    after = vocabulary("the cartridge is empty", "push the cart ridge")
    first, *_ = advise(rows, before, after, outcome=Outcome.WORSE)
    assert (first.rule, first.lines) == (Rule.TAUGHT_WRONG, ("push the cart ridge",))
    assert {example.heard for example in first.examples} == {"cart ridge"}


def test_never_taught__lists_words_and_no_everyday_ones() -> None:
    rows: list[Row] = [
        ("give lactulose tonight", "give lack two lows to night", "give lack two loss to night"),
        *RIGHT,
    ]
    (first,) = advise(rows, BASE, vocabulary("other text"))
    assert (first.rule, first.lines) == (Rule.NEVER_TAUGHT, ("lactulose",))


def test_never_taught__of_a_base_model_alone() -> None:
    (first,) = advise([("give lactulose now", "give lack two lows now", None)], BASE)
    assert (first.rule, first.lines) == (Rule.NEVER_TAUGHT, ("lactulose",))


def test_taught__offers_what_was_heard_where_it_is_near() -> None:
    rows: list[Row] = [
        ("take ondansetron", "take on dancer tron", "take on dancer tron"),
        ("use simvastatin", "use nothing", "use nothing"),
        *RIGHT,
    ]
    taught = vocabulary("ondansetron and simvastatin")
    (first,) = advise(rows, taught, taught)
    assert first.rule is Rule.TAUGHT
    assert first.lines == ("ondansetron\ton dancer tron", "simvastatin\t")
    assert first.file == "pronunciation.txt"


@pytest.mark.parametrize(("word", "rules"), [("xanax", [Rule.TAUGHT]), ("avil", [])])
def test_taught__words_of_four_letters_are_said_as_they_are_written(word: str, rules: list[Rule]) -> None:
    taught = vocabulary(word)
    pieces = advise([(f"take {word}", "take nothing", "take nothing"), *RIGHT], taught, taught)
    assert [piece.rule for piece in pieces] == rules


def test_pronounced__asks_to_listen() -> None:
    taught = vocabulary("ondansetron", pronounced=["ondansetron"])
    rows: list[Row] = [("take ondansetron", "take on dancer", "take on dancer"), *RIGHT]
    (first,) = advise(rows, taught, taught)
    assert (first.rule, first.lines) == (Rule.PRONOUNCED, ("ondansetron",))


@pytest.mark.parametrize(
    ("rule", "pronounced"), [(Rule.PRONOUNCED, ["ondansetron"]), (Rule.TAUGHT, [])], ids=["added", "removed"]
)
@pytest.mark.parametrize("alone", [False, True], ids=["candidate", "alone"])
def test_pronunciation__is_that_of_the_tested_model(rule: Rule, pronounced: list[str], alone: bool) -> None:
    tested = replace(vocabulary("ondansetron", pronounced=pronounced), pronunciation_file="tested.txt")
    other = vocabulary("ondansetron", pronounced=[] if pronounced else ["ondansetron"])
    heard = "take on dancer"
    rows: list[Row] = [("take ondansetron", heard, None if alone else heard)]
    (first,) = advise(rows, tested) if alone else advise([*rows, *RIGHT], other, tested)
    assert (first.rule, first.file) == (rule, "tested.txt")


def test_text_file__is_that_of_the_data_that_advice_is_about() -> None:
    before = replace(vocabulary("zolpidem helps"), text_file="texts/before.txt")
    after = replace(vocabulary("push the cart ridge"), text_file="texts/after.txt")
    removed: Row = ("he takes zolpidem daily", "he takes zolpidem daily", "he takes soul bidden daily")
    never: Row = ("give lactulose tonight", "give lack two lows to night", "give lack two lows to night")
    wrong: Row = ("refill the cartridge", "refill the cartridge", "refill the cart ridge")
    pieces = advise([removed, never, wrong, wrong, *RIGHT], before, after, outcome=Outcome.WORSE)
    assert {piece.rule: piece.file for piece in pieces} == {
        Rule.REMOVED: "texts/before.txt",
        Rule.NEVER_TAUGHT: "texts/after.txt",
        Rule.TAUGHT_WRONG: "texts/after.txt",
    }
    assert " from before.txt" in next(piece.title for piece in pieces if piece.rule is Rule.REMOVED)


@pytest.mark.parametrize(
    ("benchmark", "taught", "rule"),
    [
        ("take soul bidden", ("other text", "her soul is bidden"), Rule.NEVER_TAUGHT),
        ("take zolpidem", ("other text", "her soul is bidden"), Rule.TAUGHT_WRONG),
        ("take zolpidem", ("zolpidem helps", "other text"), Rule.REMOVED),
    ],
)
def test_absence__from_data_that_is_not_all_known_proves_nothing(
    benchmark: str, taught: tuple[str, str], rule: Rule
) -> None:
    before, after = map(vocabulary, taught)
    rows: list[Row] = [*[("take zolpidem", benchmark, "take soul bidden")] * 2, *RIGHT]
    assert rule in {piece.rule for piece in advise(rows, before, after)}
    assert not advise(rows, replace(before, whole=False), replace(after, whole=False))


def test_words__show_how_often_each_model_was_taught_them_where_that_is_known() -> None:
    rows: list[Row] = [("take zolpidem", "take soul", "take soul")]
    before, after = vocabulary("take it", pronounced=["zolpidem"]), vocabulary("zolpidem or zolpidem")
    part, pronounced = replace(before, whole=False), replace(after, pronunciations=("zolpidem",))
    for sides, expected in (
        ((before, after), (0, 2, False)),
        ((part, pronounced), (None, 2, True)),
        ((after, part), (2, None, True)),
        ((None, BASE), (None, 0, False)),
    ):
        (word,) = tables(collect(utterances(rows)), *sides).words
        assert (word.benchmark_taught, word.candidate_taught, word.pronounced) == expected
    (alone,) = tables(collect(utterances([(*rows[0][:2], None)])), pronounced, None).words
    assert (alone.benchmark_taught, alone.candidate_taught, alone.pronounced) == (2, None, True)


@pytest.mark.parametrize(
    ("heard", "groups", "words"),
    [
        ("call the clinic again", (), "begin and end"),
        ("please the clinic again", ("phone",) * 3 + ("desk",) * 12, "group phone"),
        ("please the clinic again", (), "words were lost"),
    ],
)
def test_lost_audio__tells_cut_recordings_from_a_channel(
    heard: str, groups: tuple[str, ...], words: str
) -> None:
    rows: list[Row] = [("please call the clinic again", "please call the clinic again", heard)] * 3
    pieces = advise([*rows, *RIGHT], groups=groups)
    first = next(piece for piece in pieces if piece.rule is Rule.LOST_AUDIO)
    assert words in first.title
    assert first.utterances == ("01.wav", "02.wav", "03.wav")


def test_noise__counts_what_nobody_said() -> None:
    rows: list[Row] = [("we will see him", "we will see him", "we will you know see him")] * 2
    (first,) = advise([*rows, *RIGHT])
    assert first.rule is Rule.NOISE
    assert first.evidence.startswith("4 words")
    assert first.examples[0].heard == "you know"


def test_transcripts__that_both_models_contradict() -> None:
    heard = "the weather was fine in the north"
    rows: list[Row] = [("please refill my prescription soon", heard, heard), *RIGHT]
    (first,) = advise(rows, BASE, vocabulary("x"))
    assert (first.rule, first.utterances) == (Rule.TRANSCRIPTS, ("01.wav",))


def test_transcripts__spelled_otherwise_become_replacements() -> None:
    rows: list[Row] = [("use the wifi here", "use the wi fi here", "use the wi fi here"), *RIGHT]
    first = next(piece for piece in advise(rows) if piece.rule is Rule.TRANSCRIPTS)
    assert (first.lines, first.file) == (("wifi | wi fi",), "replacements")


SAID = [
    "please refill my prescription soon",
    "the weather was fine in the north",
    "nobody answered the telephone yesterday",
    "bring seven boxes of paper upstairs",
    "her train arrives before midnight",
]


def test_transcripts__shifted_by_a_line() -> None:
    heard = [text.rpartition(" ")[0] for text in (*SAID[1:], SAID[0])]  # not recognized without an error
    for candidate in (None, *heard[:1]):
        rows: list[Row] = [
            (said, text, text if candidate else None) for said, text in zip(SAID, heard, strict=True)
        ]
        rows += [(text, text, text if candidate else None) for text, _, _ in RIGHT]
        first, *_ = advise(rows, BASE, vocabulary("x"))
        assert first.rule is Rule.TRANSCRIPTS
        assert "5 utterances" in first.title
        assert "shifted by 1 line" in first.title
        assert first.utterances == tuple(f"{number:02}.wav" for number in range(1, 6))
        assert "01.wav sounds like the transcript of 02.wav" in first.detail


def test_transcripts__swapped_between_two_files() -> None:
    rows: list[Row] = [(SAID[0], SAID[1], SAID[1]), (SAID[1], SAID[0], SAID[0]), *RIGHT]
    first, *_ = advise(rows, BASE, vocabulary("x"))
    assert (first.rule, first.utterances) == (Rule.TRANSCRIPTS, ("01.wav", "02.wav"))
    assert "swapped" in first.title


def test_transcripts__badly_recognized_or_said_twice_are_not_swapped() -> None:
    rows: list[Row] = [
        (SAID[0], "these free fill my prescience on", "these free fill my prescience on"),
        (SAID[1], "the letter was sign in the fourth", "the letter was sign in the fourth"),
        (SAID[2], SAID[3], SAID[3]),  # one alone
        *((said, said, said) for said in (*SAID[3:], *SAID[3:])),
    ]
    assert not [piece for piece in advise(rows, BASE, vocabulary("x")) if "swapped" in piece.title]


def test_numbers__far_above_the_rest() -> None:
    rows: list[Row] = [
        ("room forty two", "room for tea two", "room for tea too"),
        ("bed seven", "bed heaven", "bed heaven"),
    ]
    first, *_ = advise([*rows, *RIGHT])
    assert first.rule is Rule.NUMBERS
    assert {"forty", "seven"} <= {example.said for example in first.examples}


def test_group__far_above_the_rest() -> None:
    said = "please call the clinic again"
    rows: list[Row] = [(said, said, "please tall a clinic a gain")] * 3
    pieces = advise([*rows, *RIGHT], groups=("car",) * 3 + ("desk",) * 12)
    assert [piece.title for piece in pieces if piece.rule is Rule.GROUP] == [
        "Add training audio like that of group car"
    ]


def test_weight__when_everyday_words_suffer_for_terms() -> None:
    rows: list[Row] = [
        ("we will see him on monday", "we will see him on monday", "wheel sea hymn on sunday"),
        ("take ondansetron", "take on dancer", "take ondansetron"),
        *RIGHT,
    ]
    taught = vocabulary("ondansetron")
    assert Rule.WEIGHT in {piece.rule for piece in advise(rows, BASE, taught)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "torque wrench gasket sealant"),
        ("torque wrench gasket sealant", "a"),
        ("torque sealant", "wrench gasket"),
    ],
    ids=["added", "removed", "replaced"],
)
def test_blind__when_the_test_speaks_no_changed_word(before: str, after: str) -> None:
    (first,) = advise(RIGHT, vocabulary(before), vocabulary(after), outcome=Outcome.INCONCLUSIVE)
    assert first.rule is Rule.BLIND
    assert first.lines == ("gasket", "sealant", "torque", "wrench")
    assert first.evidence.startswith("Of 4 words that the change adds or removes, the test data speaks 0:")


@pytest.mark.parametrize(
    ("after", "missing"),
    [
        ("torque wrench clinic", ()),
        ("torque wrench gasket sealant clinic", ()),
        ("torque wrench gasket sealant flange clinic", ("flange", "gasket", "sealant", "torque", "wrench")),
        ("torque wrench", ()),
        ("torque wrench gasket", ("gasket", "torque", "wrench")),
    ],
)
def test_blind__takes_three_changed_words_of_which_the_test_speaks_less_than_a_fifth(
    after: str, missing: tuple[str, ...]
) -> None:
    pieces = advise(RIGHT, BASE, vocabulary(after), outcome=Outcome.INCONCLUSIVE)
    assert [piece.lines for piece in pieces] == ([missing] if missing else [])


@pytest.mark.parametrize(
    ("before", "after", "blind"),
    [
        (vocabulary("a"), CHANGED, True),
        (replace(vocabulary("a"), whole=False), CHANGED, False),
        (CHANGED, replace(vocabulary("a"), whole=False), False),
        (replace(CHANGED, whole=False), vocabulary("a"), True),
    ],
    ids=["known", "added, perhaps", "removed, perhaps", "removed"],
)
def test_blind__words_that_may_be_in_both_texts_are_no_change(
    before: Vocabulary, after: Vocabulary, blind: bool
) -> None:
    assert bool(advise(RIGHT, before, after, outcome=Outcome.INCONCLUSIVE)) is blind


def test_words__of_a_language_without_spaces_get_no_advice() -> None:
    heard = "give lack two lows to night"
    rows: list[Row] = [("give lactulose tonight", heard, heard), *RIGHT]
    for unit, rules in ((Unit.WORD, [Rule.BLIND, Rule.NEVER_TAUGHT]), (Unit.CHARACTER, [])):
        pieces = advise(rows, BASE, CHANGED, outcome=Outcome.INCONCLUSIVE, unit=unit)
        assert [piece.rule for piece in pieces] == rules


def test_leaks__are_first_where_they_void_the_result() -> None:
    rows = [("give lactulose now", "give lack two lows now", "give lack two now"), *RIGHT]
    names = tuple(f"{number:02}.wav" for number in range(1, 14))
    first, *_ = advise(rows, BASE, vocabulary("x"), leaked=names)
    assert first.rule is Rule.LEAKS
    *_, last = advise(rows, BASE, vocabulary("x"), leaked=names[:1])
    assert last.rule is Rule.LEAKS


def test_level__of_a_poor_base_model_without_a_cause() -> None:
    (first,) = advise([("see him on monday", "sea hymn un sunday", None)], BASE)
    assert first.rule is Rule.LEVEL


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_clean__result_needs_no_advice(outcome: Outcome | None) -> None:
    taught = vocabulary("please call the clinic again")
    assert advise(RIGHT, taught, taught, outcome=outcome) == ()


def test_advise__gives_four_pieces_at_most() -> None:
    rows: list[Row] = [
        ("give lactulose now", "give lack two lows now", "give lack two lows now"),
        ("take ondansetron", "take on dancer", "take on dancer"),
        ("room forty two seven", "room for tea two seven", "room for tea too heaven"),
        ("use the wifi here", "use the wi fi here", "use the wi fi here"),
        ("we will see him", "we will see him", "we will you know that see him"),
        *RIGHT,
    ]
    pieces = advise(rows, BASE, vocabulary("ondansetron"), leaked=("01.wav",))
    assert len(pieces) == 4
    assert [piece.explains for piece in pieces if piece.rule is not Rule.LEAKS] == sorted(
        (piece.explains for piece in pieces if piece.rule is not Rule.LEAKS), reverse=True
    )


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8).map(" ".join)


@given(TEXTS, TEXTS)
def test_regions__hold_every_error_and_no_hit(said: str, heard: str) -> None:
    (path,) = paths([said], [heard], str.split)
    found = regions(path, said.split(), heard.split())
    assert sum(len(region.said) for region in found) == path.count("S") + path.count("D")
    assert sum(len(region.heard) for region in found) == path.count("S") + path.count("I")
    assert all(region.said or region.heard for region in found)
    assert len(found) == len([run for run in path.split("=") if run])
    for region in found:
        assert list(region.said) == said.split()[region.start : region.start + len(region.said)]


def test_regions__know_their_kind() -> None:
    (replaced,) = utterances([("met", "me t", None)])
    (region,) = regions(replaced.benchmark_path, ["met"], ["me", "t"])
    assert region.kind is Kind.REPLACED
    assert [region.kind for region in regions("=D=I", ["a", "b", "c"], ["a", "c", "d"])] == [
        Kind.LOST,
        Kind.EXTRA,
    ]
