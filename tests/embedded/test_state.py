"""What outlives the process: restarts, kills at any moment, one owner of a folder."""

# ruff: noqa: ARG002 - engines that fail do so whatever they are given

from __future__ import annotations

import io
import random
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from speechops.app import App
from speechops.embedded.engine import EngineError
from speechops.embedded.state import FolderInUseError, State
from tests.clock import FakeClock
from tests.embedded.api import Api, identity, reference
from tests.embedded.conftest import SENTENCES, TEXT
from tests.kit.progress import Immediate
from tests.stub_engine import StubEngine, archive, speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from speechops.embedded.engine import Material, Recognition
    from tests.embedded.api import Json
    from tests.kit.server import RunningService

    Start = Callable[..., RunningService]


class HeldEngine(StubEngine):
    """Waits in every training and every recognition until it is released or closed."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.closed = False

    def train(self, folder: Path, material: Material, *, weight_percent: int | None, locale: str) -> None:
        self._hold()
        super().train(folder, material, weight_percent=weight_percent, locale=locale)

    def recognise(self, model: Path | None, audio: Sequence[Path]) -> Iterator[Recognition]:
        for recognition in super().recognise(model, audio):
            if self.recognised > 2:
                self._hold()
            yield recognition

    def close(self) -> None:
        self.closed = True
        self.released.set()

    def _hold(self) -> None:
        assert self.released.wait(60)
        if self.closed:
            raise EngineError("closed")


def test_restart__finds_everything_again(service: RunningService, api: Api, start_service: Start) -> None:
    test_data = api.dataset(archive(SENTENCES), "Acoustic")
    model = api.model(api.dataset(TEXT.encode(), "Language"))
    api.evaluation(test_data, api.base(), model)
    api.endpoint(model)
    api.create("projects")
    waiting = api.create("datasets", kind="Language")
    api.put_block(f"datasets/{identity(waiting)}", "AAAA", b"x\n")
    before = service.control.dump()
    service.stop()
    again = start_service()
    assert again.control.dump() == before
    path = f"datasets/{identity(waiting)}"
    newer = Api(again.url)
    assert [each["name"] for each in newer.get(f"{path}/blocks")["uncommittedBlocks"]] == ["AAAA"]
    newer.call("POST", f"{path}/blocks:commit", json=[{"kind": "Latest", "id": "AAAA"}])
    assert newer.get(path)["status"] == "Succeeded"


def test_restart__goes_on_with_unfinished_work(start_service: Start) -> None:
    held = HeldEngine()
    first = start_service(engine=held, progress=Immediate(patience=0.01))
    api = Api(first.url)
    text = api.upload(TEXT.encode(), "Language")
    while api.get(text["self"])["status"] != "Succeeded":
        time.sleep(0.005)
    model = api.create("models", datasets=[reference(text)])
    assert api.get(model["self"])["status"] == "Running"
    first.stop()
    assert held.closed
    engine = StubEngine()
    again = Api(start_service(engine=engine).url)
    assert again.get(f"models/{identity(model)}")["status"] == "Succeeded"
    assert engine.trained == 1


def test_restart__does_not_hear_again_what_was_heard(start_service: Start) -> None:
    held = HeldEngine()
    first = start_service(engine=held, progress=Immediate(patience=0.01))
    api = Api(first.url)
    data = api.upload(archive(SENTENCES), "Acoustic")
    while api.get(data["self"])["status"] != "Succeeded":
        time.sleep(0.005)
    base = reference(api.base())
    evaluation = api.create("evaluations", model1=base, model2=base, dataset=reference(data))
    while held.recognised < 3:
        time.sleep(0.005)
    first.stop()
    engine = StubEngine()
    again = Api(start_service(engine=engine).url)
    assert again.get(f"evaluations/{identity(evaluation)}")["status"] == "Succeeded"
    assert engine.recognised == len(SENTENCES) - 2


def test_engine_error__fails_the_work_and_says_why(start_service: Start) -> None:
    class Broken(StubEngine):
        def train(self, folder: Path, material: Material, *, weight_percent: int | None, locale: str) -> None:
            raise EngineError("Nothing to learn from.")

        def recognise(self, model: Path | None, audio: Sequence[Path]) -> Iterator[Recognition]:
            raise EngineError("Deaf.")

    api = Api(start_service(engine=Broken()).url)
    model = api.model(api.dataset(TEXT.encode(), "Language"))
    assert model["properties"]["error"] == {"code": "PipelineError", "message": "Nothing to learn from."}
    evaluation = api.evaluation(api.dataset(archive(SENTENCES), "Acoustic"), api.base(), api.base())
    assert evaluation["properties"]["error"] == {"code": "PipelineError", "message": "Deaf."}
    answer = api.recognize(speech("x"))
    assert (answer.status_code, answer.json()["message"]) == (500, "Deaf.")


def test_fault_of_ours__fails_the_work_and_leaves_the_service_up(
    start_service: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    class Wrong(StubEngine):
        def train(self, folder: Path, material: Material, *, weight_percent: int | None, locale: str) -> None:
            raise ZeroDivisionError("oops")

    api = Api(start_service(engine=Wrong()).url)
    model = api.model(api.dataset(TEXT.encode(), "Language"))
    assert model["properties"]["error"]["message"] == "ZeroDivisionError: oops"
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert api.values("models")[0]["status"] == "Failed"


def test_folder__has_one_owner(service: RunningService, start_service: Start) -> None:
    with pytest.raises(FolderInUseError, match="in use by another"):
        start_service()
    assert Api(service.url).values("datasets") == []
    service.stop()
    start_service()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda folder: (folder / "service.db").mkdir(parents=True),
            "cannot be used: unable to open database",
        ),
        (
            lambda folder: write(folder / "service.db", "no database" * 99),
            "cannot be used: file is not a database",
        ),
        (lambda folder: write(folder, "a file"), "cannot be made: File exists"),
    ],
)
def test_folder__that_cannot_be_used_is_said(make: Callable[[Path], None], says: str, tmp_path: Path) -> None:
    make(tmp_path / "service")
    with pytest.raises(OSError, match=says):
        State(tmp_path / "service")
    answer = run("serve", "--local-folder", str(tmp_path / "service"))
    assert answer.startswith("error: The embedded speech service cannot be started: ")
    assert says in answer
    assert "Errno" not in answer
    assert "Traceback" not in answer


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(*arguments: str) -> str:
    output = io.StringIO()
    assert App({}, output, FakeClock()).run(arguments) == 2
    return output.getvalue()


def test_folder__is_clean_after_deletions(api: Api, tmp_path: Path) -> None:
    test_data = api.dataset(archive(SENTENCES), "Acoustic")
    model = api.model(api.dataset(TEXT.encode(), "Language"))
    api.evaluation(test_data, api.base(), model)
    for collection in ("evaluations", "transcriptions", "models", "datasets"):
        made = api.values(collection)
        assert made
        for each in made:
            assert api.call("DELETE", each["self"]).status_code == 204
    assert list((tmp_path / "service" / "contents").iterdir()) == []
    assert list((tmp_path / "service" / "work").iterdir()) == []


_SERVER = """
import sys, pathlib
from speechops.embedded import server
from tests.stub_engine import StubEngine
with server.start(pathlib.Path(sys.argv[1]), engine=StubEngine()) as service:
    print(service.url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("seed", range(4))
def test_kill__at_any_moment_loses_nothing_that_was_answered(tmp_path: Path, seed: int) -> None:
    """A client works, the process is killed at a random moment, and all that was acknowledged is there."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    acknowledged: list[Json] = []
    with _process(tmp_path) as process:
        api = Api(_url(process))
        acknowledged.append(api.create("datasets", kind="Language"))
        killer = threading.Timer(chance.uniform(0.01, 0.25), process.kill)
        killer.start()
        try:
            while True:
                text = api.create("datasets", kind="Language")
                acknowledged.append(text)
                path = f"datasets/{identity(text)}"
                api.put_block(path, "AAAA", TEXT.encode())
                api.call("POST", f"{path}/blocks:commit", json=[{"kind": "Latest", "id": "AAAA"}])
                if api.get(path)["status"] == "Succeeded":
                    acknowledged.append(api.create("models", datasets=[reference(text)]))
        except requests.RequestException:
            killer.join()
    with _process(tmp_path) as process:
        again = Api(_url(process))
        for entity in acknowledged:
            collection = "datasets" if "kind" in entity else "models"
            now = again.get(f"{collection}/{identity(entity)}")
            blocks = (
                "kind" in entity and not again.get(f"datasets/{identity(entity)}/blocks")["committedBlocks"]
            )
            assert now["status"] == ("NotStarted" if blocks else "Succeeded")
        assert len(again.values("datasets")) + len(again.values("models")) - len(acknowledged) in {0, 1}


def _process(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
