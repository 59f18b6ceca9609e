"""``python -m tests.reliability.stage FOLDER``: speech service and GitHub, driven by lines of JSON.

Commands are ``[name, argument]``; each answer is one line. A snapshot is a copy of the service's folder and
of GitHub's state; restoring one starts the service again on its port.
"""

from __future__ import annotations

import copy
import json
import shutil
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.clock import FakeClock
from tests.github_api.server import GitHubServer
from tests.github_api.state import State
from tests.kit import server
from tests.kit.progress import Immediate
from tests.stub_engine import StubEngine

SERVICES = ("service", "west", "east")
"""The resource that trains, and two targets."""

MOMENT = datetime.fromisoformat("2026-01-07T12:00:00+00:00")


class Stage:
    """The services and their snapshots."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict.fromkeys(SERVICES, 0)
        self.snapshots: dict[str, State] = {}
        self.github = GitHubServer(State(), clock=FakeClock()).start()
        self.start()

    def start(self) -> None:
        self.services = {}
        for name in SERVICES:
            self.services[name] = server.start(
                self.folder / name,
                port=self.ports[name],
                engine=StubEngine(),
                clock=FakeClock(MOMENT),
                progress=Immediate(patience=30.0),
            )
            self.ports[name] = int(self.services[name].url.rpartition(":")[2])

    def stop(self) -> None:
        for service in self.services.values():
            service.stop()

    def urls(self, _: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
        found = {name: service.url for name, service in self.services.items()}
        return {"speech": found["service"], "github": self.github.api_url, **found}

    def snapshot(self, name: str) -> None:
        """Remember all as ``name``."""
        self.stop()
        for service in SERVICES:
            shutil.copytree(self.folder / service, self.folder / f"{service}-{name}", dirs_exist_ok=True)
        self.snapshots[name] = copy.deepcopy(self.github.state)
        self.start()

    def restore(self, name: str) -> None:
        """Let all be as it was."""
        self.stop()
        for service in SERVICES:
            shutil.rmtree(self.folder / service)
            if name in self.snapshots:
                shutil.copytree(self.folder / f"{service}-{name}", self.folder / service)
        self.github.state = copy.deepcopy(self.snapshots.get(name, State()))
        self.start()

    def move_to(self, moment: str) -> None:
        for service in self.services.values():
            service.control.move_to(datetime.fromisoformat(moment))

    def entities(self, _: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the canonical state: no ids, no dates."""
        return self.services["service"].control.dump()

    def copies(self, _: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the canonical state of the two targets, without the model's own time of life."""
        return [self.services[name].control.dump() for name in SERVICES[1:]]

    def github_state(self, _: Any) -> Any:  # noqa: ANN401 - JSON
        return asdict(self.github.state)


def main() -> None:
    stage = Stage(Path(sys.argv[1]))
    for line in sys.stdin:
        name, argument = json.loads(line)
        answer = getattr(stage, name)(argument)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
