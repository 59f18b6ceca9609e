"""``maintain`` over two years, ``freeze``, and runs that outlast their job."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.tiers import Tier
from speechops.registry.documents import Ending, RunRecord
from speechops.run import timestamp
from speechops.speech import KeyCredential, ModelReference, NewEndpoint, SpeechClient, open_session
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterSeconds, Immediate
from tests.operations.project import HELPFUL, TESTS, Project

if TYPE_CHECKING:
    from tests.github_api.server import GitHubServer
    from tests.kit.server import RunningService

DAY = 86400.0
EVERYTHING = ("--delete", "at-once", "--keep-models", "0", "--keep-days", "0")


@pytest.fixture
def released(project: Project) -> Project:
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL)
    for operation in ("test-data", "train-data", "deploy"):
        answer = project.run(operation)
        assert answer.code == 0, answer.text
    return project


def client(project: Project) -> SpeechClient:
    return SpeechClient(
        project.endpoint, credential=KeyCredential("k"), session=open_session(), clock=project.clock
    )


def warnings(text: str) -> list[str]:
    return [line.removeprefix("warning: ") for line in text.splitlines() if line.startswith("warning: ")]


def test_maintain__a_fresh_model_needs_nothing(released: Project) -> None:
    answer = released.run("maintain")
    assert answer.code == 0, answer.text
    assert answer.outputs["warnings"] == "0"
    assert answer.outputs["deletions"] == "0"


def test_maintain__two_years_of_nights(released: Project) -> None:
    """The warnings come before what they warn of, and tighten. Nights without change are left out."""
    said: list[tuple[int, str]] = []
    today = 0
    for night in (*range(40, 630, 45), *range(640, 770, 7)):
        released.clock.advance((night - today) * DAY)
        today = night
        answer = released.run("maintain", "--new-base-model", "report")
        assert answer.code == 0, answer.text
        said += [(night, line) for line in warnings(answer.text)]

    def first(*words: str) -> int:
        return next(day for day, line in said if all(word in line for word in words))

    # A model of 2026-01-07 is served until 2028-01-15, two years after the end of its quarter: day 738.
    assert 738 - 90 <= first("on endpoint", "in less than 90 days") < 738 - 83
    assert 738 - 30 <= first("on endpoint", "in less than 30 days") < 738 - 23
    assert 738 - 7 <= first("on endpoint", "in less than 7 days") <= 738
    assert 738 <= first("on endpoint", "expired on 2028-01-15", "answers with the newest base model") < 746
    assert first("The benchmark", "expires on", "before that") < first("The benchmark", "expired on")
    assert not [
        line for _, line in said if "The benchmark" in line and "expired" in line and "before" in line
    ]
    # Its base model adapts until 2027-01-15.
    assert first("Training on 20251201", "in less than 90 days") < first("Training on 20251201", "expired on")


def test_expiry_days__count_for_the_benchmark_and_for_the_endpoint(released: Project) -> None:
    said = warnings(released.run("maintain", "--expiry-days", "800").text)
    assert [line for line in said if "The benchmark" in line and "expires on 2028-01-15" in line]
    assert [line for line in said if "on endpoint" in line and "expires on 2028-01-15" in line]


def test_maintain__newer_base_model_is_tested_once(released: Project, service: RunningService) -> None:
    released.clock.advance(60 * DAY)
    answer = released.run("maintain")
    assert "Base model 20260301 is newer than that of the benchmark; tested untrained: worse" in answer.text
    service.control.clear_counts()
    again = released.run("maintain")
    assert "tested untrained: worse" in again.text
    assert service.control.counts
    assert not any(route.startswith("POST") for route in service.control.counts)


def test_maintain__newer_base_model_trains_a_candidate_that_train_data_takes(released: Project) -> None:
    released.clock.advance(60 * DAY)
    answer = released.run("maintain", "--new-base-model", "train")
    assert answer.code == 0, answer.text
    models = client(released).models()
    assert [model.custom_properties["speechops-cause"] for model in models] == ["train-data", "base-model"]
    pointer = released.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.reference.id == models[0].id
    merged = released.run("train-data")
    assert merged.outputs["candidate"] == models[1].id


PINNED = ("--base-model", "20251201")


@pytest.mark.parametrize(("action", "pin"), [("report", PINNED), ("report", ()), ("test", ()), ("train", ())])
def test_maintain__newer_base_model__what_is_done_about_it(
    released: Project, service: RunningService, action: str, pin: tuple[str, ...]
) -> None:
    released.clock.advance(60 * DAY)
    service.control.clear_counts()
    answer = released.run("maintain", "--new-base-model", action, *pin)
    assert answer.code == 0, answer.text
    assert "Base model 20260301 is newer than that of the benchmark" in answer.text
    assert ("tested untrained" in answer.text) == (action == "test")
    assert ("was trained from it" in answer.text) == (action == "train")
    assert ("Run train-data to train from it and decide." in answer.text) == (action != "report")
    if action == "train":
        (used,) = [line for line in answer.text.splitlines() if "This run uses" in line]
        assert "endpoint" not in used  # nothing of it is deployed
    made = {route for route in service.control.counts if route in {"POST /models", "POST /evaluations"}}
    expected = {"test": {"POST /evaluations"}, "train": {"POST /evaluations", "POST /models"}}
    assert made == expected.get(action, set())


def test_maintain__newer_base_model_without_training_data_is_tested_untrained(project: Project) -> None:
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n    test-data: test\n")
    project.run("test-data")
    assert "newer" not in project.run("maintain").text  # the benchmark is the newest base model
    project.clock.advance(60 * DAY)
    answer = project.run("maintain", "--new-base-model", "train")
    assert "Base model 20260301 is newer than that of the benchmark; tested untrained: " in answer.text
    assert "Run train-data" not in answer.text
    assert client(project).models() == ()


def test_maintain__newer_base_model_without_test_data_is_left(released: Project) -> None:
    config = released.folder / "speechops.yml"
    config.write_text(config.read_text().replace("    test-data: test\n", ""))
    released.clock.advance(60 * DAY)
    for action in ("report", "test", "train"):
        answer = released.run("maintain", "--new-base-model", action)
        assert (answer.code, answer.outputs["warnings"]) == (0, "0"), answer.text
        assert "newer" not in answer.text


def test_maintain__without_a_benchmark_deletes_nothing(project: Project) -> None:
    candidate = project.run("compare").outputs["candidate"]
    project.clock.advance(60 * DAY)
    answer = project.run("maintain", *EVERYTHING)
    assert answer.code == 0, answer.text
    assert "No benchmark yet: nothing is deleted." in answer.text
    assert "newer" not in answer.text
    assert [model.id for model in client(project).models()] == [candidate]


def test_maintain__part_that_fails_is_a_warning_and_the_next_one_begins(
    released: Project, service: RunningService
) -> None:
    released.commit = "b" * 40
    released.write_training([*HELPFUL, "one more"])
    assert released.run("compare").code == 3
    released.clock.advance(31 * DAY)
    refusal = Fault(kind=FaultKind.STATUS, method="GET", path="/models/base$", status=400, times=0)
    service.control.plant(refusal)
    answer = released.run("maintain")
    assert answer.code == 0, answer.text
    (warning,) = warnings(answer.text)
    assert warning.startswith("newer base model: ")
    assert answer.outputs["warnings"] == "1"
    assert "1 warnings, 0 entities deleted." in answer.text
    assert "may be deleted: model m-pull-request-bbbbbbb" in answer.text


def test_maintain__data_that_is_no_audio_is_a_warning(released: Project) -> None:
    (released.folder / "test" / "01.wav").write_bytes(b"RIFF")
    released.clock.advance(60 * DAY)
    answer = released.run("maintain")
    assert answer.code == 0, answer.text
    (warning,) = warnings(answer.text)
    assert warning.startswith("newer base model: ")


def test_maintain__issue_that_github_refuses_is_a_warning(
    released: Project, github_server: GitHubServer
) -> None:
    github_server.fail("GET", "/issues", 403, times=99)
    environment = {
        "GITHUB_REPOSITORY": github_server.state.repository,
        "GITHUB_API_URL": github_server.api_url,
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    answer = released.run("maintain", "--maintenance-issue", "true", environment=environment)
    assert answer.code == 0, answer.text
    (warning,) = warnings(answer.text)
    assert warning.startswith("issue: ")
    assert answer.outputs["warnings"] == "1"


def test_maintain__service_that_is_down_ends_it(released: Project, service: RunningService) -> None:
    """Each part would wait for it in vain."""
    outage = Fault(kind=FaultKind.STATUS, method="GET", path="/models/base$", status=503, times=0)
    service.control.plant(outage)
    released.clock.advance(60 * DAY)
    answer = released.run("maintain")
    assert answer.code == 1, answer.text
    assert "newer base model: " not in answer.text


def test_maintain__without_the_files_of_a_model_deletes_nothing(released: Project) -> None:
    """Data that cannot be read may still be in use."""
    released.write_training([*HELPFUL, "one more"])
    released.run("compare")
    released.clock.advance(60 * DAY)
    released.settings += "    groups: people.tsv:accent\n"
    released.write_training(HELPFUL)
    answer = released.run("maintain", *EVERYTHING, "--new-base-model", "report")
    assert answer.code == 0, answer.text
    (warning,) = warnings(answer.text)
    assert warning.startswith("retention: groups: ")
    assert len(client(released).models()) == 2


def test_maintain__benchmark_that_is_gone(released: Project) -> None:
    pointer = released.registry.benchmark("m")
    assert pointer
    client(released).delete_endpoint(client(released).endpoints()[0].id)
    client(released).delete_model(pointer.benchmark.reference.id)
    said = warnings(released.run("maintain").text)
    assert any("is gone from the service. Run rollback, or train-data" in line for line in said)


def compare_long_ago(project: Project) -> None:
    """Leave a candidate of a pull request that is old enough to go."""
    project.commit = "b" * 40
    project.write_training([*HELPFUL, "one more"])
    assert project.run("compare").code == 3
    project.write_training(HELPFUL)
    project.clock.advance(31 * DAY)


def test_retention__first_lists_then_deletes(released: Project) -> None:
    compare_long_ago(released)
    before = client(released).models()
    assert len(before) == 2
    first = released.run("maintain", "--new-base-model", "report")
    assert first.outputs["deletions"] == "0"
    assert "may be deleted: model m-pull-request-bbbbbbb" in first.text
    assert client(released).models() == before
    second = released.run("maintain", "--new-base-model", "report")
    assert int(second.outputs["deletions"]) >= 3
    assert [model.id for model in client(released).models()] == [before[0].id]
    record = list(released.registry.runs("m"))[-1]
    assert {(each.noun, each.done) for each in record.deletions} == {
        ("evaluation", True),
        ("model", True),
        ("dataset", True),
    }
    assert all(each.reason for each in record.deletions)


def test_retention__deletes_what_the_last_completed_maintenance_listed(released: Project) -> None:
    compare_long_ago(released)
    assert released.run("maintain", "--new-base-model", "report").outputs["deletions"] == "0"
    now = timestamp(released.clock.now())
    released.registry.record(RunRecord("9", "maintain", "m", "", now, ended=now, ending=Ending.REFUSED))
    assert released.run("maintain", "--new-base-model", "report").outputs["deletions"] != "0"
    assert len(client(released).models()) == 1


def test_retention__data_as_it_is_now_stays(project: Project) -> None:
    """Nothing refers to it any more: it is in the commit, and the next run would have to import it again."""
    project.promote(HELPFUL)
    project.write_training([*HELPFUL, "one more"])
    project.write_tests(TESTS[1:])
    project.run("compare")
    project.clock.advance(60 * DAY)
    project.run("maintain", *EVERYTHING, "--new-base-model", "report")
    assert len(client(project).models()) == 1
    assert sorted(dataset.kind for dataset in client(project).datasets()) == [
        "Acoustic",
        "Acoustic",
        "Language",
        "Language",
    ]
    project.write_training(HELPFUL)
    project.write_tests(TESTS)
    project.run("maintain", *EVERYTHING, "--new-base-model", "report")
    assert sorted(dataset.kind for dataset in client(project).datasets()) == ["Acoustic", "Language"]


def test_retention__never_list_never_deletes(released: Project) -> None:
    released.run("compare")
    released.clock.advance(400 * DAY)
    for _ in range(2):
        assert released.run("maintain", "--delete", "never").outputs["deletions"] == "0"


def test_retention__touches_nothing_that_is_not_ours(released: Project, service: RunningService) -> None:
    kept = [
        *service.control.seed("models", 2, display_name="somebody's"),
        *service.control.seed("models", 1, custom_properties={"speechops-model": "m"}),
        *service.control.seed(
            "models",
            1,
            custom_properties={
                "speechops-model": "other",
                "speechops-fingerprint": "f",
                "speechops-run": "1",
                "speechops-store": released.registry.identity(),
            },
        ),
    ]
    released.clock.advance(40 * DAY)
    released.run("maintain", *EVERYTHING)
    left = {model.id for model in client(released).models()}
    assert set(kept) <= left
    pointer = released.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.reference.id in left


def test_endpoint__vanished_on_the_free_tier(released: Project, service: RunningService) -> None:
    service.control.set_tier(Tier.F0)
    released.clock.advance(8 * DAY)
    answer = released.run("maintain")
    assert any("is gone; the free tier deletes endpoints" in line for line in warnings(answer.text))
    back = released.run("deploy")
    assert back.code == 0, back.text
    assert released.run("maintain").outputs["warnings"] == "0"


def test_endpoint__serves_another_model_than_was_released(released: Project) -> None:
    speech = client(released)
    (endpoint,) = speech.endpoints()
    speech.swap_model(endpoint.id, ModelReference(speech.base_models()[-1].id, base=True))
    answer = released.run("maintain")
    assert any("but release 1.0.0 is" in line for line in warnings(answer.text))


@pytest.mark.parametrize(("old_benchmark", "said"), [("adopt", True), ("forget", True), ("none", False)])
def test_endpoints_of_the_template__are_listed_with_what_they_cost(
    released: Project, service: RunningService, old_benchmark: str, said: bool
) -> None:
    """Microsoft's template made an endpoint for each release and deleted none."""
    speech = client(released)
    (endpoint,) = speech.endpoints()
    assert endpoint.model is not None
    old = [
        speech.find_or_create_endpoint(
            NewEndpoint(display_name=name, locale=locale, model=endpoint.model, custom_properties={})
        ).entity.id
        for name, locale in (
            ("endpoint_1a2b3c4", "en-US"),
            ("endpoint_5d6e7f8", "en-US"),
            ("endpoint_live", "en-US"),
        )
    ]
    old += service.control.seed("endpoints", 1, display_name="endpoint_9a8b7c6", locale="de-DE")
    prices = ("--prices", "endpoint=0.05, currency=EUR")
    answer = released.run("maintain", "--old-benchmark", old_benchmark, *prices)
    assert answer.code == 0, answer.text
    listed = [line for line in warnings(answer.text) if "The template's releases left" in line]
    assert len(listed) == said
    for line in listed:
        assert "left 2 endpoints, and each costs money for 730 hours a month (36.50 EUR)" in line
        assert f"endpoint_1a2b3c4 ({old[0]}), endpoint_5d6e7f8 ({old[1]})" in line
        assert old[2] not in line
        assert old[3] not in line
        assert endpoint.id not in line
    kept = released.run("maintain", "--old-benchmark", old_benchmark, "--endpoint-id", old[0])
    listed = [line for line in warnings(kept.text) if "The template's releases left 1 endpoint" in line]
    assert len(listed) == said


