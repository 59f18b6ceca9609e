"""The maintenance issue: by urgency, with dates and commands."""

from __future__ import annotations

from speechops.upkeep import issue
from speechops.upkeep.issue import Urgency

GONE = "Endpoint e-1 of release 1.0.0 is gone; the free tier deletes endpoints after seven days. Run deploy."
LATE = "The benchmark b expires on 2028-01-15, in less than 30 days. Run train-data with a newer base model."
SOON = "The model m on endpoint e expires on 2027-12-01, in less than 30 days. Deploy a newer one."
UNUSED = (
    "Endpoint e-2 was created by SpeechOps, costs money, and no release uses it: delete it if "
    "nobody needs it."
)


def test_urgency__puts_what_has_happened_before_what_has_a_date() -> None:
    assert [issue.urgency(text) for text in (GONE, LATE, SOON, UNUSED)] == [
        Urgency.NOW,
        Urgency.DATED,
        Urgency.DATED,
        Urgency.LATER,
    ]
    assert issue.urgency("The benchmark b expired on 2026-01-01. Run train-data.") is Urgency.NOW


def test_body__is_ordered_by_urgency_and_date_with_commands() -> None:
    lines = issue._body("m", [UNUSED, LATE, GONE, SOON]).splitlines()
    assert [line for line in lines if line.startswith("###")] == [f"### {level}" for level in Urgency]
    items = [line for line in lines if line.startswith("- ")]
    assert items[0].endswith("\N{RIGHTWARDS ARROW} `speechops deploy`")
    assert [item[4:14] for item in items[1:3]] == ["2027-12-01", "2028-01-15"]
    assert items[2].endswith("\N{RIGHTWARDS ARROW} `speechops train-data`")


def test_title__names_the_first_date() -> None:
    assert issue._title("m", [LATE, SOON]) == "Speech model m needs attention by 2027-12-01"
    assert issue._title("m", [LATE, GONE]) == "Speech model m needs attention now"
    assert issue._title("m", [UNUSED]) == "Speech model m needs attention"
