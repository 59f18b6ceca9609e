"""The maintenance issue: by urgency, with dates and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.upkeep import issue
from speechops.upkeep.issue import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer

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


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("The endpoints are gone.", Urgency.NOW),
        ("Run 7 has not completed its deploy.", Urgency.NOW),
        ("The endpoint silently answers with a base model.", Urgency.NOW),
        ("expiry: the listing failed.", Urgency.NOW),
        ("retention: a release cannot be read.", Urgency.NOW),
        ("It expires on 2027-12-01. The endpoint then silently answers.", Urgency.DATED),
        ("Release 1.1.0 has waited since 2026-05-01.", Urgency.DATED),
        ("The training has stalled, begone.", Urgency.LATER),
    ],
)
def test_urgency__of_each_kind_of_problem(text: str, urgency: Urgency) -> None:
    assert issue.urgency(text) is urgency


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Run train-data again.", "train-data"),
        ("Now run rollback.", "rollback"),
        ("First run test-data, then run deploy.", "test-data"),
        ("Set unfreeze.", "unfreeze"),
        ("Run validate.", ""),
        ("Deploy again.", ""),
    ],
)
def test_body__ends_a_warning_with_the_command_that_it_names(text: str, command: str) -> None:
    line = issue._body("m", [text]).splitlines()[-1]
    then = f" \N{RIGHTWARDS ARROW} `speechops {command}`" if command else ""
    assert line == f"- `{text}`{then}"


def test_body__shows_what_others_wrote_as_one_line_of_code() -> None:
    line = issue._body("m", ["of `@octocat`\n# on"]).splitlines()[-1]
    assert line == "- `of '@octocat' # on`"


def test_keep__of_several_the_first_of_this_model_alone(github: GitHub, github_server: GitHubServer) -> None:
    for name in ("other", "m", "m"):
        marker = f"<!-- speechops:maintenance model={name} -->"
        github.create_issue("old", f"{marker}\nold", labels=[issue.LABEL])
    assert issue.keep(github, "m", [SOON])
    assert [record["title"] == "old" for record in github_server.state.issues] == [True, False, True]
    assert issue.keep(github, "m", [])
    assert [record["state"] for record in github_server.state.issues] == ["open", "closed", "open"]


def test_keep__writes_only_what_changes(
    github_client: Callable[..., GitHub], github_server: GitHubServer
) -> None:
    github = github_client()

    def writes(*warnings: str) -> list[str]:
        before = len(github_server.calls)
        issue.keep(github, "m", warnings)
        return [call.method for call in github_server.calls[before:] if call.method != "GET"]

    assert writes() == []
    assert writes(SOON) == ["POST"]
    assert writes(SOON) == []
    assert writes(SOON, LATE) == ["PATCH"]
    assert writes() == ["PATCH"]
    assert writes() == []
    assert writes(SOON, LATE) == ["PATCH"]
    (record,) = github_server.state.issues
    assert (record["state"], record["labels"]) == ("open", ["speechops"])


def test_keep__cuts_what_github_would_refuse_and_knows_it_again(
    github: GitHub, github_server: GitHubServer
) -> None:
    many = [f"warning number {number} " + "word " * 20 for number in range(1000)]
    assert issue.keep(github, "m", many)
    (record,) = github_server.state.issues
    assert 50_000 < len(record["body"]) <= 60_000
    assert record["body"].endswith("\N{HORIZONTAL ELLIPSIS}")
    calls = len(github_server.calls)
    assert issue.keep(github, "m", many)
    assert {call.method for call in github_server.calls[calls:]} == {"GET"}
