"""Answers that are well formed and wrong, or late: a run believes no list that is none, and pays once."""

from __future__ import annotations

import io
import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from speechops.embedded.entities import Evaluation, Model
from speechops.registry.documents import Ending
from speechops.speech import Endpoint, NewEndpoint
from tests.kit.crowd import crowd
from tests.operations import test_publication
from tests.operations.fleet import Fleet
from tests.operations.project import HELPFUL
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from tests.clock import FakeClock
    from tests.github_api.server import GitHubServer
    from tests.kit.server import RunningService
    from tests.operations.project import Project

pytestmark = pytest.mark.bad_requests  # the answers are not those of the contract

HOUR = 3600.0


@pytest.fixture
def change_answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Let a function change every answer of the service before the client sees it."""
    send = HTTPAdapter.send

    def install(change: Callable[..., requests.Response]) -> None:
        def changed(
            adapter: HTTPAdapter,
            request: requests.PreparedRequest,
            **more: Any,  # noqa: ANN401 - passed on
        ) -> requests.Response:
            return change(request, send(adapter, request, **more))

        monkeypatch.setattr(HTTPAdapter, "send", changed)

    return install


def is_for(request: requests.PreparedRequest, method: str, end: str) -> bool:
    return request.method == method and urlsplit(str(request.url)).path.endswith(end)


def answer(to: requests.Response, status: int, document: object, **headers: str) -> requests.Response:
    """Return another answer in place of one."""
    to.close()
    body = json.dumps(document).encode()
    made = requests.Response()
    made.status_code, made.url, made.request = status, to.url, to.request
    made.headers.update({"Content-Type": "application/json", "Content-Length": str(len(body)), **headers})
    made.raw = urllib3.HTTPResponse(io.BytesIO(body), made.headers, status, preload_content=False)
    return made


def document(response: requests.Response) -> Any:  # noqa: ANN401 - JSON
    return json.loads(response.raw.read(decode_content=True))


def trainings(service: RunningService) -> int:
    return len(service.control.dump()[Model.collection])


@pytest.mark.parametrize("collection", ["models", "datasets", "evaluations", "models/base"])
def test_list__that_is_none_ends_the_run_and_makes_nothing(
    project: Project, service: RunningService, change_answers: Callable[[Any], None], collection: str
) -> None:
    """Read as empty, it would have work done and paid for again."""
    project.run("compare")
    state = service.control.dump()
    project.forget()
    error = {"error": {"code": "Busy", "message": "later"}}
    change_answers(
        lambda request, response: (
            answer(response, 200, error) if is_for(request, "GET", f"/{collection}") else response
        )
    )
    refused = project.run("compare")
    assert refused.code == 1, refused.text
    assert "list" in refused.text
    assert service.control.dump() == state


@pytest.mark.parametrize(
    "link", ["https://elsewhere.invalid/v9/things?skip={skip}&top=100", "/other?skip={skip}"]
)
def test_list__next_page_under_another_address_is_asked_of_ours(
    project: Project, service: RunningService, change_answers: Callable[[Any], None], link: str
) -> None:
    crowd(service.control, models=330, evaluations=330, datasets=330)
    project.run("compare")
    known = trainings(service)
    project.forget()

    def moved(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if not is_for(request, "GET", "/models"):
            return response
        page = document(response)
        if "@nextLink" in page:
            page["@nextLink"] = link.format(skip=100)
        return answer(response, 200, page)

    change_answers(moved)
    again = project.run("compare")
    assert again.code == 0, again.text
    assert trainings(service) == known


def test_pause__endless_is_capped_and_said(project: Project, change_answers: Callable[[Any], None]) -> None:
    states: list[str] = []

    def paused(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if (
            request.method != "GET"
            or "/models/" not in str(request.url)
            or "/models/base" in str(request.url)
        ):
            return response
        model = document(response)
        states.append(model["status"])
        if len(states) < 3:
            model["status"] = "Running"
        return answer(response, 200, model, **{"Retry-After": "100000"})

    change_answers(paused)
    trained = project.run("compare")
    assert trained.code == 0, trained.text
    assert len(states) >= 3
    assert "100000 s" in trained.text
    assert project.clock.slept < HOUR


def test_model__not_found_right_after_its_creation_is_asked_for_again(
    project: Project, service: RunningService, change_answers: Callable[[Any], None]
) -> None:
    unknown = iter([True, True, True])
    created: list[bool] = []

    def late(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if is_for(request, "POST", "/models"):
            created.append(True)
        elif created and request.method == "GET" and "/models/" in str(request.url) and next(unknown, False):
            return answer(response, 404, {"error": {"code": "NotFound", "message": "The model is unknown."}})
        return response

    change_answers(late)
    trained = project.run("compare")
    assert trained.code == 0, trained.text
    assert next(unknown, None) is None
    assert trainings(service) == 1


@pytest.mark.parametrize("seconds", [2, 25])
def test_model__whose_creation_is_not_answered_and_shows_late_is_trained_once(
    project: Project, service: RunningService, change_answers: Callable[[Any], None], seconds: int
) -> None:
    created: list[float] = []

    def lost(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if is_for(request, "POST", "/models"):
            created.append(project.clock.monotonic())
            response.close()
            raise requests.ConnectionError("the connection broke")
        if (
            created
            and is_for(request, "GET", "/models")
            and project.clock.monotonic() < created[-1] + seconds
        ):
            return answer(response, 200, {"values": []})
        return response

    change_answers(lost)
    trained = project.run("compare")
    assert trained.code == 0, trained.text
    assert len(created) == trainings(service) == 1


@pytest.mark.parametrize(
    ("end", "status"), [(".wav.model2_score.json", 403), (".wav.model2_score.json", 404), ("/files", 404)]
)
def test_result__that_cannot_be_read_is_read_by_the_next_run(
    project: Project,
    service: RunningService,
    change_answers: Callable[[Any], None],
    end: str,
    status: int,
) -> None:
    """The test is done, and paid for."""
    refused = [True]
    error = {"code": "Forbidden", "message": "no"}
    change_answers(
        lambda request, response: (
            answer(response, status, error) if refused and is_for(request, "GET", end) else response
        )
    )
    failed = project.run("compare")
    refused.clear()
    assert failed.code == 1, failed.text
    assert "is kept for the next run" in failed.text
    assert project.run("compare").code == 0
    assert len(service.control.dump()[Evaluation.collection]) == 1


@pytest.mark.parametrize("operation", ["deploy", "rollback"])
def test_endpoint__without_a_date_is_the_youngest_of_ours(
    project: Project, change_answers: Callable[[Any], None], operation: str
) -> None:
    """Two runs at once may each have made one."""
    project.release(HELPFUL[:4])
    (first,) = client(project).endpoints()
    assert first.model
    twin = NewEndpoint(
        display_name="twin", locale="en-US", model=first.model, custom_properties=first.custom_properties
    )
    second = client(project).entities.create(Endpoint, twin).id
    shutil.rmtree(project.folder / ".speechops/store/releases")

    def undated(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if not is_for(request, "GET", "/endpoints"):
            return response
        page = document(response)
        for item in page["values"]:
            if item["self"].partition("?")[0].endswith(first.id):
                del item["createdDateTime"]
        return answer(response, 200, page)

    change_answers(undated)
    found = project.run(operation)
    if operation == "deploy":
        assert found.outputs["endpoint-id"] == second, found.text
    else:
        assert "No release to roll back from" in found.text


def test_dataset__whose_date_is_unset_is_tested_all_the_same(
    project: Project, change_answers: Callable[[Any], None]
) -> None:
    changed: list[bool] = []

    def unset(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if request.method != "GET" or not urlsplit(str(request.url)).path.rpartition("/")[0].endswith(
            "/datasets"
        ):
            return response
        changed.append(True)
        return answer(response, 200, {**document(response), "createdDateTime": "0001-01-01T00:00:00Z"})

    change_answers(unset)
    tested = project.run("test-data")
    assert tested.code == 0, tested.text
    assert changed


@pytest.mark.parametrize(
    "odd", [None, {"error": {"code": "Busy", "message": "later"}}, {"RecognitionStatus": "Error"}]
)
def test_deploy__first_answers_that_are_not_the_expected_ones_are_asked_for_again(
    project: Project,
    start_service: Callable[..., RunningService],
    tmp_path: Path,
    change_answers: Callable[[Any], None],
    odd: object,
) -> None:
    fleet = Fleet(project, start_service, tmp_path, ("west",))
    fleet.release(HELPFUL[:4])
    model = fleet.train(HELPFUL)
    kinds = {
        ("POST", "models:authorizecopy"),
        ("PATCH", "models"),
        ("PATCH", "endpoints"),
        ("POST", "recognition"),
    }

    def first(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        for kind in kinds:
            if request.method == kind[0] and f"/{kind[1]}" in urlsplit(str(request.url)).path:
                kinds.remove(kind)
                return answer(response, 200, odd)
        return response

    change_answers(first)
    fleet.deploy()
    assert fleet.wrong(model) == []
    assert not kinds


def test_refusal__whose_words_cannot_be_encoded_is_shown_and_recorded(
    project: Project, change_answers: Callable[[Any], None]
) -> None:
    def change(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if request.method != "POST":
            return response
        return answer(response, 400, {"code": "InvalidDataset", "message": "no name \ud83d here"})

    change_answers(change)
    refused = project.run("test-data")
    assert refused.code == 1, refused.text
    assert "no name \ufffd here (InvalidDataset)" in refused.text
    *_, last = project.registry.runs("m")
    assert last.ending is Ending.REFUSED
    assert "no name \ufffd here" in last.message


def test_name__that_the_service_cannot_import_is_refused_by_validate(project: Project) -> None:
    folder = project.folder / "test"
    (folder / "01.wav").rename(folder / "call-10:30:00.wav")
    text = (folder / "trans.txt").read_text(encoding="utf-8-sig").replace("01.wav", "call-10:30:00.wav")
    (folder / "trans.txt").write_text(text, encoding="utf-8-sig")
    refused = project.run("validate")
    assert refused.code == 2, refused.text
    assert "call-10:30:00.wav" in refused.text


@pytest.fixture
def github_clock(service_clock: FakeClock) -> FakeClock:
    """The one clock of a run, which its pauses advance."""
    return service_clock


def test_rate_limit__is_waited_for_by_githubs_own_clock(
    project: Project, github_server: GitHubServer, service_clock: FakeClock
) -> None:
    """By the runner's clock, which is ahead, it has ended long ago."""
    trained = test_publication.run(project, github_server, "train-data")
    assert trained.code == 0, trained.text
    github_server.behind = timedelta(minutes=20)
    github_server.remaining = 0
    github_server.reset = (service_clock.now() - github_server.behind).timestamp() + 300
    service_clock.sleeps.clear()
    deployed = test_publication.run(project, github_server, "deploy")
    assert deployed.code == 0, deployed.text
    assert [release["tag_name"] for release in github_server.state.releases] == ["v1.0.0"]
    long = [seconds for seconds in service_clock.sleeps if seconds > 60]
    assert len(long) == 1
    assert 200 < long[0] < 302