def test_endpoint__of_others_is_not_mentioned(released: Project, service: RunningService) -> None:
    (theirs,) = service.control.seed("endpoints", 1, display_name="by hand")
    answer = released.run("maintain")
    assert theirs not in answer.text
    assert answer.outputs["warnings"] == "0"


def test_issue__is_opened_rewritten_closed_and_opened_again(
    released: Project, github_server: GitHubServer
) -> None:
    environment = {
        "GITHUB_REPOSITORY": github_server.state.repository,
        "GITHUB_API_URL": github_server.api_url,
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    asked = ("--maintenance-issue", "true", "--expiry-days", "800")
    for _ in range(2):
        answer = released.run("maintain", *asked, environment=environment)
        assert answer.code == 0, answer.text
    (issue,) = github_server.state.issues
    assert issue["state"] == "open"
    assert "expires on 2028-01-15" in issue["body"]
    released.run("maintain", "--maintenance-issue", "true", environment=environment)
    (issue,) = github_server.state.issues
    assert issue["state"] == "closed"
    released.run("maintain", *asked, environment=environment)
    (again,) = github_server.state.issues
    assert (again["number"], again["state"]) == (issue["number"], "open")


def test_issue__is_kept_where_it_is_wanted_and_github_known(
    released: Project, github_server: GitHubServer
) -> None:
    environment = {
        "GITHUB_REPOSITORY": github_server.state.repository,
        "GITHUB_API_URL": github_server.api_url,
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    soon = ("--expiry-days", "800")
    assert released.run("maintain", *soon, environment=environment).outputs["warnings"] != "0"
    assert released.run("maintain", *soon, "--maintenance-issue", "true").code == 0
    assert not github_server.state.issues


def test_issue__of_a_stranger_with_the_same_marker_is_left_alone(
    released: Project, github_server: GitHubServer
) -> None:
    state = github_server.state
    body = "<!-- speechops:maintenance model=m -->\nNothing needs attention."
    theirs = {"id": state.new_id(), "number": 1, "state": "closed", "login": "stranger", "title": "t"}
    state.issues.append({**theirs, "body": body, "labels": ["speechops"]})
    environment = {
        "GITHUB_REPOSITORY": state.repository,
        "GITHUB_API_URL": github_server.api_url,
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    asked = ("--maintenance-issue", "true", "--expiry-days", "800")
    assert released.run("maintain", *asked, environment=environment).code == 0
    stranger, ours = state.issues
    assert (stranger["state"], stranger["body"]) == ("closed", body)
    assert "expires on 2028-01-15" in ours["body"]


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
def test_train_data__outlasts_its_job_and_maintain_finishes_it(
    project: Project, service: RunningService
) -> None:
    answer = project.run("train-data", "--max-wait", "10m")
    assert answer.code == 0, answer.text
    assert answer.outputs["improved"] == "false"
    assert "run train-data again to complete it, or let maintain complete it" in answer.text
    assert list(project.registry.runs("m"))[-1].ending is Ending.STILL_RUNNING
    project.clock.advance(7200)
    service.control.set_progress(Immediate(patience=30.0))
    done = project.run("maintain")
    assert done.code == 0, done.text
    assert "is completed: better" in done.text
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert not pointer.benchmark.reference.base
    assert len(client(project).models()) == 1
    record = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    assert record.ending is Ending.DONE
    assert record.result == pointer.benchmark.result
    assert record.trained
    assert record.outputs["candidate"] == pointer.benchmark.reference.id
    assert record.outputs["improved"] == "true"
    assert record.ended > timestamp(project.clock.now() - timedelta(seconds=7000))


@pytest.mark.parametrize(
    ("slow", "begun"), [(AfterSeconds(imports=7200.0), False), (AfterSeconds(evaluation=7200.0), True)]
)
def test_train_data__that_outlasts_its_job_names_maintain_if_the_training_has_begun(
    project: Project, service: RunningService, slow: AfterSeconds, begun: bool
) -> None:
    service.control.set_progress(slow)
    answer = project.run("train-data", "--max-wait", "10m")
    assert answer.code == 0, answer.text
    assert "The work continues: run train-data again to complete it" in answer.text
    assert ("or let maintain complete it" in answer.text) is begun
    project.clock.advance(7200)
    assert ("is completed" in project.run("maintain").text) is begun


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
def test_train_data__that_outlasted_its_job_and_its_training_data(project: Project) -> None:
    """What is not trained any more has nobody waiting for it."""
    project.run("train-data", "--max-wait", "10m")
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n    test-data: test\n")
    answer = project.run("maintain")
    assert answer.code == 0, answer.text
    assert answer.outputs["warnings"] == "0"


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
def test_train_data__that_reuses_nothing_is_finished_by_maintain_all_the_same(
    project: Project, service: RunningService
) -> None:
    alone = ("--reuse", "main")
    project.run("train-data", "--max-wait", "10m", *alone, environment={"GITHUB_RUN_ID": "7"})
    project.clock.advance(DAY)  # the training has ended: it does not count how long ago
    service.control.set_progress(Immediate(patience=30.0))
    done = project.run("maintain", *alone, environment={"GITHUB_RUN_ID": "8"})
    assert "Run 7 is completed: better" in done.text
    assert len(client(project).models()) == 1


def test_freeze__holds_candidates_up_and_lets_them_go(project: Project) -> None:
    assert project.run("freeze", "--reason", "audit").code == 2
    project.run("test-data")
    assert project.run("freeze").code == 2
    assert project.run("freeze", "--reason", "audit until Monday").code == 0
    held_up = project.run("train-data")
    assert held_up.code == 3
    assert held_up.outputs["improved"] == "false"
    assert "unfreeze: audit until Monday" in held_up.text
    compared = project.run("compare")
    assert "unfreeze: audit until Monday" in compared.text
    assert len(client(project).models()) == 1
    assert project.run("unfreeze").code == 0
    released = project.run("train-data")
    assert released.code == 0, released.text
    assert "using the stored result" in released.text


def test_rollback__run_again_by_github_changes_nothing(project: Project) -> None:
    project.settings = "    gate: any-improvement\n"
    for sentences in (HELPFUL[:4], HELPFUL[:8], HELPFUL):
        project.write_training(sentences)
        assert project.run("train-data").code == 0
        assert project.run("deploy").code == 0
    same = {"GITHUB_RUN_ID": "77"}
    first = project.run("rollback", environment=same)
    assert first.code == 0, first.text
    releases = project.registry.releases("m")
    assert releases[-1].rolled_back_to == "1.1.0"
    again = project.run("rollback", environment=same)
    assert again.outputs == first.outputs
    assert project.registry.releases("m") == releases
    assert project.run("rollback", environment={"GITHUB_RUN_ID": "78"}).code == 0
    assert project.registry.releases("m")[-1].rolled_back_to == "1.0.0"


def test_records__foreign_and_damaged_are_said_and_stay(released: Project) -> None:
    store = released.folder / ".speechops/store"
    release = next((store / "releases").iterdir())
    foreign = json.dumps({"schema": 99, "new": True}).encode()
    release.write_bytes(foreign)
    result = next(path for path in (store / "test-results").iterdir() if "train-data" in path.name)
    result.write_bytes(b"{")
    answer = released.run("deploy")
    assert answer.code == 0, answer.text
    assert "is skipped" in answer.text
    assert answer.outputs["version"] == "1.1.0"
    assert release.read_bytes() == foreign
    assert result.read_bytes() == b"{"


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
@pytest.mark.parametrize("ending", [None, Ending.INTERRUPTED])
def test_train_data__that_was_killed_or_canceled_is_finished_by_maintain(
    project: Project, service: RunningService, ending: Ending | None
) -> None:
    project.run("train-data", "--max-wait", "10m")
    (record,) = project.registry.runs("m")
    project.registry.record(replace(record, ending=ending))
    project.clock.advance(7200)
    service.control.set_progress(Immediate(patience=30.0))
    assert f"Run {record.id} is completed: better" in project.run("maintain").text
    assert len(client(project).models()) == 1


def test_train_data__that_died_after_its_promotion_is_not_judged_again_once_it_is_released(
    project: Project,
) -> None:
    """It would promote again what was rolled back from."""
    first, second = project.release(HELPFUL[:4]), project.release(HELPFUL[:8])
    record = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    project.registry.record(replace(record, ending=None, outputs={}, result=""))
    assert project.run("rollback").outputs["candidate"] == first
    assert f"Run {record.id} is completed: " in project.run("maintain").text
    pointer = project.registry.benchmark("m")
    assert pointer
    assert pointer.benchmark.reference.id == first
    ended = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    assert (ended.ending, ended.result, ended.trained) == (Ending.DONE, record.result, True)
    assert ended.outputs.items() <= record.outputs.items()
    assert ended.outputs["candidate"] == second
    project.write_training(HELPFUL[:8])  # a person wants it after all, and that run dies before its promotion
    project.run("train-data")
    again = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    project.registry.record(replace(again, ending=None))
    project.registry.move_benchmark(pointer.benchmark, pointer=project.registry.benchmark("m"))
    assert f"Run {again.id} is completed: better" in project.run("maintain").text


@pytest.mark.parametrize("ending", list(Ending))
def test_deployment__that_did_not_end_is_named(released: Project, ending: Ending) -> None:
    last = next(released.registry.latest_runs("m", "deploy", now=released.clock.now()))
    released.registry.record(replace(last, ending=ending))
    named = ending in {Ending.STILL_RUNNING, Ending.INTERRUPTED}
    assert any(last.id in line for line in warnings(released.run("maintain").text)) is named
    now = timestamp(released.clock.now())
    back = replace(last, id="77", operation="rollback", started=now, ending=ending)
    released.registry.record(back)
    said = warnings(released.run("maintain").text)
    assert any("Run 77 has not completed its rollback" in line for line in said) is named
