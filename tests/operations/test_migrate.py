"""A fork of the Speech DevOps template, its facts rebuilt by hand, becomes a repository of ours and works."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from speechops.app import App
from speechops.registry.folder import FolderStore
from tests.clock import FakeClock
from tests.operations.project import HELPFUL, TESTS, read_outputs
from tests.stub_engine import speech

if TYPE_CHECKING:
    from speechops.embedded.server import RunningService

EXAMPLE = Path(__file__).parents[2] / "examples" / "template-fork"
TRAIN, TEST = "speech-train-data-ci-cd.yml", "speech-test-data-ci.yml"
OTHER = "on: push\njobs: {own: {runs-on: ubuntu-latest, steps: [{run: echo own}]}}\n"
SUMMARY = "test-summary-from-train-data-update-1a2b3c4.json"


class Fork:
    """The fork on the disk, and the command line in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text = ""
        self.outputs: dict[str, str] = {}
        workflows = folder / ".github" / "workflows"
        shutil.copytree(EXAMPLE / "before", folder)
        (workflows / "own.yml").write_text(OTHER)
        (folder / "testing").mkdir()
        (folder / "training" / "related-text.txt").write_text("\n".join(HELPFUL), encoding="utf-8-sig")
        with zipfile.ZipFile(folder / "testing" / "audio-and-trans.zip", "w") as archive:
            for number, sentence in enumerate(TESTS, 1):
                archive.writestr(f"{number:02}.wav", speech(sentence))
            lines = "\n".join(f"{number:02}.wav\t{sentence}" for number, sentence in enumerate(TESTS, 1))
            archive.writestr("trans.txt", lines.encode("utf-8-sig"))

    def run(self, *arguments: str) -> int:
        output = self.folder.parent / "output"
        output.write_text("")
        log = io.StringIO()
        code = App({"GITHUB_OUTPUT": str(output)}, log, FakeClock()).run(list(arguments))
        self.text = log.getvalue()
        self.outputs = read_outputs(output.read_text(encoding="utf-8"))
        return code

    def read(self, name: str) -> Any:  # noqa: ANN401 - YAML
        return yaml.safe_load((self.folder / name).read_text(encoding="utf-8"))

    @property
    def workflows(self) -> list[str]:
        return sorted(path.name for path in (self.folder / ".github" / "workflows").iterdir())


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fork:
    made = Fork(tmp_path / "fork")
    monkeypatch.chdir(made.folder)
    return made


def test_migrate__writes_what_the_fork_had_set(fork: Fork) -> None:
    assert fork.run("migrate", "--action", "team/speechops@v1") == 0, fork.text
    assert fork.workflows == ["own.yml", "speech-maintenance.yml", "speech-pull-request.yml", "speech.yml"]
    (model,) = fork.read("speechops.yml")["models"].values()
    assert model == {
        "locale": "en-US",
        "test-data": "testing/audio-and-trans.zip",
        "training-data": {
            "pronunciation": "training/pronunciation.txt",
            "text": "training/related-text.txt",
        },
    }
    caller = fork.read(".github/workflows/speech.yml")
    assert caller[True] == {"push": {"branches": ["master"], "tags": ["BASELINE*"]}}
    assert caller["jobs"]["speech"]["uses"] == "team/speechops/.github/workflows/ci-cd.yml@v1"
    assert "SPEECH_SUBSCRIPTION_KEY" in caller["jobs"]["speech"]["secrets"]


def test_migrate__says_what_stays_to_do(fork: Fork) -> None:
    own = fork.folder / ".github" / "workflows" / TEST
    own.write_text(own.read_text() + "      - run: echo ${{ secrets.OWN_THING }}\n")
    fork.run("migrate")
    for said in (
        "removed .github/workflows/speech-test-data-ci.yml",
        "Replace OWNER",
        "files that are not here: training/audio-and-trans.zip",
        "Keep the secrets SPEECH_PROJECT_NAME, SPEECH_RESOURCE_REGION, SPEECH_SUBSCRIPTION_KEY, AZURE_",
        "No longer read: OWN_THING",
        "ENDPOINT_ID of the last release",
        "the container configuration is open to the public",
        "raced for the benchmark",
    ):
        assert said in fork.text


