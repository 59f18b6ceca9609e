from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from speechops.errors import ServiceError, UsageError
from speechops.speech import BaseModel, Status, choose_base_model

TODAY = datetime(2026, 1, 7, tzinfo=UTC)
PLAIN = BaseModel(
    id="id-2024",
    display_name="20240301",
    locale="en-US",
    created=datetime(2024, 3, 1, tzinfo=UTC),
    adaptation_until=datetime(2026, 4, 15, tzinfo=UTC),
    transcription_until=datetime(2027, 4, 15, tzinfo=UTC),
    adaptable_with=frozenset({"Language", "Acoustic"}),
    output_formats=frozenset({"Lexical", "Display"}),
)
NEWER = replace(PLAIN, id="id-2025", display_name="20250301", created=datetime(2025, 3, 1, tzinfo=UTC))
WHISPER = replace(
    PLAIN,
    id="id-whisper",
    display_name="20251001 Whisper Large",
    created=datetime(2025, 10, 1, tzinfo=UTC),
    output_formats=frozenset({"Display"}),
)
EXPIRED = replace(
    NEWER,
    id="id-expired",
    display_name="20251101",
    created=datetime(2025, 11, 1, tzinfo=UTC),
    adaptation_until=TODAY,
    transcription_until=TODAY,
)
RECENT = replace(PLAIN, id="id-recent", created=datetime(2025, 12, 1, tzinfo=UTC))
GERMAN = replace(RECENT, id="id-german", display_name="20251201 de", locale="de-DE")


def choose(
    *models: BaseModel, kinds: tuple[str, ...] = ("Language",), pin: str = "", locale: str = "en-US"
) -> str:
    return choose_base_model(models, locale=locale, kinds=kinds, today=TODAY, pin=pin).id


def test_choose__takes_the_newest_of_the_locale() -> None:
    assert choose(GERMAN, PLAIN, NEWER) == "id-2025"
    assert choose(NEWER, PLAIN, GERMAN, locale="EN-us") == "id-2025"


def test_choose__does_not_depend_on_the_order_of_equals() -> None:
    twin = replace(NEWER, id="id-twin")
    assert choose(NEWER, twin) == choose(twin, NEWER)


@pytest.mark.parametrize(
    "refused",
    [
        EXPIRED,
        replace(RECENT, status=Status.FAILED),
        replace(RECENT, adaptable_with=frozenset()),
        replace(RECENT, adaptable_with=frozenset({"Acoustic"})),
    ],
    ids=["expired", "failed", "not adaptable", "another kind"],
)
def test_choose__passes_over_what_cannot_be_trained_from(refused: BaseModel) -> None:
    assert choose(refused, PLAIN) == "id-2024"


def test_choose__for_testing_does_not_ask_for_adaptation() -> None:
    assert (
        choose(replace(RECENT, adaptable_with=frozenset(), adaptation_until=TODAY), PLAIN, kinds=())
        == "id-recent"
    )
    assert choose(EXPIRED, PLAIN, kinds=()) == "id-2024"


def test_choose__unknown_dates_and_formats_are_no_obstacle() -> None:
    assert choose(replace(RECENT, adaptation_until=None, output_formats=frozenset()), PLAIN) == "id-recent"
    assert choose(replace(RECENT, created=None), PLAIN) == "id-2024"


def test_choose__leaves_models_without_lexical_output_aside_where_it_can() -> None:
    assert choose(WHISPER, NEWER) == "id-2025"
    assert choose(WHISPER, EXPIRED) == "id-whisper"


@pytest.mark.parametrize("pin", ["id-2024", "ID-2024", "20240301"])
def test_choose__pin_wins_by_id_or_name(pin: str) -> None:
    assert choose(NEWER, PLAIN, pin=pin) == "id-2024"


def test_choose__pin_may_name_a_whisper_model() -> None:
    assert choose(NEWER, WHISPER, pin="id-whisper") == "id-whisper"


def test_choose__pin_by_name_takes_the_one_that_can_be_used() -> None:
    same_name = replace(EXPIRED, display_name=PLAIN.display_name)
    in_german = replace(GERMAN, display_name=PLAIN.display_name)
    assert choose(same_name, in_german, PLAIN, pin=PLAIN.display_name) == "id-2024"


@pytest.mark.parametrize(
    ("pin", "complaint"),
    [
        ("20190101", "base-model: no base model '20190101' for en-US."),
        ("id-german", "base-model: 20251201 de (id-german) is for de-DE, not for en-US."),
        (
            "id-expired",
            (
                "base-model: 20251101 (id-expired) cannot be used: "
                "it could only be adapted with Language until 2026-01-07."
            ),
        ),
    ],
)
def test_choose__pin_that_cannot_be_used_says_why_and_what_can(pin: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(NEWER, PLAIN, EXPIRED, GERMAN, pin=pin)
    assert caught.value.message == complaint
    assert caught.value.hint == "Usable base models, newest first: 20250301 (id-2025), 20240301 (id-2024)."
    assert caught.value.place is not None
    assert caught.value.place.input == "base-model"


def test_choose__pin_where_nothing_can_be_used() -> None:
    with pytest.raises(UsageError) as caught:
        choose(EXPIRED, pin="id-expired")
    assert caught.value.hint == "None for en-US can be used."


def test_choose__nothing_usable_names_each_model_and_its_reason() -> None:
    fixed = replace(PLAIN, adaptable_with=frozenset(), output_formats=frozenset())
    with pytest.raises(ServiceError) as caught:
        choose(EXPIRED, fixed, kinds=("Language", "Pronunciation"))
    assert caught.value.message == (
        "None of the 2 base models for en-US can be adapted with Language, Pronunciation: "
        "20251101 (id-expired): it cannot be adapted with Pronunciation; "
        "20240301 (id-2024): it cannot be adapted."
    )


def test_choose__unknown_locale_names_its_neighbors() -> None:
    with pytest.raises(UsageError) as caught:
        choose(NEWER, GERMAN, replace(NEWER, id="gb", locale="en-GB"), locale="en-ZZ")
    assert caught.value.hint == "It has base models for en-GB, en-US."
    assert caught.value.place is not None
    assert caught.value.place.input == "locale"


def test_choose__empty_list_is_the_service_s_fault() -> None:
    with pytest.raises(ServiceError, match="lists no base models"):
        choose()
