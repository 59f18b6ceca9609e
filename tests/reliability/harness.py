"""A small project in a world that can be set back, the runs in it, and what must hold afterwards."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from speechops.registry.blob import BlobStore
from speechops.registry.documents import Cause
from speechops.registry.folder import FolderStore
from speechops.registry.registry import CONTAINERS, Registry
from speechops.speech import KeyCredential, SpeechClient, open_session
from tests.clock import FakeClock
from tests.operations.project import TESTS, USELESS, Project
from tests.reliability.run import _UUID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import requests

    from speechops.registry.documents import Release
    from speechops.registry.registry import Pointer
    from speechops.registry.store import Store
    from speechops.scoring import Verdict
    from speechops.speech import Endpoint

ROOT = Path(__file__).parent.parent.parent
MODEL = "m"
NOW, LATER = "2026-01-07T12:00:00+00:00", "2026-04-20T12:00:00+00:00"
SPOKEN, RETESTED = TESTS[:3], TESTS[3:6]
COMMIT, NEXT_COMMIT = "a" * 40, "b" * 40
FAIR = [*TESTS[:2], "nothing more"]
GOOD = TESTS
OTHER = [*TESTS, "one more sentence that makes other data"]
ASKING = "    on-inconclusive: ask\n    on-worse: ask\n    min-words: 100000\n"
SETTINGS = "    gate: any-improvement\n    min-words: 1\n    min-utterances: 1\n"


@dataclass(frozen=True)
class Act:
    """One run: operation, options, the training data at hand, the commit and the run's id."""

    operation: str
    options: tuple[str, ...] = ()
    training: str = "good"
    commit: str = COMMIT
    run: str = "7"
    moment: str = NOW


REPOSITORY = {"full_name": "octo-team/speech-data", "default_branch": "main"}
PULL_REQUEST = {
    "number": 7,
    "head": {"sha": COMMIT, "ref": "data", "repo": {"full_name": "octo-team/speech-data"}},
    "base": {"sha": "c" * 40, "ref": "main"},
    "author_association": "MEMBER",
}
TRAINING = {
    "good": GOOD,
    "fair": FAIR,
    "half": [TESTS[0], "nothing more"],
    "other": OTHER,
    "useless": USELESS,
    "retested": GOOD,
    "asking": GOOD,
}
TRAINING |= {f"{name}-targets": TRAINING[name] for name in ("good", "fair", "half", "other")}
TARGETS = ("west", "east")


