"""Data that is not committed: marked in names, records and reports, and kept out of what others rely on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.operations.project import HELPFUL, Answer, Project
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from tests.azurite import Azurite
    from tests.certificate import Certificate

WHO = ("-c", "user.name=someone", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def git(project: Project, *arguments: str) -> str:
    command = ["git", "-C", str(project.folder), *WHO, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(project: Project) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")
    project.commit = git(project, "rev-parse", "HEAD")


def run(project: Project, operation: str, *more: str) -> Answer:
    return project.run(operation, *more, environment=PATH)


@pytest.fixture
def dirty(project: Project) -> Project:
    """Return a project whose training data has changed since its commit."""
    (project.folder / ".gitignore").write_text(".speechops\noutputs.txt\n")
    project.settings = "    gate: any-improvement\n"
    git(project, "init", "--quiet")
    project.write_training(["something else altogether"])
    commit(project)
    project.write_training(HELPFUL)
    return project


def mark(project: Project) -> str:
    return f"{project.commit[:7]}-dirty"


def test_train_data__marks_names_records_results_and_report(dirty: Project) -> None:
    answer = run(dirty, "train-data")
    assert answer.code == 0, answer.text
    assert f"Not committed: training.txt. The run of m is marked {mark(dirty)}." in answer.text
    (record,) = dirty.registry.runs("m")
    assert (record.commit, record.state) == (f"{dirty.commit}-dirty", None)
    assert f"-{mark(dirty)}-" in answer.outputs["result"]
    names = [model.display_name for model in client(dirty).models(locale="en-US")]
    assert names
    assert all(mark(dirty) in name for name in names)
    page = (dirty.folder / ".speechops/report/m/index.html").read_text()
    assert mark(dirty) in page
    report = json.loads((dirty.folder / ".speechops/report/m/report.json").read_text())
    assert report["origin"]["commit"] == f"{dirty.commit}-dirty"


def test_deploy__of_a_model_that_no_commit_holds_is_refused(dirty: Project) -> None:
    assert run(dirty, "train-data").code == 0  # into the folder of a laptop
    answer = run(dirty, "deploy")
    assert answer.code == 2
    assert mark(dirty) in answer.text
    assert client(dirty).endpoints() == ()
    assert run(dirty, "deploy", "--allow-dirty", "true").code == 0


def test_deploy__once_the_data_is_committed(dirty: Project) -> None:
    assert run(dirty, "train-data").code == 0
    commit(dirty)
    answer = run(dirty, "train-data")
    assert answer.outputs["improved"] == "true"
    answer = run(dirty, "deploy")
    assert answer.code == 0, answer.text
    (release,) = dirty.registry.releases("m")
    assert release.commit == release.reference.commit == dirty.commit


def shared(storage: Azurite) -> tuple[str, str]:
    return ("--storage-connection-string", storage.connection_string)


def test_train_data__promotes_nothing_into_a_shared_store(
    dirty: Project, storage: Azurite, own_certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own_certificate.file))
    answer = run(dirty, "train-data", *shared(storage))
    assert answer.code == 3, answer.text
    assert answer.outputs["improved"] == "false"
    assert "Nothing is promoted: training.txt is not committed." in answer.text
    tested = run(dirty, "test-data", *shared(storage))
    assert "Nothing is promoted" in tested.text
    frozen = run(dirty, "freeze", "--reason", "to see whether there is a benchmark", *shared(storage))
    assert "no benchmark to freeze" in frozen.text
    answer = run(dirty, "deploy", *shared(storage))
    assert answer.code == 2
    assert "no trained model is the benchmark yet" in answer.text
    allowed = ("--allow-dirty", "true", *shared(storage))
    assert run(dirty, "train-data", *allowed).outputs["improved"] == "true"


def test_checkout__of_git_lfs_is_clean(project: Project) -> None:
    """The file on the disk is what the pointer in git stands for, as git-lfs leaves it."""
    git(project, "init", "--quiet")
    (project.folder / ".gitignore").write_text(".speechops\noutputs.txt\n")
    audio = project.folder / "test" / "01.wav"
    whole = audio.read_bytes()
    oid = hashlib.sha256(whole).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(whole)}\n"
    audio.write_text(pointer)
    (project.folder / ".gitattributes").write_text("*.wav filter=lfs diff=lfs merge=lfs -text\n")
    commit(project)
    git(project, "config", "filter.lfs.process", "git-lfs-that-is-not-installed filter-process")
    git(project, "config", "filter.lfs.required", "true")
    audio.write_bytes(whole)
    assert "Not committed" not in run(project, "test-data").text
    audio.write_bytes(whole + b"\0\0")
    assert "Not committed: test/01.wav." in run(project, "test-data").text


def test_checkout__hidden_files_are_no_data(project: Project) -> None:
    git(project, "init", "--quiet")
    (project.folder / ".gitignore").write_text(".speechops\noutputs.txt\n*.tmp\n")
    commit(project)
    (project.folder / "test" / ".DS_Store").write_text("x")
    assert "Not committed" not in run(project, "test-data").text
    (project.folder / "test" / "99.tmp").write_text("ignored by git, and data all the same")
    assert "Not committed: test/99.tmp." in run(project, "test-data").text
