from __future__ import annotations

import io
import json
import wave
from typing import TYPE_CHECKING, Any

import pytest
import requests

from speechops.errors import DataError, ServiceError, ServiceUnavailable, UsageError
from speechops.speech import (
    ApiVersion,
    Dataset,
    Endpoint,
    Evaluation,
    File,
    Model,
    ModelReference,
    NewDataset,
    NewEndpoint,
    NewEvaluation,
    NewModel,
    NewProject,
    Project,
    SpeechClient,
    Status,
)
from speechops.speech.blocks import DatasetBlocks
from tests.speech.service import (
    HOST,
    V,
    address,
    bare,
    dataset,
    entity,
    evaluation,
    identity,
    problem,
    sent_json,
    sent_query,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import responses

    from tests.clock import FakeClock
    from tests.speech.conftest import Connect

BASE = ModelReference(identity(10), base=True)
CUSTOM = ModelReference(identity(11))

# One method for each endpoint.

LISTS: list[tuple[str, Callable[[SpeechClient], object]]] = [
    ("datasets", SpeechClient.datasets),
    ("models/base", SpeechClient.base_models),
    ("models", SpeechClient.models),
    ("evaluations", SpeechClient.evaluations),
    ("endpoints", SpeechClient.endpoints),
]
GETS: list[tuple[str, Callable[[SpeechClient, str], Any]]] = [
    ("datasets", SpeechClient.dataset),
    ("models/base", SpeechClient.base_model),
    ("models", SpeechClient.model),
    ("evaluations", SpeechClient.evaluation),
    ("endpoints", SpeechClient.endpoint),
]
DELETES: list[tuple[str, Callable[[SpeechClient, str], None]]] = [
    ("datasets", SpeechClient.delete_dataset),
    ("models", SpeechClient.delete_model),
    ("evaluations", SpeechClient.delete_evaluation),
    ("endpoints", SpeechClient.delete_endpoint),
    ("transcriptions", SpeechClient.delete_transcription),
]


def names(cases: list[tuple[str, Any]]) -> list[str]:
    return [path for path, _ in cases]


@pytest.mark.parametrize(("path", "method"), LISTS, ids=names(LISTS))
def test_list__reads_all_pages(
    web: responses.RequestsMock,
    connect: Connect,
    version: ApiVersion,
    path: str,
    method: Callable[[SpeechClient], Any],
) -> None:
    following = address(path, version) + ("&" if version.query else "?") + "skip=2&top=100"
    first, second, third = (entity(path, number, version) for number in (1, 2, 3))
    web.get(bare(path), json={"values": [first, second], "@nextLink": following})
    web.get(bare(path), json={"values": [second, third], "@nextLink": None})
    found = method(connect(version))
    assert [item.id for item in found] == [identity(1), identity(2), identity(3)]
    assert sent_query(web.calls[0].request) == {"top": "100", **version.query}
    assert sent_query(web.calls[1].request) == {"top": "100", "skip": "1", **version.query}


@pytest.mark.parametrize(("path", "method"), GETS, ids=names(GETS))
def test_get__builds_the_address_from_the_id(
    web: responses.RequestsMock,
    connect: Connect,
    version: ApiVersion,
    path: str,
    method: Callable[[SpeechClient, str], Any],
) -> None:
    if path == "projects" and not version.has_projects:
        pytest.skip("this version has no projects")
    web.get(bare(f"{path}/{identity(4)}"), json=entity(path, 4, version))
    assert method(connect(version), identity(4)).id == identity(4)
    assert sent_query(web.calls[0].request) == version.query


@pytest.mark.parametrize("odd", ["", ".", ".."])
def test_get__id_that_would_name_something_else_is_refused(client: SpeechClient, odd: str) -> None:
    with pytest.raises(ServiceError, match="There is no endpoint with the id"):
        client.endpoint(odd)
    with pytest.raises(ServiceError, match="There is no dataset with the id"):
        client.dataset(odd)
    with pytest.raises(ServiceError, match="There is no model with the id"):
        client.delete_model(odd)


def test_get__id_cannot_leave_its_place(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(bare("endpoints/..%2Fmodels%2Fa%3Fb"), json=entity("endpoints"))
    client.endpoint("../models/a?b")


@pytest.mark.parametrize(("path", "method"), DELETES, ids=names(DELETES))
@pytest.mark.parametrize("status", [204, 404])
def test_delete__is_content_if_there_is_nothing(
    web: responses.RequestsMock,
    connect: Connect,
    version: ApiVersion,
    path: str,
    method: Callable[[SpeechClient, str], None],
    status: int,
) -> None:
    web.delete(bare(f"{path}/{identity(4)}"), status=status)
    method(connect(version), identity(4))


def test_delete__of_what_is_in_use_is_refused(web: responses.RequestsMock, client: SpeechClient) -> None:
    body = problem("Conflict", "no", "InUseViolation", "An endpoint uses the model.")
    web.delete(bare(f"models/{identity(1)}"), status=409, json=body)
    with pytest.raises(ServiceError, match="An endpoint uses the model") as caught:
        client.delete_model(identity(1))
    assert caught.value.code == "InUseViolation"


def test_delete__that_succeeded_unheard_is_fine(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.delete(bare(f"models/{identity(1)}"), body=requests.ConnectionError("reset"))
    web.delete(bare(f"models/{identity(1)}"), status=404)
    client.delete_model(identity(1))


def test_create_dataset__in_each_version(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion, log: list[str]
) -> None:
    web.post(bare("datasets"), status=201, json=dataset(1, version, status="NotStarted"))
    client = connect(version)
    draft = NewDataset(
        display_name="train-audio",
        locale="en-US",
        kind="Acoustic",
        description="made by a test",
        custom_properties={"speechops-commit": "4f2a"},
        project_id=identity(9),
    )
    for _ in range(2):
        assert client.entities.create(Dataset, draft).status is Status.NOT_STARTED
    expected = {
        "displayName": "train-audio",
        "locale": "en-US",
        "kind": "Acoustic",
        "description": "made by a test",
        "customProperties": {"speechops-commit": "4f2a"},
        "project": {"self": address(f"projects/{identity(9)}", version)},
    }
    if not version.has_projects:
        del expected["project"]
    assert sent_json(web.calls[0]) == expected
    assert len(log) == (0 if version.has_projects else 1)  # the warning comes once


def test_create_model__names_base_model_datasets_and_weight(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion
) -> None:
    web.post(bare("models"), status=201, json=entity("models", 1, version, status="NotStarted"))
    client = connect(version)
    draft = NewModel(
        display_name="m",
        locale="en-US",
        base_model=BASE,
        dataset_ids=(identity(7), identity(8)),
        weight_percent=30,
    )
    assert client.entities.create(Model, draft).id == identity(1)
    assert sent_json(web.calls[0]) == {
        "displayName": "m",
        "locale": "en-US",
        "baseModel": {"self": address(f"models/base/{identity(10)}", version)},
        "datasets": [{"self": address(f"datasets/{identity(number)}", version)} for number in (7, 8)],
        "properties": {"customModelWeightPercent": 30},
    }


def test_create_model__without_a_weight_leaves_it_to_the_service(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.post(bare("models"), status=201, json=entity("models"))
    client.entities.create(Model, NewModel(display_name="m", locale="en-US", base_model=BASE, dataset_ids=()))
    assert "properties" not in sent_json(web.calls[0])


def test_create_evaluation__names_both_models_and_shows_as_a_test(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion
) -> None:
    web.post(bare("evaluations"), status=201, json=evaluation(1, version, status="NotStarted"))
    draft = NewEvaluation(
        display_name="e",
        locale="en-US",
        model1=BASE,
        model2=CUSTOM,
        dataset_id=identity(12),
        custom_properties={"speechops-run": "1"},
    )
    made = connect(version).entities.create(Evaluation, draft)
    assert (made.model1, made.model2) == (BASE, CUSTOM)
    assert sent_json(web.calls[0]) == {
        "displayName": "e",
        "locale": "en-US",
        "model1": {"self": address(f"models/base/{identity(10)}", version)},
        "model2": {"self": address(f"models/{identity(11)}", version)},
        "dataset": {"self": address(f"datasets/{identity(12)}", version)},
        "customProperties": {"speechops-run": "1", "testingKind": "Evaluation"},
    }


def test_create_endpoint__and_swap_have_their_own_words_for_logging(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion
) -> None:
    web.post(bare("endpoints"), status=201, json=entity("endpoints", 1, version))
    web.patch(bare(f"endpoints/{identity(1)}"), json=entity("endpoints", 1, version, status="Running"))
    client = connect(version)
    draft = NewEndpoint(display_name="production", locale="en-US", model=CUSTOM)
    made = client.entities.create(Endpoint, draft)
    assert client.swap_model(made.id, BASE).status is Status.RUNNING
    created, swapped = (sent_json(call) for call in web.calls)
    assert created["properties"] == {"loggingEnabled": False}
    assert swapped == {
        "model": {"self": address(f"models/base/{identity(10)}", version)},
        "properties": {"contentLoggingEnabled": False},
    }


def test_swap_model__is_repeated(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.patch(bare(f"endpoints/{identity(1)}"), body=requests.ReadTimeout("slow"))
    web.patch(bare(f"endpoints/{identity(1)}"), json=entity("endpoints"))
    assert client.swap_model(identity(1), CUSTOM).id == identity(1)


def test_create__text_in_any_script_arrives(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.post(bare("datasets"), status=201, json=dataset())
    client.entities.create(Dataset, NewDataset(display_name="Äpfel 音声", locale="ja-JP", kind="Language"))
    assert sent_json(web.calls[0])["displayName"] == "Äpfel 音声"


@pytest.mark.parametrize("location", ["", "; charset"])
def test_create__id_comes_from_location_or_from_the_entity(
    web: responses.RequestsMock, client: SpeechClient, location: str
) -> None:
    body = dataset()
    headers = {}
    if location:
        del body["self"]
        headers["Location"] = address(f"datasets/{identity(1)}")
    web.post(bare("datasets"), status=201, json=body, headers=headers)
    draft = NewDataset(display_name="d", locale="en-US", kind="Language")
    assert client.entities.create(Dataset, draft).id == identity(1)


def test_projects__where_there_are_some(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion
) -> None:
    client = connect(version)
    draft = NewProject(display_name="p", locale="en-US")
    if not version.has_projects:
        with pytest.raises(UsageError, match="does not support projects"):
            client.entities.create(Project, draft)
        return
    web.post(bare("projects"), status=201, json=entity("projects", 1, version))
    made = client.entities.create(Project, draft)
    assert made.status is Status.SUCCEEDED


# Pages.


@pytest.mark.parametrize(
    "link",
    [
        f"{HOST}/speechtotext/models/base/{identity(9)}/files?skip=1&top=2",  # as in Microsoft's own example
        f"{HOST}/other/models/base?skip=1",
        "https://westus.api.cognitive.microsoft.com/speechtotext/models/base?skip=1&api-version=2025-10-15",
        "https://elsewhere.example/v1/secrets?skip=1&filter=x",
    ],
)
def test_next_link__gives_the_position_alone(
    web: responses.RequestsMock, client: SpeechClient, link: str
) -> None:
    web.get(bare("models/base"), json={"values": [entity("models/base", 1)], "@nextLink": link})
    web.get(bare("models/base"), json={"values": [entity("models/base", n) for n in (1, 2)]})
    assert len(client.base_models(locale="en-US")) == 2
    assert {str(call.request.url).partition("?")[0] for call in web.calls} == {bare("models/base")}
    query = sent_query(web.calls[1].request)
    assert query["filter"] == "locale eq 'en-US'"
    assert query["skip"] == "0"  # with one entity of overlap
    assert query["top"] == ("2" if "top=2" in link else "100")


@pytest.mark.parametrize("link", [f"{HOST}/speechtotext/models/base?skip=-1", f"{HOST}/x?token=abc"])
def test_next_link__without_a_position_is_refused(
    web: responses.RequestsMock, client: SpeechClient, link: str
) -> None:
    web.get(bare("models/base"), json={"values": [], "@nextLink": link})
    with pytest.raises(ServiceError, match="has no position"):
        client.base_models()
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": "X", "message": "backend is away"}}, "backend is away"),
        ({"code": "X", "message": "backend is away"}, "backend is away"),
        ({}, "not a list"),
        ({"values": None}, "not a list"),
        ({"values": {}}, "not a list"),
        ([], "not a list"),
        ("ok", "not a list"),
    ],
)
def test_list__that_is_not_a_list_is_an_error(
    web: responses.RequestsMock, client: SpeechClient, body: object, words: str
) -> None:
    web.get(bare("models"), json=body)
    with pytest.raises(ServiceUnavailable, match=words):
        client.models()


def test_list__that_is_not_a_list_makes_nothing(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(bare("models"), json={"error": {"message": "away"}})
    draft = NewModel(
        display_name="m", locale="en-US", base_model=ModelReference("b", base=True), dataset_ids=("d",)
    )
    with pytest.raises(ServiceUnavailable):
        client.find_or_create_model(draft)
    assert {call.request.method for call in web.calls} == {"GET"}


def test_list__that_is_one_the_next_time_is_read(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(bare("models"), json={"error": {"message": "away"}})
    web.get(bare("models"), json={"values": [entity("models", 1)]})
    assert len(client.models()) == 1


def test_get__answer_that_is_not_an_entity_is_an_error(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(bare(f"models/{identity(1)}"), json={"error": {"message": "away"}})
    with pytest.raises(ServiceUnavailable, match="away"):
        client.model(identity(1))


@pytest.mark.parametrize("odd", [None, {}, {"error": {"message": "away"}}])
def test_change__whose_answer_is_not_the_entity_is_requested_again(
    web: responses.RequestsMock, client: SpeechClient, odd: object
) -> None:
    for collection in ("endpoints", "models"):
        web.patch(bare(f"{collection}/{identity(1)}"), body=json.dumps(odd))
        web.patch(bare(f"{collection}/{identity(1)}"), json=entity(collection))
    assert client.swap_model(identity(1), CUSTOM).id == identity(1)
    assert client.update_model(identity(1), {}).id == identity(1)
    assert len(web.calls) == 4


# What has just been made.


def made_dataset(web: responses.RequestsMock, client: SpeechClient) -> Dataset:
    web.post(bare("datasets"), status=201, json=entity("datasets", 1, kind="Language"))
    return client.entities.create(Dataset, NewDataset(display_name="d", locale="en-US", kind="Language"))


def test_get__new_entity_may_be_found_late(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    made = made_dataset(web, client)
    for _ in range(4):
        web.get(bare(f"datasets/{made.id}"), status=404, json={"code": "NotFound"})
    web.get(bare(f"datasets/{made.id}"), json=entity("datasets", 1, kind="Language"))
    assert client.dataset(made.id).id == made.id
    assert 5 < clock.slept < 15


def test_get__new_entity_that_is_never_found_is_an_error_in_bounded_time(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    made = made_dataset(web, client)
    web.get(bare(f"datasets/{made.id}"), status=404, json={"code": "NotFound"})
    with pytest.raises(ServiceError) as caught:
        client.dataset(made.id)
    assert caught.value.status == 404
    assert 60 <= clock.slept < 130


def test_get__old_entity_that_is_gone_is_an_error_at_once(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    made = made_dataset(web, client)
    clock.advance(3600)
    web.get(bare(f"datasets/{made.id}"), status=404, json={"code": "NotFound"})
    with pytest.raises(ServiceError):
        client.dataset(made.id)
    assert clock.slept == 0


@pytest.mark.parametrize(
    ("method", "path", "status", "send"),
    [
        ("PUT", "blocks", 201, lambda blocks: blocks.put("YQ==", b"a")),
        ("POST", "blocks:commit", 200, lambda blocks: blocks.commit(["YQ=="])),
    ],
)
def test_content__of_a_new_dataset_may_be_accepted_late(
    web: responses.RequestsMock,
    client: SpeechClient,
    method: str,
    path: str,
    status: int,
    send: Callable[[DatasetBlocks], object],
) -> None:
    made = made_dataset(web, client)
    url = bare(f"datasets/{made.id}/{path}")
    web.add(method, url, status=404, json={"code": "NotFound"})
    web.add(method, url, status=status)
    send(DatasetBlocks(client.entities, made.id))
    assert [call.request.method for call in web.calls] == ["POST", method, method]


def test_files__of_a_new_entity_may_be_found_late(web: responses.RequestsMock, client: SpeechClient) -> None:
    made = made_dataset(web, client)
    url = bare(f"datasets/{made.id}/files")
    web.get(url, status=404, json={"code": "NotFound"})
    web.get(url, json={"values": [file("report.json")]})
    assert [found.name for found in client.entities.files(Dataset, made.id)] == ["report.json"]


@pytest.mark.parametrize("stated", [{"status": "Created"}, {"status": None}, {}])
def test_dataset__that_is_new_waits_for_its_content(
    web: responses.RequestsMock, client: SpeechClient, stated: dict[str, object]
) -> None:
    """Whatever the answer says: an upload that is left out leaves an import that never begins."""
    web.get(bare("datasets"), json={"values": []})
    answer = entity("datasets", 1, kind="Language")
    web.post(bare("datasets"), status=201, json={name: answer[name] for name in ("self", "kind")} | stated)
    draft = NewDataset(display_name="d", locale="en-US", kind="Language", custom_properties={})
    found = client.find_or_create_dataset(draft)
    assert found.made
    assert found.entity.status is Status.NOT_STARTED


def test_list__items_without_an_address_are_passed_over(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(bare("models"), json={"values": [{"displayName": "x"}, "odd", None, entity("models", 1)]})
    assert [model.id for model in client.models()] == [identity(1)]


def test_list__may_be_empty(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(bare("models"), json={"values": []})
    assert client.models() == ()


# Files.

BLOB = "https://acct.blob.core.windows.net/c"


def file(name: str, number: int = 1, kind: str = "EvaluationDetails", size: int = 2) -> dict[str, Any]:
    return {
        "self": address(f"evaluations/{identity(1)}/files/{identity(number)}"),
        "name": name,
        "kind": kind,
        "properties": {"size": size},
        "createdDateTime": "2026-01-07T11:34:12Z",
        "links": {"contentUrl": f"{BLOB}/{name}?sig=SIGNATURE"},
    }


@pytest.mark.parametrize("path", ["datasets", "evaluations"])
def test_files__of_each_sort_and_version(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion, path: str
) -> None:
    web.get(bare(f"{path}/{identity(1)}/files"), json={"values": [file("report.json")]})
    client = connect(version)
    kind = {"datasets": Dataset, "evaluations": Evaluation}[path]
    assert [item.name for item in client.entities.files(kind, identity(1))] == ["report.json"]
    assert sent_query(web.calls[0].request) == {"top": "100", "sasLifetimeMinutes": "60", **version.query}


def detail(lexical: str) -> dict[str, Any]:
    forms = {"lexical": lexical, "itn": lexical, "display": f"{lexical.capitalize()}."}
    return {"recognizedPhrases": [{"offsetInTicks": 0, "nBest": [forms]}]}


def test_transcripts__of_both_models(web: responses.RequestsMock, client: SpeechClient) -> None:
    files = [file("report.json", 0)]
    for number in range(40):
        name = f"{number:02d}.wav.model{1 + number % 2}_score.json"
        files.append(file(name, number + 1))
        web.get(f"{BLOB}/{name}", json=detail(f"words of {number}"))
    web.get(bare(f"evaluations/{identity(1)}/files"), json={"values": files})
    steps: list[tuple[int, int]] = []
    found = client.transcripts(identity(1), progress=lambda done, of: steps.append((done, of)))
    assert steps == [(number, len(steps)) for number in range(1, len(steps) + 1)]
    assert steps
    assert set(found.model1) == {f"{number:02d}.wav" for number in range(0, 40, 2)}
    assert found.model2["39.wav"].lexical == "words of 39"
    for call in web.calls:
        if str(call.request.url).startswith(BLOB):
            assert "Ocp-Apim-Subscription-Key" not in call.request.headers


def test_transcripts__none_is_an_error(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(bare(f"evaluations/{identity(1)}/files"), json={"values": [file("report.json")]})
    with pytest.raises(ServiceError, match="no files with the recognized text") as caught:
        client.transcripts(identity(1))
    assert "report.json" in caught.value.hint


def test_transcripts__one_that_cannot_be_had_is_an_error(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    name = "a.wav.model1_score.json"
    web.get(bare(f"evaluations/{identity(1)}/files"), json={"values": [file(name)]})
    web.get(f"{BLOB}/{name}", status=403, body="<Error><Code>AuthenticationFailed</Code></Error>")
    with pytest.raises(ServiceError, match="AuthenticationFailed") as caught:
        client.transcripts(identity(1))
    assert "expired" in caught.value.hint
    assert "SIGNATURE" not in str(caught.value)


@pytest.mark.parametrize("first", ["", '{"recognizedPhrases": [', "<html>busy</html>"])
def test_transcripts__file_that_is_cut_is_read_again(
    web: responses.RequestsMock, client: SpeechClient, first: str
) -> None:
    name = "a.wav.model1_score.json"
    web.get(bare(f"evaluations/{identity(1)}/files"), json={"values": [file(name)]})
    web.get(f"{BLOB}/{name}", body=first)
    web.get(f"{BLOB}/{name}", body=b"\xef\xbb\xbf" + json.dumps(detail("words")).encode())
    assert client.transcripts(identity(1)).model1["a.wav"].lexical == "words"


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"recognizedPhr', b"[" * 100_000])
def test_transcripts__file_that_is_no_json_is_an_error(
    web: responses.RequestsMock, client: SpeechClient, content: bytes
) -> None:
    name = "a.wav.model1_score.json"
    web.get(bare(f"evaluations/{identity(1)}/files"), json={"values": [file(name)]})
    web.get(f"{BLOB}/{name}", body=content)
    with pytest.raises(ServiceUnavailable, match=r"return the file a\.wav\.model1_score\.json: .* not JSON"):
        client.transcripts(identity(1))


def test_content__is_that_of_the_file(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(f"{BLOB}/f.zip", body=b"<html>" * 200_000)
    file = File(name="f.zip", kind="Audio", content_url=f"{BLOB}/f.zip")
    assert client.content(file) == b"<html>" * 200_000


def test_download__refuses_what_is_stated_to_be_too_large(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    del web
    large = File(name="f.json", kind="Audio", size=1 << 30, content_url=f"{BLOB}/f.json")
    with pytest.raises(ServiceError, match="more than the limit of 16777216"):
        client.content(large)


def test_download__without_an_address_is_an_error(client: SpeechClient) -> None:
    with pytest.raises(ServiceError, match="address is wrong"):
        client.content(File(name="f.json", kind="Audio", content_url=""))


def test_explain_import__adds_the_report(web: responses.RequestsMock, client: SpeechClient) -> None:
    name = "report.json"
    files = [file(name, kind="DatasetReport"), file("audio.zip", 2, kind="AcousticDataArchive")]
    web.get(bare(f"datasets/{identity(1)}/files"), json={"values": files})
    entry = {"filename": "a.wav", "inputText": "private", "message": "Error: too long.", "status": "Rejected"}
    web.get(f"{BLOB}/{name}", body=json.dumps([entry]))
    web.get(bare(f"datasets/{identity(1)}"), json=dataset(status="Failed"))
    told = client.explain_import(client.dataset(identity(1)))
    assert told == "Import report: a.wav: Error: too long."


def test_explain_import__has_nothing_to_say_of_a_report_that_cannot_be_had(
    web: responses.RequestsMock, client: SpeechClient, log: list[str]
) -> None:
    web.get(bare(f"datasets/{identity(1)}/files"), status=404)
    web.get(bare(f"datasets/{identity(1)}"), json=dataset(status="Failed"))
    assert client.explain_import(client.dataset(identity(1))) == ""
    assert len(log) == 1


# Recognition.


def wav(rate: int = 16_000, seconds: float = 0.1) -> io.BytesIO:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(rate)
        audio.writeframes(bytes(int(rate * seconds) * 2))
    buffer.seek(0)
    return buffer


RECOGNITION = f"{HOST}/stt/speech/recognition/conversation/cognitiveservices/v1"
DETAILED = {
    "RecognitionStatus": "Success",
    "Offset": 0,
    "Duration": 1_000_000,
    "DisplayText": "Hello.",
    "NBest": [
        {"Confidence": 0.9, "Lexical": "hello", "ITN": "hello", "MaskedITN": "hello", "Display": "Hello."},
        {
            "Confidence": 0.2,
            "Lexical": "hollow",
            "ITN": "hollow",
            "MaskedITN": "hollow",
            "Display": "Hollow.",
        },
    ],
}


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_recognise__sends_audio_and_reads_the_best(
    web: responses.RequestsMock, client: SpeechClient, rate: int
) -> None:
    web.post(RECOGNITION, json=DETAILED)
    audio = wav(rate)
    heard = client.recognise(identity(1), "en-US", audio)
    assert (heard.lexical, heard.display, heard.confidence) == ("hello", "Hello.", 0.9)
    sent = web.calls[0].request
    assert sent_query(sent) == {"cid": identity(1), "language": "en-US", "format": "detailed"}
    assert sent.headers["Content-Type"] == f"audio/wav; codecs=audio/pcm; samplerate={rate}"
    assert sent.body == audio.getvalue()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"RecognitionStatus": "Success", "DisplayText": "Hello."}, ("Hello.", "", None)),
        ({"RecognitionStatus": "NoMatch"}, ("", "", None)),
        (
            {"RecognitionStatus": "InitialSilenceTimeout", "NBest": []},
            ("", "", None),
        ),
    ],
)
def test_recognise__reads_other_answers(
    web: responses.RequestsMock,
    client: SpeechClient,
    answer: dict[str, Any],
    expected: tuple[str, str, float | None],
) -> None:
    web.post(RECOGNITION, json=answer)
    heard = client.recognise("e", "en-US", wav())
    assert (heard.display, heard.lexical, heard.confidence) == expected


def test_recognise__is_repeated(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.post(RECOGNITION, status=503)
    web.post(RECOGNITION, json=DETAILED)
    assert client.recognise("e", "en-US", wav(seconds=20)).lexical == "hello"
    assert all(call.request.headers["Content-Length"] == "640044" for call in web.calls)


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"RecognitionStatus": "Error", "Offset": 0, "Duration": 0}, "internal error"),
        ({"error": {"code": "InternalServerError", "message": "away"}}, "away"),
        ({}, "not a recognition"),
        (None, "not a recognition"),
    ],
)
def test_recognise__answer_that_is_no_recognition_is_asked_for_again(
    web: responses.RequestsMock, client: SpeechClient, odd: object, words: str
) -> None:
    web.post(RECOGNITION, body=json.dumps(odd))
    web.post(RECOGNITION, json=DETAILED)
    assert client.recognise("e", "en-US", wav()).lexical == "hello"
    web.replace("POST", RECOGNITION, body=json.dumps(odd))
    with pytest.raises(ServiceUnavailable, match=words):
        client.recognise("e", "en-US", wav())


@pytest.mark.parametrize("audio", [b"", b"RIFF", b"ID3 no wave at all"])
def test_recognise__refuses_what_is_no_wav(client: SpeechClient, audio: bytes) -> None:
    with pytest.raises(DataError, match="not a RIFF WAV file"):
        client.recognise("e", "en-US", io.BytesIO(audio))


def test_recognise__refuses_what_is_too_long(client: SpeechClient) -> None:
    with pytest.raises(DataError, match="too long"):
        client.recognise("e", "en-US", io.BytesIO(bytes((16 << 20) + 1)))


def test_version__is_2025_10_15_unless_told(client: SpeechClient) -> None:
    assert client.version is V is ApiVersion.V2025_10_15