def test_migrate__keeps_the_endpoint_that_is_named(fork: Fork) -> None:
    fork.run("migrate", "--endpoint-id", "1b2c")
    (model,) = fork.read("speechops.yml")["models"].values()
    assert model["endpoint-id"] == "1b2c"


def write_test_data(fork: Fork, utterances: int) -> None:
    with zipfile.ZipFile(fork.folder / "testing" / "audio-and-trans.zip", "w") as archive:
        for number in range(utterances):
            archive.writestr(f"{number}.wav", speech(TESTS[number]))
        lines = "\n".join(f"{number}.wav\t{TESTS[number]}" for number in range(utterances))
        archive.writestr("trans.txt", lines.encode("utf-8-sig"))


@pytest.mark.parametrize(
    ("utterances", "said"), [(1, "has one utterance"), (9, "has 9 utterances"), (10, "")]
)
def test_migrate__test_data_too_small_for_a_verdict_is_said(fork: Fork, utterances: int, said: str) -> None:
    write_test_data(fork, utterances)
    assert fork.run("migrate") == 0
    assert ("a verdict needs 10 (min-utterances)" in fork.text) == bool(said)
    assert said in fork.text


def test_migrate__test_data_that_is_a_pointer_is_not_counted(fork: Fork) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (fork.folder / "testing" / "audio-and-trans.zip").write_text(pointer)
    assert fork.run("migrate") == 0
    assert "min-utterances" not in fork.text


def test_migrate__twice_changes_nothing(fork: Fork) -> None:
    fork.run("migrate")
    before = (fork.folder / "speechops.yml").read_bytes()
    assert fork.run("migrate") == 2
    assert "is there already: nothing was changed" in fork.text
    assert (fork.folder / "speechops.yml").read_bytes() == before
    (fork.folder / "speechops.yml").unlink()
    assert fork.run("migrate") == 2
    assert "There is no workflow of the Speech DevOps template" in fork.text


@pytest.mark.parametrize("action", ["speechops", "team/speechops", "team/speechops@v1 x", "a/b/c@v1"])
def test_migrate__action_of_another_form_is_refused(fork: Fork, action: str) -> None:
    before = fork.workflows
    assert fork.run("migrate", "--action", action) == 2
    assert fork.workflows == before


def test_migrate__paths_that_lead_out_are_not_followed(fork: Fork) -> None:
    (fork.folder.parent / "secret-text.txt").write_text("x")
    old = fork.folder / ".github" / "workflows" / TRAIN
    old.write_text(old.read_text().replace("training/related-text.txt", "../secret-text.txt"))
    fork.run("migrate")
    assert "secret" not in (fork.folder / "speechops.yml").read_text()


def test_migrated_fork__goes_on_from_its_old_benchmark(fork: Fork, service: RunningService) -> None:
    store = FolderStore(fork.folder / ".speechops" / "store")
    store.write("configuration", "benchmark-test.txt", SUMMARY.encode())
    model = "https://westus.api.cognitive.microsoft.com/speechtotext/v3.0/models/5f29dbd4-4e79-4fb9-a9d5-1ab3f6c1e8a0"
    summary = {"status": "Succeeded", "properties": {"wordErrorRate1": 0.073}, "model1": {"self": model}}
    store.write("test-results", SUMMARY, json.dumps(summary).encode())
    fork.run("migrate")
    endpoint = ("--speech-endpoint", service.url, "--commit", "a" * 40)
    assert fork.run("validate") == 0, fork.text
    assert fork.run("test-data", *endpoint) == 0, fork.text
    assert "had a WER of 7.3 %" in fork.text
    assert fork.run("train-data", *endpoint) == 0, fork.text
    assert fork.outputs["verdict"] == "better"
    assert fork.run("deploy", *endpoint) == 0, fork.text
    assert fork.outputs["version"] == "1.0.0"


def test_example__after_is_what_migrate_makes_of_before(fork: Fork) -> None:
    fork.run("migrate")
    after = {path.relative_to(EXAMPLE / "after"): path for path in (EXAMPLE / "after").rglob("*.yml")}
    assert len(after) == 4
    for name, path in after.items():
        assert (fork.folder / name).read_bytes() == path.read_bytes()
