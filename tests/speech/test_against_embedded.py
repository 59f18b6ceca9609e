"""The client and the embedded service: the whole loop, in each version, and each fault on each route."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import pytest

from speechops.embedded.tiers import Tier
from speechops.errors import QuotaExceeded, ServiceError, ServiceUnavailable, StillRunning, WorkFailed
from speechops.speech import (
    FINGERPRINT,
    ApiVersion,
    Dataset,
    Endpoint,
    Entity,
    Evaluation,
    KeyCredential,
    Model,
    NewDataset,
    NewEndpoint,
    NewEvaluation,
    NewModel,
    NewProject,
    SpeechClient,
    Status,
    Transcription,
    choose_base_model,
    open_session,
    upload,
    wait,
)
from tests.kit.faults import Fault, FaultKind, Throttle
from tests.kit.progress import AfterReads, AfterSeconds
from tests.stub_engine import archive, speech

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clock import FakeClock
    from tests.kit.server import RunningService

SENTENCES = (
    "the amoxicillin dose is forty milligrams",
    "take paracetamol twice a day with water",
    "store the insulin in the refrigerator",
)
E = TypeVar("E", bound=Entity)

TEXT = ("\ufeff" + "\n".join(SENTENCES)).encode()
KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Loop:
    """What a run of SpeechOps asks of the service, from data to an endpoint; every step finds or creates."""

    client: SpeechClient
    clock: FakeClock
    project: str = ""
    made: list[bool] = field(default_factory=list)

    def dataset(self, name: str, kind: str, content: bytes) -> Dataset:
        found = self.client.find_or_create_dataset(
            NewDataset(
                display_name=name,
                locale="en-US",
                kind=kind,
                custom_properties={FINGERPRINT: f"{name}-{kind}"},
                project_id=self.project,
            )
        )
        self.made.append(found.made)
        self.client.upload(found.entity, io.BytesIO(content))
        return self.wait(lambda: self.client.dataset(found.entity.id))

    def model(self, *datasets: Dataset) -> Model:
        base = choose_base_model(
            self.client.base_models(),
            locale="en-US",
            kinds=[dataset.kind for dataset in datasets],
            today=self.clock.now(),
        )
        found = self.client.find_or_create_model(
            NewModel(
                display_name="model",
                locale="en-US",
                base_model=base.reference,
                dataset_ids=tuple(dataset.id for dataset in datasets),
                weight_percent=30,
                custom_properties={FINGERPRINT: "model"},
                project_id=self.project,
            )
        )
        self.made.append(found.made)
        return self.wait(lambda: self.client.model(found.entity.id))

    def evaluation(self, model: Model, test: Dataset) -> Evaluation:
        base = self.client.base_model(model.base_model_id)
        found = self.client.find_or_create_evaluation(
            NewEvaluation(
                display_name="evaluation",
                locale="en-US",
                model1=base.reference,
                model2=model.reference,
                dataset_id=test.id,
                custom_properties={FINGERPRINT: "evaluation"},
                project_id=self.project,
            )
        )
        self.made.append(found.made)
        return self.wait(lambda: self.client.evaluation(found.entity.id))

    def endpoint(self, model: Model) -> Endpoint:
        found = self.client.find_or_create_endpoint(
            NewEndpoint(
                display_name="production",
                locale="en-US",
                model=model.reference,
                custom_properties={"speechops-model": "model"},
                project_id=self.project,
            )
        )
        self.made.append(found.made)
        return self.wait(lambda: self.client.endpoint(found.entity.id))

    def wait(self, read: Callable[[], E]) -> E:
        return wait(read, clock=self.clock, timeout=3_600.0, explain=self.explain)

    def explain(self, entity: object) -> str:
        return self.client.explain_import(entity) if isinstance(entity, Dataset) else ""

    def run(self) -> tuple[Evaluation, Endpoint]:
        """Go from data to an endpoint that has been heard."""
        if self.client.version.has_projects:
            found = self.client.find_or_create_project(NewProject(display_name="project", locale="en-US"))
            assert found is not None
            self.project = found.entity.id
            self.made.append(found.made)
        text = self.dataset("training text", "Language", TEXT)
        test = self.dataset("test data", "Acoustic", archive(SENTENCES))
        model = self.model(text)
        evaluation = self.evaluation(model, test)
        transcripts = self.client.transcripts(evaluation.id)
        assert [transcripts.model2[f"{n:03d}.wav"].lexical for n in (1, 2, 3)] == list(SENTENCES)
        assert transcripts.model1.keys() == transcripts.model2.keys()
        endpoint = self.endpoint(model)
        heard = self.client.recognise(endpoint.id, "en-US", io.BytesIO(speech(SENTENCES[0])))
        assert heard.lexical == SENTENCES[0]
        return evaluation, endpoint


@pytest.fixture
def open_loop(service: RunningService, service_clock: FakeClock, log: list[str]) -> Callable[..., Loop]:
    """Open the service in a version of its API."""

    def make(version: ApiVersion = ApiVersion.V2025_10_15, key: str = KEY) -> Loop:
        client = SpeechClient(
            service.url,
            credential=KeyCredential(key),
            session=open_session(),
            clock=service_clock,
            version=version,
            log=log.append,
        )
        return Loop(client, service_clock)

    return make


def test_loop__works_in_each_version(open_loop: Callable[..., Loop], version: ApiVersion) -> None:
    loop = open_loop(version)
    evaluation, endpoint = loop.run()
    assert all(loop.made)
    assert evaluation.scores1 is not None
    assert evaluation.scores2 is not None
    assert evaluation.scores1.word_error_rate
    assert evaluation.scores2.word_error_rate == 0.0
    assert endpoint.model == evaluation.model2


def test_loop__second_run_makes_nothing(open_loop: Callable[..., Loop], version: ApiVersion) -> None:
    first, second = open_loop(version), open_loop(version)
    assert first.run()[0].id == second.run()[0].id
    assert not any(second.made)


def test_loop__entities_are_deleted_in_order(open_loop: Callable[..., Loop], version: ApiVersion) -> None:
    loop = open_loop(version)
    evaluation, endpoint = loop.run()
    client = loop.client
    assert evaluation.model2 is not None
    with pytest.raises(ServiceError) as caught:
        client.delete_model(evaluation.model2.id)
    assert caught.value.hint
    client.delete_endpoint(endpoint.id)
    assert len(evaluation.transcription_ids) == 2
    for transcription in evaluation.transcription_ids:
        assert client.entities.read(Transcription, transcription).status is Status.SUCCEEDED
        client.delete_transcription(transcription)
    client.delete_evaluation(evaluation.id)
    client.delete_model(evaluation.model2.id)
    for dataset in client.datasets():
        client.delete_dataset(dataset.id)
        client.delete_dataset(dataset.id)  # gone is fine
    assert not [*client.datasets(), *client.models(), *client.evaluations(), *client.endpoints()]


def test_swap__keeps_the_id_and_changes_what_is_heard(
    open_loop: Callable[..., Loop], version: ApiVersion
) -> None:
    loop = open_loop(version)
    evaluation, endpoint = loop.run()
    assert evaluation.model1 is not None
    loop.client.swap_model(endpoint.id, evaluation.model1)
    swapped = loop.wait(lambda: loop.client.endpoint(endpoint.id))
    assert (swapped.id, swapped.model) == (endpoint.id, evaluation.model1)
    heard = loop.client.recognise(endpoint.id, "en-US", io.BytesIO(speech(SENTENCES[0])))
    assert heard.lexical != SENTENCES[0]


# Every fault on every route of the loop: the same end, and nothing twice.

ROUTES = [
    ("GET", "/projects$"),
    ("POST", "/projects$"),
    ("GET", "/datasets$"),
    ("POST", "/datasets$"),
    ("GET", "/datasets/[^/]+/blocks$"),
    ("PUT", "/datasets/[^/]+/blocks$"),
    ("POST", "/datasets/[^/]+/blocks:commit$"),
    ("GET", "/datasets/[^/]+$"),
    ("GET", "/models/base$"),
    ("GET", "/models/base/[^/]+$"),
    ("GET", "/models$"),
    ("POST", "/models$"),
    ("GET", "/models/[^/]+$"),
    ("GET", "/evaluations$"),
    ("POST", "/evaluations$"),
    ("GET", "/evaluations/[^/]+$"),
    ("GET", "/evaluations/[^/]+/files$"),
    ("GET", "/endpoints$"),
    ("POST", "/endpoints$"),
    ("GET", "/endpoints/[^/]+$"),
    ("POST", "/cognitiveservices/v1$"),
]

FAULTS = {
    "429": Fault(kind=FaultKind.STATUS, status=429),
    "429 with Retry-After": Fault(kind=FaultKind.STATUS, status=429, retry_after="7"),
    "429 with a date": Fault(kind=FaultKind.STATUS, status=429, retry_after="Wed, 07 Jan 2026 12:00:30 GMT"),
    "500": Fault(kind=FaultKind.STATUS, status=500),
    "500 with effect": Fault(kind=FaultKind.STATUS, status=500, effect=True),
    "502 from a gateway": Fault(kind=FaultKind.GATEWAY, status=502),
    "503": Fault(kind=FaultKind.STATUS, status=503, retry_after="3"),
    "504 with effect": Fault(kind=FaultKind.STATUS, status=504, effect=True),
    "page of a proxy": Fault(kind=FaultKind.HTML, status=502),
    "page of a proxy with effect": Fault(kind=FaultKind.HTML, status=502, effect=True),
    "reset": Fault(kind=FaultKind.RESET),
    "reset with effect": Fault(kind=FaultKind.RESET, effect=True),
    "truncated": Fault(kind=FaultKind.TRUNCATED),
    "slow": Fault(kind=FaultKind.SLOW, seconds=0.02),
    "content type": Fault(kind=FaultKind.CONTENT_TYPE, detail="application/octet-stream"),
    "without Location": Fault(kind=FaultKind.NO_HEADER),
    "without Retry-After": Fault(kind=FaultKind.NO_HEADER, detail="Retry-After"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_faults__once_on_every_route_change_nothing(
    service: RunningService, open_loop: Callable[..., Loop], fault: Fault
) -> None:
    open_loop().run()
    clean = service.control.dump()
    service.control.reset()
    service.control.plant(*(replace(fault, method=method, path=path) for method, path in ROUTES))
    loop = open_loop()
    loop.run()
    assert service.control.pending_faults == []  # each has struck
    assert service.control.dump() == clean
    assert all(loop.made)


@pytest.mark.parametrize(
    "fault", [FAULTS["reset with effect"], FAULTS["truncated"]], ids=["reset", "truncated"]
)
@pytest.mark.parametrize("version", [ApiVersion.V2024_11_15])
def test_faults__change_nothing_in_the_older_versions(
    service: RunningService, open_loop: Callable[..., Loop], fault: Fault, version: ApiVersion
) -> None:
    open_loop(version).run()
    clean = service.control.dump()
    service.control.reset()
    routes = [route for route in ROUTES if version.has_projects or "projects" not in route[1]]
    service.control.plant(*(replace(fault, method=method, path=path) for method, path in routes))
    open_loop(version).run()
    assert service.control.pending_faults == []
    assert service.control.dump() == clean


@pytest.mark.parametrize("effect", [False, True])
def test_create__that_fails_for_ever_is_told_in_one_line(
    service: RunningService, open_loop: Callable[..., Loop], effect: bool
) -> None:
    service.control.plant(
        Fault(kind=FaultKind.HTML, method="POST", path="/datasets$", times=0, effect=effect)
    )
    loop = open_loop()
    if effect:
        loop.dataset("training text", "Language", TEXT)
    else:
        with pytest.raises(ServiceUnavailable, match="HTML page titled 'Bad Gateway'") as caught:
            loop.dataset("training text", "Language", TEXT)
        assert "\n" not in str(caught.value)
    assert len(loop.client.datasets()) == (1 if effect else 0)


def test_wrong_key__is_told_with_a_next_step(
    start_service: Callable[..., RunningService], service_clock: FakeClock
) -> None:
    service = start_service(key=KEY)
    client = SpeechClient(
        service.url, credential=KeyCredential("another" * 4), session=open_session(), clock=service_clock
    )
    with pytest.raises(ServiceError, match="Access denied due to invalid subscription key") as caught:
        client.models()
    assert "Check the key" in caught.value.hint
    assert service_clock.slept == 0


# Work.


@pytest.mark.service(progress=AfterReads(3))
def test_work__is_waited_for_through_every_state(
    open_loop: Callable[..., Loop], service_clock: FakeClock
) -> None:
    loop = open_loop()
    loop.run()
    assert 3.0 <= service_clock.slept <= 60.0  # Retry-After is a second


@pytest.mark.service(
    progress=AfterSeconds(imports=60.0, training=1_800.0, evaluation=600.0, deployment=300.0, retry_after=1)
)
def test_work__of_hours_is_waited_for_with_little_loss(
    open_loop: Callable[..., Loop], service_clock: FakeClock
) -> None:
    open_loop().run()
    longest = 60.0 + 60.0 + 1_800.0 + 600.0 + 300.0  # this loop does one thing after another
    assert longest <= service_clock.monotonic() <= 1.02 * longest


@pytest.mark.service(progress=AfterSeconds(training=20_000.0))
def test_work__that_outlasts_patience_is_taken_up_again(
    service: RunningService, open_loop: Callable[..., Loop]
) -> None:
    loop = open_loop()
    with pytest.raises(StillRunning, match=r"The model model \(.*\) is still Running after 3600 s"):
        loop.run()
    service.control.set_progress(AfterSeconds())
    again = open_loop()
    again.run()
    assert again.made == [False, False, False, False, True, True]


def test_work__failed_import_has_the_service_s_words_and_the_report(
    service: RunningService, open_loop: Callable[..., Loop]
) -> None:
    service.control.plant(
        Fault(
            kind=FaultKind.IMPORT,
            code="NoUtf8WithBom",
            message="The file is not UTF-8 with BOM.",
            detail="line 2: odd bytes",
        )
    )
    loop = open_loop()
    with pytest.raises(WorkFailed) as caught:
        loop.dataset("training text", "Language", TEXT)
    assert "The file is not UTF-8 with BOM. (NoUtf8WithBom)" in caught.value.message
    assert "Import report" in caught.value.message
    assert caught.value.hint == "Save the file as UTF-8 with BOM."
    loop.dataset("training text", "Language", TEXT)  # a failed one is passed over
    assert loop.made == [True, True]


@pytest.mark.parametrize(
    ("kind", "noun"),
    [(FaultKind.TRAINING, "model"), (FaultKind.EVALUATION, "evaluation"), (FaultKind.DEPLOYMENT, "endpoint")],
)
def test_work__other_failures_have_the_service_s_words(
    service: RunningService, open_loop: Callable[..., Loop], kind: FaultKind, noun: str
) -> None:
    service.control.plant(Fault(kind=kind, code="InternalError", message="Something broke inside."))
    with pytest.raises(WorkFailed, match=f"The {noun} .* failed: Something broke inside") as caught:
        open_loop().run()
    assert caught.value.code == "InternalError"
    open_loop().run()


# Limits.


def test_free_tier__says_what_is_full(service: RunningService, open_loop: Callable[..., Loop]) -> None:
    service.control.set_tier(Tier.F0)
    loop = open_loop()
    for number in (1, 2):
        loop.dataset(f"text {number}", "Language", TEXT)
    with pytest.raises(QuotaExceeded) as caught:
        loop.dataset("text 3", "Language", TEXT)
    assert caught.value.hint
    assert loop.made == [True, True]


def test_throttle__is_obeyed_by_many_threads_to_the_end(
    service: RunningService, open_loop: Callable[..., Loop], log: list[str]
) -> None:
    service.control.throttle(Throttle(requests=20, seconds=10.0, retry_after="2"))
    loop = open_loop()
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: loop.client.base_models(), range(120)))
    assert all(pages)
    assert log  # some were refused for their pace


def test_threads__share_one_client(open_loop: Callable[..., Loop]) -> None:
    loop = open_loop()
    barrier = threading.Barrier(6)

    def bring(number: int) -> Dataset:
        barrier.wait()
        return loop.dataset(f"text {number}", "Language", TEXT)

    with ThreadPoolExecutor(6) as pool:
        datasets = list(pool.map(bring, range(6)))
    assert {dataset.status for dataset in datasets} == {Status.SUCCEEDED}
    assert len(loop.client.datasets()) == 6


def test_upload__of_many_blocks_arrives_whole(
    open_loop: Callable[..., Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "BLOCK_SIZE", 1_000)
    lines = [f"sentence {number} of many" for number in range(2_000)]
    dataset = open_loop().dataset("long text", "Language", ("\ufeff" + "\n".join(lines)).encode())
    assert dataset.status is Status.SUCCEEDED


@pytest.mark.parametrize("grow", [False, True], ids=["shrinks", "grows"])
def test_list__that_changes_while_it_is_read_is_complete(
    service: RunningService, open_loop: Callable[..., Loop], grow: bool
) -> None:
    loop = open_loop()
    for number in range(120):
        loop.client.entities.create(
            Dataset, NewDataset(display_name=f"text {number:03d}", locale="en-US", kind="Language")
        )
    change = Fault(
        kind=FaultKind.LIST_CHANGE, path="/datasets$", after=1, name="text", detail="add" if grow else ""
    )
    service.control.plant(change)
    names = [dataset.display_name for dataset in loop.client.datasets()]
    assert {f"text {number:03d}" for number in range(1, 120)} <= set(names)
