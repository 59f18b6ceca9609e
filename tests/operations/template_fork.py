"""Forks of Microsoft's Speech DevOps template for tests, after what its repository and public forks hold.

The workflows here are written for the tests; they have the template's names, triggers, variables, secrets and
the calls by which it is known, and none of its text.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import yaml

from speechops.app import App
from tests.clock import FakeClock
from tests.operations.project import HELPFUL, TESTS, read_outputs
from tests.stub_engine import speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TRAIN, TEST = "speech-train-data-ci-cd.yml", "speech-test-data-ci.yml"
TEST_ENV: Mapping[str, str] = {
    "CUSTOM_SPEECH_MODEL_KIND": "Language",
    "SPEECH_LOCALE": "en-US",
    "TEST_TRANS_FILE": "trans.txt",
    "TEST_ZIP_SOURCE_PATH": "testing/audio-and-trans.zip",
    "SPX_VERSION": "1.0.0",
}
TRAIN_ENV: Mapping[str, Any] = {
    "IS_PRIVATE_REPOSITORY": False,
    "SPEECH_LOCALE": "en-US",
    "TEST_TRANS_FILE": "trans.txt",
    "TEST_ZIP_SOURCE_PATH": "testing/audio-and-trans.zip",
    "PRONUNCIATION_FILE_PATH": "training/pronunciation.txt",
    "RELATED_TEXT_FILE_PATH": "training/related-text.txt",
    "TRAIN_TRANS_FILE": "",
    "TRAIN_ZIP_SOURCE_PATH": "",
    "SPX_VERSION": "1.0.0",
}
TRAIN_PATHS = ("training/audio-and-trans.zip", "training/pronunciation.txt", "training/related-text.txt")
SECRETS = {
    "spx config @key --set": "SPEECH_SUBSCRIPTION_KEY",
    "spx config @region --set": "SPEECH_RESOURCE_REGION",
    "spx config @name --set": "SPEECH_PROJECT_NAME",
    "az storage container exists --account-name": "STORAGE_ACCOUNT_NAME",
}


class Fork:
    """A fork in ``folder``, and the command line in it."""

    def __init__(self, folder: Path, *, branch: str = "main", git: bool = True) -> None:
        self.folder = folder
        self.text = ""
        self.outputs: dict[str, str] = {}
        folder.mkdir()
        if git:
            git_in(folder, "init", "--quiet", f"--initial-branch={branch}")
            author = ("-c", "user.name=t", "-c", "user.email=t@example.org")
            git_in(folder, *author, "commit", "--quiet", "--allow-empty", "--message=fork")

    def template(self) -> Fork:
        """Lay out the template as every new copy has it."""
        self.workflow(TEST, "SpeechTestDataCI", TEST_ENV, ("testing/audio-and-trans.zip",), baseline=True)
        self.workflow(TRAIN, "SpeechTrainDataCICD", TRAIN_ENV, TRAIN_PATHS, trains=True)
        self.zip("testing/audio-and-trans.zip", TESTS)
        self.zip("training/audio-and-trans.zip", TESTS[:2])
        self.write("training/pronunciation.txt", "aspirin\tass per in\n")
        self.write("training/related-text.txt", "\n".join(HELPFUL))
        return self

    def workflow(  # noqa: PLR0913 - what forks vary
        self,
        file: str,
        name: str,
        env: Mapping[str, Any],
        paths: Sequence[str],
        *,
        trains: bool = False,
        baseline: bool = False,
        branches: Sequence[str] = ("master",),
        secrets: Mapping[str, str] = SECRETS,
        job: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one workflow with the template's marks; with ``job`` its job has that and the variables."""
        push: dict[str, Any] = {"branches": list(branches), "paths": list(paths)}
        if baseline:
            push["tags"] = ["BASELINE", "BASELINE**"]
        commands = ["spx csr evaluation create --model1 @my.base.model.url --model2 @my.benchmark.model.url"]
        if trains:
            commands.insert(0, "spx csr model create --datasets @my.training.datasets")
        commands += [f"{use} ${{{{ secrets.{secret} }}}}" for use, secret in secrets.items()]
        steps = [
            {"uses": "azure/login@v1", "with": {"creds": "${{ secrets.AZURE_CREDENTIALS }}"}},
            {"run": "\n".join(commands)},
            {"run": "az storage blob upload --name benchmark-test.txt"},
        ]
        inner = {} if job is None else {"env": dict(env), **job}
        content = {
            "name": name,
            "on": {"push": push},
            **({"env": dict(env)} if job is None else {}),
            "jobs": {"speech": {"runs-on": "ubuntu-latest", "steps": steps, **inner}},
        }
        self.write(f".github/workflows/{file}", yaml.safe_dump(content, sort_keys=False))

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file; text begins with a byte order mark, as the service wants it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mark = "" if name.endswith((".yml", ".md", ".json", ".sh")) else "\ufeff"
        path.write_bytes(content if isinstance(content, bytes) else f"{mark}{content}".encode())

    def zip(self, name: str, sentences: Sequence[str]) -> None:
        """Write audio with transcripts."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for number, sentence in enumerate(sentences, 1):
                archive.writestr(f"{number:02}.wav", speech(sentence))
            lines = "\n".join(f"{number:02}.wav\t{sentence}" for number, sentence in enumerate(sentences, 1))
            archive.writestr("trans.txt", lines.encode("utf-8-sig"))

    def run(self, *arguments: str, **environment: str) -> int:
        """Run the command line in the fork, which has to be the working directory."""
        output = self.folder.parent / "output"
        output.write_text("")
        log = io.StringIO()
        code = App({"GITHUB_OUTPUT": str(output), **environment}, log, FakeClock()).run(list(arguments))
        self.text = log.getvalue()
        self.outputs = read_outputs(output.read_text(encoding="utf-8"))
        return code

    def read(self, name: str) -> Any:  # noqa: ANN401 - YAML
        """Return the content of a YAML file."""
        return yaml.safe_load((self.folder / name).read_text(encoding="utf-8"))

    @property
    def models(self) -> dict[str, Any]:
        """The models of ``speechops.yml``."""
        found: dict[str, Any] = self.read("speechops.yml")["models"]
        return found

    @property
    def workflows(self) -> list[str]:
        """The names of the workflow files."""
        return sorted(path.name for path in (self.folder / ".github" / "workflows").iterdir())


def git_in(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)  # noqa: S607 - the git of this machine
