from __future__ import annotations

import pytest

from speechops.embedded.recogniser import base, phones


@pytest.mark.parametrize(
    ("universal", "cmu"),
    [
        ("k ae t", "K AE T"),
        ("f i l ai n", "F IY L AY N"),
        ("H EH . S1 L O", "HH EH L OW"),
        ("M AI N AX R", "M AY N ER"),
        ("ER R B AX N", "ER B AH N"),
        ("B OWX", "B OW AH"),
        ("S T EHX R Z", "S T EH R Z"),
        ("iy y hh", "IY Y HH"),
        ("k ae X1", ""),
        ("", ""),
    ],
)
def test_from_universal__phones_of_en_us(universal: str, cmu: str) -> None:
    assert phones.from_universal(universal) == cmu


def test_from_universal__every_phone_is_one_of_the_dictionary() -> None:
    known = {phone for _, said in base.dictionary() for phone in said.split()}
    said = {phone for label in phones._PHONES for phone in phones.from_universal(label).split()}
    assert said == known
