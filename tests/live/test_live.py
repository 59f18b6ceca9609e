"""Doctor, test, train, deploy, roll back, tidy up: on a real Speech resource."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops import corpus, speech
from speechops.access import Access
from speechops.app import App
from speechops.clock import SystemClock
from speechops.corpus import Kind, Purpose
from speechops.identity import Keyring
from speechops.resources import SpeechSettings
from tests.operations.project import read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from speechops.speech import Entity, SpeechClient

SAMPLE = Path(__file__).parents[2] / "examples" / "pharmacy"
ENDPOINT = os.environ.get("SPEECHOPS_LIVE_ENDPOINT", "")

pytestmark = pytest.mark.skipif(not ENDPOINT, reason="SPEECHOPS_LIVE_ENDPOINT names no Speech resource")


def given(name: str, default: str = "") -> str:
    return os.environ.get(f"SPEECHOPS_LIVE_{name}", default)


class Tee:
    """Shows what is written, and keeps it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return False


@dataclass
class Live:
    """A copy of the sample project under a name of its own, and the resource that it runs on."""

    folder: Path
    client: SpeechClient
    model: str = field(default_factory=lambda: f"live-{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        shutil.copytree(SAMPLE, self.folder)
        config = self.folder / "speechops.yml"
        sample = config.read_text(encoding="utf-8")
        config.write_text(sample.replace("  pharmacy:", f"  {self.model}:"), encoding="utf-8")

    def run(self, operation: str) -> tuple[int, dict[str, str], str]:
        """Return exit code, outputs and text."""
        outputs = self.folder / "outputs"
        outputs.write_text("", encoding="utf-8")
        options = {
            "config": str(self.folder / "speechops.yml"),
            "speech-endpoint": ENDPOINT,
            "speech-key": given("KEY"),
            "speech-tier": given("TIER", "S0"),
            "api-version": given("API_VERSION", "2025-10-15"),
            "storage-account": given("STORAGE"),
        }
        words = [word for name, value in options.items() if value for word in (f"--{name}", value)]
        output = Tee(sys.stdout)
        environment = {**os.environ, "GITHUB_OUTPUT": str(outputs)}
        app = App(environment, output, SystemClock())  # type: ignore[arg-type] # as much of a stream as is used
        code = app.run([operation, *words])
        return code, read_outputs(outputs.read_text(encoding="utf-8")), output.text

    def entities(self) -> Iterator[tuple[Callable[[str], None], Entity]]:
        """Yield all that carries the model's name and how to delete it, users before what they use."""
        client = self.client
        collections: tuple[tuple[Callable[[str], None], Callable[[], Sequence[Entity]]], ...] = (
            (client.delete_endpoint, client.endpoints),
            (client.delete_evaluation, client.evaluations),
            (client.delete_model, client.models),
            (client.delete_dataset, client.datasets),
        )
        for delete, listing in collections:
            for entity in listing():
                if entity.custom_properties.get("speechops-model") == self.model:
                    yield delete, entity

    def tidy(self) -> None:
        """Delete all that carries the model's name."""
        for delete, entity in list(self.entities()):
            for transcription in getattr(entity, "transcription_ids", ()):
                self.client.delete_transcription(transcription)
            delete(entity.id)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    test = corpus.read(SAMPLE / "data" / "test", kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
    seconds = sum(utterance.seconds for utterance in test.utterances)
    cost = (
        f"This run uses: a training on text, {4 * seconds / 60:.0f} minutes of audio in evaluations, one "
        "endpoint for some minutes, a few recognitions. See azure.microsoft.com/pricing for your region."
    )
    if given("COST") != "accepted":
        pytest.skip(f"{cost} Set SPEECHOPS_LIVE_COST=accepted to go on.")
    settings = SpeechSettings(
        endpoint=ENDPOINT.rstrip("/"),
        region="",
        key=given("KEY"),
        api_version=given("API_VERSION", "2025-10-15"),
    )
    clock = SystemClock()
    with speech.open_session() as session:
        access = Access(Keyring.gather(os.environ, {}), session, clock, learn=lambda _: None, say=print)
        client = speech.SpeechClient(
            ENDPOINT,
            credential=access.credential(settings),
            session=session,
            clock=clock,
            version=speech.ApiVersion(settings.api_version),
        )
        loop = Live(tmp_path_factory.mktemp("live") / "project", client)
        print(f"{cost}\nAll that it makes carries speechops-model={loop.model}.")  # noqa: T201 - before it costs
        try:
            yield loop
        finally:
            loop.tidy()


def test_doctor__nothing_is_wrong(live: Live) -> None:
    code, _, text = live.run("doctor")
    assert code == 0, text


def test_loop__to_the_endpoint_and_back(live: Live) -> None:
    assert live.run("validate")[0] == 0
    code, tested, text = live.run("test-data")
    assert code == 0, text
    assert 0 <= float(tested["word-error-rate"]) <= 1
    code, trained, text = live.run("train-data")
    assert code in {0, 3}, text
    assert trained["verdict"] in {"better", "worse", "inconclusive"}
    again, same, _ = live.run("train-data")
    assert again == code
    assert same["verdict"] == trained["verdict"]
    if trained["improved"] == "true":
        code, deployed, text = live.run("deploy")
        assert code == 0, text
        endpoint = live.client.endpoint(deployed["endpoint-id"])
        assert endpoint.model is not None
        assert endpoint.model.id == trained["candidate"]


def test_tidy__leaves_nothing(live: Live) -> None:
    live.tidy()
    assert list(live.entities()) == []
