"""One made-up case for each rule: it is the first piece of advice, and names the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.advice import Kind, Rule, regions
from speechops.scoring import Outcome
from speechops.scoring.alignment import paths
from tests.advice.cases import Row, advise, utterances, vocabulary

BASE = vocabulary()
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


def test_pronounced__asks_to_listen() -> None:
    taught = vocabulary("ondansetron", pronounced=["ondansetron"])
    rows: list[Row] = [("take ondansetron", "take on dancer", "take on dancer"), *RIGHT]
    (first,) = advise(rows, taught, taught)
    assert (first.rule, first.lines) == (Rule.PRONOUNCED, ("ondansetron",))


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


def test_blind__when_the_test_speaks_no_changed_word() -> None:
    after = vocabulary("torque wrench", "gasket sealant")
    (first,) = advise(RIGHT, vocabulary("a"), after, outcome=Outcome.INCONCLUSIVE)
    assert first.rule is Rule.BLIND
    assert first.lines == ("gasket", "sealant", "torque", "wrench")


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
