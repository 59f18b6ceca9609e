from __future__ import annotations

import pytest

from speechops.scoring import normaliser

DROPPED = normaliser("en-US", drop_transcriber_marks=True)


@pytest.mark.parametrize(
    "mark",
    ["[noise]", "<unk>", "(uh)", "[Laughter]", "<NOISE/>", "{breath}", "[background noise]",
     "[vocalized-noise]", "\uff08笑\uff09", "*coughs*", "[BLANK_AUDIO]", "</noise>"],
)  # fmt: skip
def test_marks__are_kept_unless_asked(mark: str) -> None:
    assert DROPPED(f"yes {mark} sir") == "yes sir"
    assert DROPPED.batch([f"yes{mark}sir", "Yes, sir"])[0].split() == ["yes", "sir"]
    assert len(normaliser("en-US").words(f"yes {mark} sir")) > 2


@pytest.mark.parametrize("text", ["the noise", "[the noise]", "<noise]", "(uh oh)", "[2]", "uh yes", "sil"])
def test_marks__other_words_are_kept(text: str) -> None:
    assert DROPPED(text) == normaliser("en-US")(text)


def test_marks__are_part_of_the_rules() -> None:
    assert DROPPED.transcriber_marks == "marks-1"
    assert DROPPED.key != normaliser("en-US").key
