"""Whole operations while the service fails: success after retries, or one clear line; nothing half done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from speechops.registry.documents import Ending
from speechops.speech import KeyCredential, SpeechClient, open_session
from speechops.speech.failures import HINTS
from tests.github_api.server import Fault as GitHubFault
from tests.kit.faults import Fault, FaultKind
from tests.operations.project import HELPFUL, USELESS, Answer, Project

if TYPE_CHECKING:
    from tests.github_api.server import GitHubServer
    from tests.kit.server import RunningService
    from tests.operations.clinic import Clinic

pytestmark = pytest.mark.bad_requests  # a body that is cut or a page of HTML is no answer of the contract

HOUR = 3600.0
ROUTES = [
    ("GET", "/models/base"),
    ("GET", "/models$"),
    ("GET", "/datasets$"),
    ("POST", "/datasets$"),
    ("PUT", "/blocks$"),
    ("POST", "/blocks:commit$"),
    ("GET", "/datasets/[^/]+$"),
    ("POST", "/models$"),
    ("GET", "/models/[^/]+$"),
    ("GET", "/evaluations$"),
    ("POST", "/evaluations$"),
    ("GET", "/evaluations/[^/]+$"),
    ("GET", "/evaluations/[^/]+/files"),
    ("GET", "/endpoints"),
    ("POST", "/endpoints$"),
]
PASSING = {
    "429 with Retry-After": {"kind": FaultKind.STATUS, "status": 429, "retry_after": "3"},
    "429 with a date": {
        "kind": FaultKind.STATUS,
        "status": 429,
        "retry_after": "Wed, 07 Jan 2026 12:05:00 GMT",
    },
    "429 without": {"kind": FaultKind.STATUS, "status": 429},
    "500": {"kind": FaultKind.STATUS, "status": 500},
    "502": {"kind": FaultKind.STATUS, "status": 502},
    "503": {"kind": FaultKind.STATUS, "status": 503, "retry_after": "10"},
    "500 after the effect": {"kind": FaultKind.STATUS, "status": 500, "effect": True},
    "reset": {"kind": FaultKind.RESET},
    "reset after the effect": {"kind": FaultKind.RESET, "effect": True},
    "truncated": {"kind": FaultKind.TRUNCATED},
    "slow": {"kind": FaultKind.SLOW, "seconds": 0.1},
    "content type": {"kind": FaultKind.CONTENT_TYPE, "detail": "text/plain"},
    "html of a proxy": {"kind": FaultKind.HTML, "status": 503},
    "gateway": {"kind": FaultKind.GATEWAY, "status": 503},
    "no Location": {"kind": FaultKind.NO_HEADER},
}
LASTING = {
    "429": {"kind": FaultKind.STATUS, "status": 429, "retry_after": "5"},
    "429, for a day": {"kind": FaultKind.STATUS, "status": 429, "retry_after": "86400"},
    "500": {"kind": FaultKind.STATUS, "status": 500},
    "502": {"kind": FaultKind.STATUS, "status": 502},
    "503": {"kind": FaultKind.STATUS, "status": 503},
    "400": {"kind": FaultKind.STATUS, "status": 400, "code": "InvalidRequest"},
    "403": {"kind": FaultKind.STATUS, "status": 403},
    "409": {"kind": FaultKind.STATUS, "status": 409},
    "reset": {"kind": FaultKind.RESET},
    "truncated": {"kind": FaultKind.TRUNCATED},
    "html of a proxy": {"kind": FaultKind.HTML, "status": 407},
    "html as if all were well": {"kind": FaultKind.HTML, "status": 200},
    "gateway": {"kind": FaultKind.GATEWAY, "status": 401},
}


def loop(project: Project) -> list[Answer]:
    run = {"GITHUB_RUN_ID": "7"}
    return [project.run(operation, environment=run) for operation in ("test-data", "train-data", "deploy")]


def errors(answer: Answer) -> list[str]:
    return [line for line in answer.text.splitlines() if line.startswith("error: ")]


def check_refusal(project: Project, answer: Answer) -> str:
    """Look for one clear line, a bounded wait, and records that are whole; return the line."""
    assert answer.code == 1, answer.text
    assert "Traceback" not in answer.text, answer.text
    (line,) = errors(answer)
    assert project.clock.slept < HOUR
    documents = [path for path in (project.folder / ".speechops/store").rglob("*") if path.suffix == ".json"]
    assert documents
    for path in documents:
        json.loads(path.read_bytes())
    *_, last = project.registry.runs("m")
    assert last.ending is Ending.REFUSED
    assert last.ended
    return line


@pytest.mark.parametrize("fault", PASSING)
def test_loop__fault_once_on_every_route__ends_as_without(
    project: Project, service: RunningService, fault: str
) -> None:
    clean = loop(project)
    state = service.control.dump()
    service.control.reset()
    project.forget()
    faults = [Fault(method=method, path=path, **PASSING[fault]) for method, path in ROUTES]  # type: ignore[arg-type]
    service.control.plant(*faults)
    disturbed = loop(project)
    for one, other in zip(clean, disturbed, strict=True):
        assert other.code == one.code == 0, other.text
        for output in ("word-error-rate", "verdict", "improved", "version"):
            assert other.outputs.get(output) == one.outputs.get(output)
    assert service.control.dump() == state
    assert service.control.pending_faults == []
    assert project.clock.slept < HOUR


@pytest.mark.parametrize(
    ("fault", "route"),
    [
        (fault, route)
        for fault in LASTING
        for route in (("GET", "/models/base"), ("POST", "/models$"), ("POST", "/evaluations$"))
        if fault != "truncated" or route[0] == "GET"  # what was made all the same is found: nothing fails
    ],
)
def test_train_data__fault_that_lasts__one_line_and_the_next_run_succeeds(
    project: Project, service: RunningService, fault: str, route: tuple[str, str]
) -> None:
    method, path = route
    service.control.plant(Fault(method=method, path=path, times=0, **LASTING[fault]))  # type: ignore[arg-type]
    line = check_refusal(project, project.run("train-data"))
    assert line.startswith("error: The speech service ")
    assert len(line) < 500
    service.control.clear_faults()
    after = project.run("train-data")
    assert after.code == 0, after.text
    assert len(service.control.dump()["models"]) == 1


@pytest.mark.parametrize("fault", ["500", "503", "reset", "429, for a day"])
def test_train_data__outage_once_the_training_has_begun__all_is_left_for_the_next_run(
    project: Project, service: RunningService, fault: str
) -> None:
    outage = Fault(method="GET", path="/models/[0-9a-f-]{36}$", times=0, **LASTING[fault])  # type: ignore[arg-type]
    service.control.plant(outage)
    check_refusal(project, project.run("train-data"))
    assert len(service.control.dump()["models"]) == 1
    assert not [call for call in service.control.counts if call.startswith("DELETE")]
    service.control.clear_faults()
    after = project.run("train-data")
    assert after.code == 0, after.text
    assert service.control.counts["POST /models"] == 1


WORK = [
    (FaultKind.IMPORT, "train-data", "DataImportFailed", "report names the lines"),
    (FaultKind.IMPORT, "train-data", "NoUtf8WithBom", "Save the file as UTF-8 with BOM."),
    (FaultKind.IMPORT, "train-data", "InvalidAudioFormat", "Use RIFF WAV"),
    *((FaultKind.TRAINING, "train-data", code, HINTS[code]) for code in (
        "FailedDataset",
        "InvalidAdaptationMapping",
        "InvalidBaseModel",
        "InvalidDataset",
        "ModelDeprecated",
        "SkuLimitsExist",
    )),
    (FaultKind.TRAINING, "train-data", "PipelineError", "if it fails again, ask Azure support."),
    (FaultKind.TRAINING, "train-data", "ACodeThatNobodyKnows", "if it fails again, ask Azure support."),
    (FaultKind.EVALUATION, "test-data", "PipelineError", "if it fails again, ask Azure support."),
    (FaultKind.DEPLOYMENT, "deploy", "DeployingFailedModel", HINTS["DeployingFailedModel"]),
    (FaultKind.DEPLOYMENT, "deploy", "ModelNotDeployable", HINTS["ModelNotDeployable"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "operation", "code", "advice"), WORK)
def test_work__that_fails__is_told_with_the_services_reason_and_the_next_step(
    project: Project, service: RunningService, kind: FaultKind, operation: str, code: str, advice: str
) -> None:
    if operation == "deploy":
        assert project.run("train-data").code == 0
    reason = f"The {kind} went wrong, says the service."
    service.control.plant(Fault(kind=kind, code=code, message=reason, detail="line 3: odd"))
    line = check_refusal(project, project.run(operation))
    assert f"{reason} ({code})" in line
    assert advice in line
    again = project.run(operation)
    assert again.code == 0, again.text


def test_import__that_fails__names_the_lines_of_its_report(project: Project, service: RunningService) -> None:
    service.control.plant(
        Fault(kind=FaultKind.IMPORT, name="train", message="normalized text is empty", detail="12")
    )
    line = check_refusal(project, project.run("train-data"))
    assert "normalized text is empty" in line


@pytest.mark.parametrize("hours", [-30, 7, 24])
def test_loop__clocks_that_differ__ends_well(project: Project, service: RunningService, hours: int) -> None:
    service.control.move_on(timedelta(hours=hours))
    soon = format_datetime(service.control.now + timedelta(minutes=2), usegmt=True)
    service.control.plant(Fault(kind=FaultKind.STATUS, path="/models", status=429, retry_after=soon))
    answers = loop(project)
    assert [answer.code for answer in answers] == [0, 0, 0], answers
    assert project.clock.slept < HOUR


@pytest.mark.parametrize("detail", ["", "add"])
def test_train_data__lists_that_change_while_they_are_read__finds_its_own(
    project: Project, service: RunningService, detail: str
) -> None:
    service.control.seed("models", 150, display_name="old")
    service.control.seed("datasets", 150, display_name="old")
    lists = [Fault(kind=FaultKind.LIST_CHANGE, path=path, name="old", detail=detail, times=0)
             for path in ("/models$", "/datasets$")]  # fmt: skip
    service.control.plant(*lists)
    compared = project.run("compare")
    assert compared.code == 0, compared.text
    project.commit = "b" * 40
    merged = project.run("train-data")
    assert merged.code == 0, merged.text
    assert merged.outputs["candidate"] == compared.outputs["candidate"]


@pytest.mark.parametrize("end", ["expired", "gone"])
def test_train_data__benchmark_that_has_ended__is_judged_against_the_base_model(
    project: Project, service: RunningService, end: str
) -> None:
    project.write_training(HELPFUL[:8])
    benchmark = project.run("train-data").outputs["candidate"]
    if end == "expired":
        service.control.expire(benchmark)
    else:
        speech = SpeechClient(
            project.endpoint, credential=KeyCredential("k"), session=open_session(), clock=project.clock
        )
        speech.delete_model(benchmark)
    line = check_refusal(project, project.run("test-data"))
    assert "it can no longer be tested. Run train-data" in line
    assert end in line
    project.write_training(USELESS)
    for _ in range(2):  # the second time from the stored result
        worse = project.run("train-data")
        assert worse.code == 3
        assert "20251201 is the one to beat" in worse.text
    project.write_training(HELPFUL)
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert f"{end} on 2026" in answer.text or f"is {end} from the service" in answer.text
    assert "20251201 is the one to beat" in answer.text
    (pointer,) = [project.registry.benchmark("m")]
    assert pointer
    assert pointer.benchmark.reference.id == answer.outputs["candidate"] != benchmark
    assert project.run("test-data").code == 0


def test_deploy__candidate_that_has_expired__one_line(project: Project, service: RunningService) -> None:
    candidate = project.run("train-data").outputs["candidate"]
    service.control.expire(candidate)
    line = check_refusal(project, project.run("deploy"))
    assert "The speech service refused to create the endpoint" in line


def test_train_data__training_that_outlasts_the_job__ends_well_and_the_next_run_completes_it(
    project: Project, service: RunningService
) -> None:
    from tests.kit.progress import AfterSeconds  # noqa: PLC0415

    service.control.set_progress(AfterSeconds(imports=60, training=8 * HOUR, evaluation=60))
    first = project.run("train-data", "--max-wait", "5h")
    assert first.code == 0, first.text
    assert first.outputs["improved"] == "false"
    assert "The work continues: " in first.text
    *_, last = project.registry.runs("m")
    assert last.ending is Ending.STILL_RUNNING
    second = project.run("train-data", "--max-wait", "5h")
    assert second.code == 0, second.text
    assert second.outputs["improved"] == "true"
    assert len(service.control.dump()["models"]) == 1


def test_deploy__github_that_fails__one_line_and_one_release_after_all(
    project: Project, github_server: GitHubServer
) -> None:
    environment = {
        "GITHUB_REPOSITORY": github_server.state.repository,
        "GITHUB_API_URL": github_server.api_url,
    }
    project.run("train-data")
    github_server.faults.append(GitHubFault("POST", "/releases", 503, times=99))
    line = check_refusal(
        project, project.run("deploy", "--github-token", "job-token", environment=environment)
    )
    assert "GitHub" in line
    github_server.faults.clear()
    for _ in range(2):
        again = project.run("deploy", "--github-token", "job-token", environment=environment)
        assert again.code == 0, again.text
    assert len(github_server.state.releases) == 1
    assert len(project.registry.releases("m")) == 1


def test_train_data__storage_that_is_not_there__one_line(project: Project) -> None:
    account = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a"
    answer = project.run("train-data", "--storage-connection-string", account)
    assert answer.code == 1
    (line,) = errors(answer)
    assert "it cannot be reached. Check the network, the proxy and the account's firewall." in line
    assert "Traceback" not in answer.text


def test_loop__sign_in_that_expires_on_the_way__goes_on(clinic: Clinic) -> None:
    clinic.entra.real_lifetime = -1
    answers = []
    for operation in ("test-data", "train-data"):
        answers.append(clinic.run(operation))
        clinic.entra.real_lifetime = None
    assert [answer.code for answer in answers] == [1, 0], answers[-1].text
    assert "the token was rejected" in answers[0].text


def test_loop__long_training__token_is_exchanged_again(
    clinic: Clinic, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.kit.progress import AfterSeconds  # noqa: PLC0415

    clock, sleep = clinic.project.clock, clinic.project.clock.sleep

    def sleep_and_age(seconds: float) -> None:
        sleep(seconds)
        clinic.entra.lifetime = 3600 + int(clock.slept)  # an hour on the run's clock

    monkeypatch.setattr(clock, "sleep", sleep_and_age)
    clock.advance((datetime.now(UTC) - clock.now()).total_seconds())  # tokens bear the machine's time
    service.control.set_progress(AfterSeconds(training=4 * HOUR))
    answer = clinic.run("train-data")
    assert answer.code == 0, answer.text
    assert 4 < len(clinic.entra.id_tokens) < 20
    assert len(set(clinic.entra.id_tokens)) == len(clinic.entra.id_tokens)