@dataclass
class World:
    """The processes, the project's folders, and the snapshots of all that a run can change."""

    folder: Path
    stage: subprocess.Popen[str] = field(init=False)
    nursery: subprocess.Popen[str] = field(init=False)
    urls: dict[str, str] = field(init=False)
    projects: dict[str, Project] = field(init=False)
    account: str = ""  # connection string of a storage account that remembers in place of the folder
    mutation: str = ""
    session: requests.Session = field(default_factory=open_session)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The services say on their error output that clients went away, which they did.
        with (self.folder / "errors.txt").open("w", encoding="utf-8") as errors:
            self.stage = _process("tests.reliability.stage", str(self.folder), errors=errors)
            self.nursery = _process("tests.reliability.nursery")
        self.urls = self.ask("urls")
        targets = "targets:\n" + "".join(
            f"  {name}: {{ speech-endpoint: '{self.urls[name]}' }}\n" for name in TARGETS
        )
        self.projects = {
            name: Project(
                self.folder / name,
                self.urls["speech"],
                settings=ASKING
                if name == "asking"
                else SETTINGS + (targets if name.endswith("-targets") else ""),
            )
            for name in TRAINING
        }
        for name, project in self.projects.items():
            project.write_tests(RETESTED if name == "retested" else SPOKEN)
            project.write_training(TRAINING[name])
        event = {"action": "synchronize", "number": 7, "repository": REPOSITORY, "pull_request": PULL_REQUEST}
        self.event.write_text(json.dumps(event), encoding="utf-8")
        self.store.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.stage, self.nursery):
            assert process.stdin
            process.stdin.close()
            process.wait(20)
            assert process.stdout
            process.stdout.close()
        self.session.close()

    @property
    def store(self) -> Path:
        return self.folder / "work"

    @property
    def event(self) -> Path:
        return self.folder / "event.json"

    @property
    def log(self) -> Path:
        return self.folder / "effects"

    def ask(self, name: str, argument: object = None) -> Any:  # noqa: ANN401 - JSON
        return _ask(self.stage, [name, argument])

    def snapshot(self, name: str) -> None:
        self.ask("snapshot", name)
        shutil.copytree(self.store, self.folder / f"store-{name}", dirs_exist_ok=True)

    def restore(self, name: str) -> None:
        self.ask("restore", name)
        shutil.rmtree(self.store)
        shutil.copytree(self.folder / f"store-{name}", self.store)
        if self.account:
            self._fill_account()

    def _fill_account(self) -> None:
        """Let the storage account have what the folder has, and nothing else."""
        source = FolderStore(self.store / "store")
        for container in CONTAINERS:
            names = set(source.names(container))
            for name in set(self.documents.names(container)) - names:
                self.documents.delete(container, name)
            for name in names:
                blob = source.read(container, name)
                assert blob
                self.documents.write(container, name, blob.data)

    def order(self, act: Act, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Return what a child needs to run ``act``."""
        project = self.projects[act.training]
        project.commit = act.commit
        pull_request = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(self.event)}
        self.log.unlink(missing_ok=True)
        options = ("--store-folder", str(self.store / "store"))
        reports = ("--report-folder", str(self.store / "report"))
        return {
            "arguments": project.arguments(act.operation, *options, *reports, *act.options),
            "environment": {
                "GITHUB_RUN_ID": act.run,
                "GITHUB_REPOSITORY": "octo-team/speech-data",
                "GITHUB_API_URL": self.urls["github"],
                "INPUT_GITHUB-TOKEN": "job-token",
                **({"INPUT_STORAGE-CONNECTION-STRING": self.account} if self.account else {}),
                **(pull_request if act.operation == "compare" else {}),
            },
            "moment": act.moment,
            "root": str(self.store),
            "log": str(self.log),
            "mutation": self.mutation,
            **more,
        }

    def run(self, act: Act, **more: Any) -> int:  # noqa: ANN401 - JSON
        """Run ``act`` to its end and return its exit code, negative for a signal."""
        code: int = _ask(self.nursery, {"orders": [self.order(act, **more)]})["codes"][0]
        assert "Traceback" not in self.said, self.said
        return code

    def race(self, acts: Sequence[Act], seed: int, kills: float = 0.0) -> Any:  # noqa: ANN401 - JSON
        """Run ``acts`` side by side in the schedule of ``seed``."""
        orders = [self.order(act, log=f"{self.log}-{index}") for index, act in enumerate(acts)]
        return _ask(self.nursery, {"orders": orders, "seed": seed, "kills": kills})

    @property
    def said(self) -> str:
        """What the last run said."""
        return self.log.read_text(encoding="utf-8").partition("\n= ")[2] if self.log.exists() else ""

    @property
    def crash(self) -> str:
        """Where the interpreter was when it crashed in the last run; empty if it did not."""
        return Path(f"{self.log}.crash").read_text(encoding="utf-8")

    @property
    def effects(self) -> Counter[str]:
        """The effects of the last run."""
        if not self.log.exists():
            return Counter()
        return Counter(self.log.read_text(encoding="utf-8").partition("\n= ")[0].splitlines())

    @property
    def documents(self) -> Store:
        if self.account:
            return BlobStore.with_connection_string(self.account, session=self.session, clock=FakeClock())
        return FolderStore(self.store / "store")

    @property
    def registry(self) -> Registry:
        return Registry(self.documents)

    def client(self, name: str = "speech") -> SpeechClient:
        return SpeechClient(
            self.urls[name], credential=KeyCredential("k"), session=self.session, clock=FakeClock()
        )

    def state(self) -> dict[str, Any]:
        """Return all that is left, in a form in which equal states are equal: no ids, no dates."""
        registry = self.registry
        pointer = registry.benchmark(MODEL)
        names = {model.id: model.display_name for model in self.client().models()}
        pointer = None
        if pointer:
            mark = pointer.benchmark
            before = mark.previous.name if mark.previous else ""
            pointer = [
                mark.reference.name,
                mark.result,
                mark.error_rate,
                mark.frozen,
                mark.pending_deletion,
                before,
            ]
        github = self.ask("github_state")
        return {
            "entities": json.loads(json.dumps(self.ask("entities")).replace(registry.identity(), "{store}")),
            "copies": json.loads(json.dumps(self.ask("copies")).replace(registry.identity(), "{store}")),
            "pointer": pointer,
            "results": sorted([test.name, _verdict(registry, test.name)] for test in registry.tests(MODEL)),
            "releases": [
                [
                    each.version,
                    each.kind,
                    each.reference.name,
                    each.rolled_back_to,
                    *([row.target, row.state] for row in each.targets),
                ]
                for each in registry.releases(MODEL)
            ],
            "endings": sorted({str(run.ending) for run in registry.runs(MODEL) if run.ending}),
            "deletions": sorted(
                {(each.noun, each.name) for run in registry.runs(MODEL) for each in run.deletions}
            ),
            "github": {
                "releases": [_plain(each, names) for each in github["releases"]],
                "tags": sorted(github["references"]),
                "latest": [
                    each["tag_name"] for each in github["releases"] if each["id"] == github["latest_release"]
                ],
                "issues": [_plain(each, names) for each in github["issues"]],
                "comments": [_plain(each, names) for each in github["comments"]],
                # Of the checks of one name GitHub shows the last; the post step completes those before.
                "checks": {each["name"]: each.get("conclusion") for each in github["check_runs"]},
            },
        }

    def wrong(self) -> list[str]:
        """Return what must never be, at any moment: after each kill too."""
        return list(self._wrong())

    def _wrong(self) -> Iterator[str]:
        registry, client = self.registry, self.client()
        pointer = registry.benchmark(MODEL)
        models = {model.id: model for model in client.models()}
        bases = {model.id for model in client.base_models()}
        releases = registry.releases(MODEL)
        endpoints = {endpoint.id: endpoint for endpoint in client.endpoints()}
        wanted = [(f"release {each.version}", each.reference) for each in releases]
        if pointer:
            wanted.append(("the benchmark", pointer.benchmark.reference))
            if pointer.benchmark.previous:
                wanted.append(("the benchmark before", pointer.benchmark.previous))
        for what, reference in wanted:
            if reference.id not in (bases if reference.base else models):
                yield f"the model of {what} is gone"
        result = registry.result_named(pointer.benchmark.result) if pointer else None
        if result and result.cause is Cause.PULL_REQUEST:
            yield "the benchmark rests on the test of a pull request"
        if releases and not releases[-1].targets:
            yield from self._misserved(releases, pointer, endpoints)
        if len(endpoints) > 1:
            yield "there are two endpoints"
        for name in TARGETS:
            yield from self._wrong_in(name, releases, pointer)
        tested = {test.dataset_id for test in client.evaluations()}
        datasets = {dataset.id for dataset in client.datasets()}
        if tested - datasets:
            yield "the data of a test that is kept is gone"

    def _wrong_in(self, name: str, releases: Sequence[Release], pointer: Pointer | None) -> Iterator[str]:
        """Hold a target against the releases: one endpoint, the copies of all releases, one of them on it."""
        client = self.client(name)
        endpoints, models = client.endpoints(), {model.id: model for model in client.models()}
        if len(endpoints) > 1:
            yield f"there are two endpoints in {name}"
        rows = [row for release in releases if (row := release.at(name))]
        for row in rows:
            if row.model and row.model not in models:
                yield f"a released copy in {name} is gone"
        if not rows or not rows[-1].endpoint:
            return
        endpoint = next((found for found in endpoints if found.id == rows[-1].endpoint), None)
        if endpoint is None or endpoint.model is None:
            yield f"the endpoint of the last release in {name} is gone"
            return
        allowed = {release.reference.name for release in releases}
        if pointer:
            allowed.add(pointer.benchmark.reference.name)
        if endpoint.model.id not in models or models[endpoint.model.id].display_name not in allowed:
            yield f"the endpoint in {name} serves what nobody released"

    def copied_twice(self) -> list[str]:
        """Return the targets that have two copies of one model."""
        names = {target: [model.display_name for model in self.client(target).models()] for target in TARGETS}
        return [
            f"a model was copied twice to {target}"
            for target, all_ in names.items()
            if len({*all_}) < len(all_)
        ]

    def _misserved(
        self, releases: Sequence[Release], pointer: Pointer | None, endpoints: Mapping[str, Endpoint]
    ) -> Iterator[str]:
        """Hold the endpoint against the releases.

        A release is recorded once its model serves. Until then a deploy that died has the benchmark on the
        endpoint, and a rollback that died has the model of an earlier release.
        """
        endpoint = endpoints.get(releases[-1].endpoint)
        if endpoint is None:
            yield "the endpoint of the last release is gone"
            return
        allowed = {releases[-1].reference.id, *([pointer.benchmark.reference.id] if pointer else [])}
        if any(run.operation == "rollback" for run in self.registry.runs(MODEL) if run.ending is None):
            allowed |= {each.reference.id for each in releases}
        if endpoint.model is None or endpoint.model.id not in allowed:
            yield "the endpoint does not serve what was recorded last"

    def unsettled(self) -> list[str]:
        """Return what must not be once all runs have come to their end."""
        found = self.wrong()
        releases = self.registry.releases(MODEL)
        if releases:
            for row in releases[-1].targets or filter(None, [releases[-1].at("")]):
                served = self.client(row.target or "speech").endpoint(row.endpoint).model
                if served is None or served.id != row.model:
                    found.append(f"the endpoint {row.target} does not serve the last release")
            found += self._mislabelled(releases[-1])
        pairs = itertools.pairwise(releases)
        # A rollback from a deploy that died or is at work goes to the last release.
        if any(
            (one.reference.id, one.endpoint) == (two.reference.id, two.endpoint)
            for one, two in pairs
            if two.kind in {one.kind, "deploy"}
        ):
            found.append("one candidate was released twice")
        deployed = Counter(each.reference.id for each in releases if each.kind == "deploy")
        if any(count > 1 for count in deployed.values()):
            found.append("one candidate has two releases")
        if any(run.ending is None for run in list(self.registry.runs(MODEL))[-1:]):
            found.append("the last run has no end")
        return found

    def _mislabelled(self, last: Release) -> Iterator[str]:
        """Hold GitHub's latest release against the last one recorded."""
        github = self.ask("github_state")
        marker = f"model={last.reference.id.replace('-', '%2D')} "
        for each in github["releases"]:
            if not each["draft"] and marker in each["body"] and each["id"] != github["latest_release"]:
                yield f"{each['tag_name']} is of the last release, but not GitHub's latest"


def _verdict(registry: Registry, name: str) -> Verdict | None:
    result = registry.result_named(name)
    return result.verdict if result else None


def _plain(record: Any, names: dict[str, str]) -> str:  # noqa: ANN401 - JSON
    """Return a record of GitHub without ids, nor what a run used: one that continues another uses less."""
    record = {key: value for key, value in record.items() if key not in {"id", "assets"}}
    text = json.dumps(record, sort_keys=True)
    text = _UUID.sub(lambda found: names.get(found[0], "{id}"), text)
    text = re.sub(r"(?:\\n| )*This run uses .*?\.(?= |\\n|<|\")", "", text)
    return re.sub(r"[0-9a-f]{8}%2D[0-9a-f]{4}%2D[0-9a-f%D]+", "{id}", text)


def _process(module: str, *arguments: str, errors: TextIO | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


def _ask(process: subprocess.Popen[str], asked: object) -> Any:  # noqa: ANN401 - JSON
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, f"{process.args!r} has ended"
    return json.loads(line)
