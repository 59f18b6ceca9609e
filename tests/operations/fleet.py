"""A project that trains in one embedded service and serves from others."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops import speech
from speechops.clock import SystemClock
from speechops.speech import KeyCredential, SpeechClient
from tests.operations.project import HELPFUL, TESTS
from tests.stub_engine import speech as spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from speechops.registry.documents import Release
    from speechops.speech import Endpoint, Model
    from tests.kit.server import RunningService
    from tests.operations.project import Answer, Project


@dataclass
class Fleet:
    """The project, and the services of its targets by name."""

    project: Project
    start: Callable[..., RunningService]
    folder: Path
    names: tuple[str, ...] = ("west", "east")
    services: dict[str, RunningService] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names:
            self.services[name] = self.start(self.folder / name)
        self.write("".join(f"  {name}: {{ speech-endpoint: {self.url(name)} }}\n" for name in self.names))

    def url(self, name: str) -> str:
        return self.services[name].url

    def write(self, targets: str) -> None:
        self.project.settings = f"    gate: any-improvement\ntargets:\n{targets}"
        self.project.write_training(HELPFUL)

    def train(self, sentences: list[str]) -> str:
        self.project.write_training(sentences)
        answer = self.project.run("train-data")
        assert answer.code == 0, answer.text
        return answer.outputs["candidate"]

    def deploy(self, code: int = 0, **environment: str) -> Answer:
        return self.run("deploy", code, environment)

    def run(self, operation: str, code: int = 0, environment: Mapping[str, str] | None = None) -> Answer:
        answer = self.project.run(operation, environment=dict(environment or {}))
        assert answer.code == code, answer.text
        return answer

    def release(self, sentences: list[str]) -> str:
        model = self.train(sentences)
        self.deploy()
        return model

    def stop(self, name: str) -> None:
        """Take a service off: connections to it are refused."""
        self.services[name].stop()

    def restart(self, name: str, **options: object) -> None:
        """Start a service again, at its address and with what it had."""
        self.stop(name)
        port = int(self.url(name).rpartition(":")[2])
        self.services[name] = self.start(self.folder / name, port=port, **options)

    def client(self, name: str) -> SpeechClient:
        return SpeechClient(
            self.url(name), credential=KeyCredential("k"), session=speech.open_session(), clock=SystemClock()
        )

    def endpoint(self, name: str) -> Endpoint:
        (endpoint,) = self.client(name).endpoints()
        return endpoint

    def models(self, name: str) -> tuple[Model, ...]:
        return self.client(name).models()

    def copy_of(self, name: str, source: str) -> Model:
        (copy,) = [
            model for model in self.models(name) if model.custom_properties["speechops-source"] == source
        ]
        return copy

    def source_of(self, name: str) -> str:
        """The trained model whose copy a target serves."""
        endpoint = self.endpoint(name)
        assert endpoint.model
        return self.client(name).model(endpoint.model.id).custom_properties["speechops-source"]

    def hears(self, name: str, sentence: str) -> bool:
        answer = self.client(name).recognise(
            self.endpoint(name).id, locale="en-US", audio=io.BytesIO(spoken(sentence))
        )
        return answer.lexical == sentence

    def last(self) -> Release:
        return self.project.registry.releases("m")[-1]

    def wrong(self, model: str) -> list[str]:
        """What is wrong if every target has to serve ``model`` (an id), by one endpoint and one copy."""
        release = self.last()
        found = [] if release.reference.id == model else ["the last release is of another model"]
        found += [f"{name} is left out" for name in release.unserved]
        for row in release.targets:
            endpoint = self.endpoint(row.target)
            if (endpoint.id, endpoint.model and endpoint.model.id) != (row.endpoint, row.model):
                found.append(f"{row.target} does not serve what was released")
            sources = Counter(copy.custom_properties["speechops-source"] for copy in self.models(row.target))
            found += [f"{row.target} has {count} copies" for count in sources.values() if count > 1]
        found += [f"{name} serves another" for name in self.names if self.source_of(name) != model]
        return found

    def answers(self) -> bool:
        """Whether every target recognizes each sentence of the test, as the best model does."""
        return all(self.hears(name, sentence) for name in self.names for sentence in TESTS)
