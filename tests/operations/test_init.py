"""A repository of any kind gets what SpeechOps needs, from its data, and nothing is overwritten."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.operations.project import TESTS
from tests.operations.template_fork import Fork, git_in
from tests.stub_engine import speech

if TYPE_CHECKING:
    from tests.kit.server import RunningService

ROOT = Path(__file__).parents[2]
WRITTEN = {
    "speechops.yml",
    "README.md",
    ".github/workflows/speech.yml",
    ".github/workflows/speech-pull-request.yml",
    ".github/workflows/speech-maintenance.yml",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fork:
    made = Fork(tmp_path / "words")
    monkeypatch.chdir(made.folder)
    return made


def files(repository: Fork) -> dict[str, bytes]:
    """Return all files but git's and those of SpeechOps itself."""
    return {
        path.relative_to(repository.folder).as_posix(): path.read_bytes()
        for path in repository.folder.rglob("*")
        if path.is_file() and not {".git", ".speechops"} & set(path.relative_to(repository.folder).parts)
    }


def write_audio(repository: Fork, folder: str, *, transcribed: bool = True) -> None:
    for number, sentence in enumerate(TESTS, 1):
        repository.write(f"{folder}/{number:02}.wav", speech(sentence))
    if transcribed:
        lines = "\n".join(f"{number:02}.wav\t{sentence}" for number, sentence in enumerate(TESTS, 1))
        repository.write(f"{folder}/trans.txt", lines)


def lint(repository: Fork) -> None:
    """Assert that actionlint and zizmor have nothing to say of the workflows."""
    commands = Path(sys.executable).parent
    workflows = sorted((repository.folder / ".github" / "workflows").glob("*.yml"))
    for command in (
        [commands / "actionlint", "-shellcheck=", *workflows],
        [commands / "zizmor", "--quiet", "--offline", "--config", ROOT / ".github/zizmor.yml", *workflows],
    ):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_empty_folder__gets_the_sample_and_runs_at_once(repository: Fork, service: RunningService) -> None:
    assert repository.run("init", "--action", "OWNER/speechops@v1") == 0, repository.text
    assert "copied the sample data to data" in repository.text
    assert "5 files written." in repository.text
    assert "Replace OWNER" in repository.text
    assert "With a Speech resource: remove the line speech-endpoint: local" in repository.text
    assert "Replace NAME" not in repository.text
    written = files(repository)
    assert written.keys() >= WRITTEN | {"data/test/trans.txt", "data/training/text.txt"}
    assert repository.models["words"]["locale"] == "en-US"
    assert repository.run("validate") == 0, repository.text
    assert repository.run("test-data", "--speech-endpoint", service.url, "--commit", "a" * 40) == 0
    lint(repository)


def test_sample_on_a_speech_resource__init_writes_the_workflows_again(repository: Fork) -> None:
    assert repository.run("init", "--action", "octo-team/speechops@v1") == 0, repository.text
    assert "Replace OWNER" not in repository.text
    config = repository.folder / "speechops.yml"
    config.write_text(config.read_text().replace("speech-endpoint: local\n", ""))
    for name in repository.workflows:
        (repository.folder / ".github/workflows" / name).unlink()
    assert repository.run("init") == 0, repository.text
    inputs = repository.read(".github/workflows/speech.yml")["jobs"]["speech"]["with"]
    assert inputs["speech-endpoint"] == "${{ vars.SPEECH_ENDPOINT }}"
    assert inputs["environment"] == "production"
    assert "In a clone of https://github.com/octo-team/speechops: examples/infra/setup.sh" in repository.text
    lint(repository)


def test_action__that_is_given_replaces_that_of_an_earlier_init(repository: Fork) -> None:
    assert repository.run("init", "--action", "octo-team/speechops@v1") == 0, repository.text
    (repository.folder / ".github/workflows/speech.yml").unlink()
    assert repository.run("init", "--action", "their-team/speechops@v2") == 0, repository.text
    called = repository.read(".github/workflows/speech.yml")["jobs"]["speech"]["uses"]
    assert called == "their-team/speechops/.github/workflows/ci-cd.yml@v2"


@pytest.mark.parametrize("name", ["LICENSE", "README.md", ".editorconfig"])
def test_new_repository__counts_as_empty(repository: Fork, name: str) -> None:
    repository.write(name, "# Words\n")
    assert repository.run("init", "--dry-run", "true") == 0, repository.text
    assert "would copy the sample data to data" in repository.text
    assert repository.run("init") == 0, repository.text
    assert (repository.folder / "data/test/trans.txt").is_file()


def test_configuration__that_is_empty_is_one_all_the_same(repository: Fork) -> None:
    repository.write("speechops.yml", "")
    assert repository.run("init") == 0, repository.text
    assert "speechops.yml exists: unchanged" in repository.text
    assert (repository.folder / "speechops.yml").read_bytes() == b""
    assert not (repository.folder / "data").exists()


def test_sample_data__is_found(repository: Fork) -> None:
    write_audio(repository, "data/test")
    repository.write("data/training/text.txt", "words to learn\n")
    repository.write("data/training/pronunciation.txt", "aspirin\tass per in\n")
    assert repository.run("init", "--locale", "en-US") == 0, repository.text
    assert repository.models["words"] == {
        "locale": "en-US",
        "test-data": "data/test",
        "training-data": {
            "pronunciation": "data/training/pronunciation.txt",
            "text": "data/training/text.txt",
        },
    }
    assert repository.read("speechops.yml").keys() == {"models"}
    assert "Replace NAME in speech-pull-request.yml" in repository.text
    assert "With a Speech resource" not in repository.text
    assert repository.run("validate") == 0, repository.text
    lint(repository)


def test_identities__that_of_pull_requests_deploys_nothing(repository: Fork) -> None:
    write_audio(repository, "data/test")
    assert repository.run("init", "--locale", "en-US") == 0, repository.text
    given = {
        name: repository.read(f".github/workflows/{name}")["jobs"]["speech"]["with"]
        for name in repository.workflows
    }
    assert {name: values["azure-client-id"] for name, values in given.items()} == {
        "speech.yml": "${{ vars.AZURE_CLIENT_ID }}",
        "speech-maintenance.yml": "${{ vars.AZURE_CLIENT_ID }}",
        "speech-pull-request.yml": "${{ vars.AZURE_CLIENT_ID_PULL_REQUEST }}",
    }
    assert given["speech.yml"]["deploy-client-id"] == "${{ vars.AZURE_CLIENT_ID_DEPLOY }}"
    assert "deploy-client-id" not in given["speech-pull-request.yml"]


@pytest.mark.parametrize(
    ("folder", "name"), [("Our words, 2026", "Our-words--2026"), ("__", "model"), ("w" * 60, "w" * 48)]
)
def test_name__is_that_of_the_folder_as_far_as_a_model_may_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    repository = Fork(tmp_path / folder)
    monkeypatch.chdir(repository.folder)
    write_audio(repository, "data/test")
    assert repository.run("init", "--locale", "en-US") == 0, repository.text
    assert repository.models.keys() == {name}
    assert repository.run("validate") == 0, repository.text


def test_zip_files__tests_and_training_are_told_apart(repository: Fork) -> None:
    repository.zip("testing/audio.zip", TESTS)
    repository.zip("training/audio.zip", TESTS[:3])
    repository.run("init", "--locale", "en-US")
    assert repository.models["words"]["test-data"] == "testing/audio.zip"
    assert repository.models["words"]["training-data"] == {"audio": "training/audio.zip"}


@pytest.mark.parametrize(("calls", "sample"), [("calls", "data"), ("data/test", "sample")])
def test_recordings_without_transcripts__the_sample_stands_in(
    repository: Fork, calls: str, sample: str
) -> None:
    write_audio(repository, calls, transcribed=False)
    before = files(repository)
    assert repository.run("init", "--dry-run", "true") == 0, repository.text
    assert files(repository) == before
    assert repository.run("init") == 0, repository.text
    assert f"{calls} contains recordings without a transcript, so the sample is used" in repository.text
    assert f"delete {sample}, speechops.yml and the workflows" in repository.text
    assert f"write {calls}/trans.txt with a line FILE.wav<TAB>TEXT for each" in repository.text
    after = files(repository)
    assert {name: after[name] for name in before} == before
    (model,) = repository.models.values()
    assert model["test-data"] == f"{sample}/test"
    assert model["training-data"]["text"] == f"{sample}/training/text.txt"
    assert repository.read("speechops.yml")["speech-endpoint"] == "local"
    assert repository.run("validate") == 0, repository.text
    lint(repository)


def test_recordings_without_transcripts_beside_data__are_not_used(repository: Fork) -> None:
    write_audio(repository, "data/test")
    write_audio(repository, "calls", transcribed=False)
    assert repository.run("init", "--locale", "en-US") == 0, repository.text
    assert "calls contains recordings without a transcript: they are not used." in repository.text
    assert not (repository.folder / "sample").exists()


def test_folder_of_other_things__is_refused_with_the_next_step(repository: Fork) -> None:
    repository.write("main.go", "package main\n")
    before = files(repository)
    assert repository.run("init", "--locale", "en-US") == 2
    assert "--from-sample true" in repository.text
    assert files(repository) == before
    assert repository.run("init", "--from-sample", "true") == 0, repository.text
    assert repository.run("validate") == 0, repository.text


def test_sample__is_refused_beside_data(repository: Fork) -> None:
    write_audio(repository, "data/test")
    before = files(repository)
    assert repository.run("init", "--from-sample", "true", "--locale", "en-US") == 2
    assert "(data/test): nothing was changed." in repository.text
    assert files(repository) == before


def test_sample__is_refused_beside_training_data_alone(repository: Fork) -> None:
    repository.write("training/text.txt", "words to learn\n")
    assert repository.run("init", "--from-sample", "true", "--locale", "en-US") == 2
    assert "(training/text.txt): nothing was changed." in repository.text


def test_monorepo__each_folder_with_data_is_a_model_with_its_own_locale(repository: Fork) -> None:
    write_audio(repository, "models/support/de-DE/test")
    repository.write("models/support/de-DE/training/text.txt", "Guten Tag\n")
    write_audio(repository, "models/support/en-GB/test")
    repository.write("models/support/en-GB/training/text.txt", "Good day\n")
    repository.write("services/api/node_modules/x/test.txt", "not data\n")
    assert repository.run("init") == 0, repository.text
    models = repository.models
    assert {name: model["locale"] for name, model in models.items()} == {
        "models-support-de-DE": "de-DE",
        "models-support-en-GB": "en-GB",
    }
    for model in models.values():
        assert model["training-data"]["text"] == f"models/support/{model['locale']}/training/text.txt"
    assert repository.run("validate") == 0, repository.text
    lint(repository)


def test_locale_of_a_folder__comes_before_that_of_the_input(repository: Fork) -> None:
    write_audio(repository, "models/de-DE/test")
    write_audio(repository, "models/other/test")
    assert repository.run("init", "--locale", "en-US") == 0, repository.text
    locales = {model["test-data"]: model["locale"] for model in repository.models.values()}
    assert locales == {"models/de-DE/test": "de-DE", "models/other/test": "en-US"}


def test_monorepo__names_that_would_be_one_have_the_locale_or_a_number_in_them(repository: Fork) -> None:
    """A name is not as long as a path may be."""
    folder = "w" * 50
    for name in ("de-DE", "en-GB", "en-GB/clinic", "en-GB/pharmacy"):
        write_audio(repository, f"{folder}/{name}/test")
    assert repository.run("init") == 0, repository.text
    assert len(repository.models) == 4
    assert {f"{'w' * 42}-{locale}" for locale in ("de-DE", "en-GB")} <= repository.models.keys()
    assert repository.run("validate") == 0, repository.text


def test_locale_that_is_not_known__is_asked_for(repository: Fork) -> None:
    write_audio(repository, "data/test")
    before = files(repository)
    assert repository.run("init") == 2
    assert "--locale" in repository.text
    assert files(repository) == before


def test_existing_files__are_untouched(repository: Fork) -> None:
    write_audio(repository, "data/test")
    own = "models: {own: {locale: de-DE, test-data: data/test}}\n"
    repository.write("speechops.yml", own)
    repository.write("README.md", "# Words\n")
    repository.write(".github/workflows/speech.yml", "on: push\n")
    assert repository.run("init", "--locale", "en-US") == 0, repository.text
    assert (repository.folder / "speechops.yml").read_text() == own
    assert (repository.folder / ".github/workflows/speech.yml").read_text() == "on: push\n"
    assert (repository.folder / "README.md").read_text().startswith("# Words\n\n")
    assert "speech-pull-request.yml" in repository.workflows
    assert repository.run("validate") == 0, repository.text
    (repository.folder / ".github/workflows/speech.yml").unlink()
    assert repository.run("init") == 0, repository.text
    lint(repository)


@pytest.mark.parametrize(
    "endpoint",
    [
        "local",
        "'local'",
        "https://contoso.cognitiveservices.azure.com",
        "https://local.example",
        "https://a.example # was speech-endpoint: local",
    ],
)
def test_existing_configuration__the_workflows_use_its_service(repository: Fork, endpoint: str) -> None:
    write_audio(repository, "data/test")
    repository.write("speechops.yml", f"speech-endpoint: {endpoint}\nmodels: {{own: {{locale: de-DE}}}}\n")
    assert repository.run("init") == 0, repository.text
    inputs = repository.read(".github/workflows/speech.yml")["jobs"]["speech"]["with"]
    assert inputs["speech-endpoint"] == ("local" if "://" not in endpoint else "${{ vars.SPEECH_ENDPOINT }}")


@pytest.mark.parametrize("layout", ["empty", "sample", "data", "silent", "monorepo", "configured"])
def test_twice__changes_nothing(repository: Fork, layout: str) -> None:
    if layout in {"data", "configured"}:
        write_audio(repository, "data/test")
    if layout == "configured":
        repository.write("speechops.yml", "models: {own: {locale: de-DE, test-data: data/test}}\n")
    if layout == "silent":
        write_audio(repository, "calls", transcribed=False)
    if layout == "monorepo":
        write_audio(repository, "models/de-DE/test")
        write_audio(repository, "models/en-GB/test")
    arguments = ("init", "--locale", "en-US", "--from-sample", str(layout == "sample").lower())
    assert repository.run(*arguments) == 0, repository.text
    before = files(repository)
    assert repository.run(*arguments) == 0, repository.text
    assert files(repository) == before
    assert "nothing was changed" in repository.text


def test_dry_run__changes_nothing(repository: Fork) -> None:
    write_audio(repository, "data/test")
    before = files(repository)
    assert repository.run("init", "--locale", "en-US", "--dry-run", "true") == 0
    assert files(repository) == before
    assert "would write speechops.yml" in repository.text


def test_large_files__go_to_lfs(repository: Fork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechops.setup.discovery.LARGE", 1000)
    repository.zip("testing/audio.zip", TESTS)
    repository.run("init", "--locale", "en-US")
    assert (repository.folder / ".gitattributes").read_text() == "*.zip filter=lfs diff=lfs merge=lfs -text\n"
    assert repository.read(".github/workflows/speech.yml")["jobs"]["speech"]["with"]["lfs"] is True
    assert "git lfs migrate import --include='testing/audio.zip'" in repository.text


def test_attributes_of_git_that_exist__are_added_to_once(
    repository: Fork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speechops.setup.discovery.LARGE", 1000)
    repository.zip("testing/audio.zip", TESTS)
    attributes = repository.folder / ".gitattributes"
    attributes.write_text("*.go text\n")
    for _ in range(2):
        assert repository.run("init", "--locale", "en-US") == 0, repository.text
        assert attributes.read_text() == "*.go text\n*.zip filter=lfs diff=lfs merge=lfs -text\n"
    assert ".gitattributes exists: unchanged" in repository.text


def test_next_steps__name_the_repository_and_its_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Fork(tmp_path / "words", branch="trunk")
    monkeypatch.chdir(repository.folder)
    git_in(repository.folder, "remote", "add", "origin", "git@github.com:octo-team/words.git")
    write_audio(repository, "data/test")
    repository.run("init", "--locale", "en-US")
    assert "--repository octo-team/words" in repository.text
    (rule,) = re.findall(r"echo '(.+)' \| gh api repos/octo-team/words/rulesets --input -", repository.text)
    parameters = json.loads(rule)["rules"][0]["parameters"]
    job = repository.read(".github/workflows/speech-pull-request.yml")["jobs"]["speech"]["name"]
    assert parameters["required_status_checks"] == [{"context": f"{job} / Speech"}]


def test_wheel__contains_the_sample(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    (tmp_path / "words").mkdir()
    command = [sys.executable, "-m", "speechops", "init"]
    environment = {"PYTHONPATH": str(tmp_path / "installed"), "PATH": os.environ["PATH"]}
    subprocess.run(command, cwd=tmp_path / "words", env=environment, check=True, capture_output=True)
    assert (tmp_path / "words" / "data" / "test" / "trans.txt").is_file()


def test_default_branch__is_the_one_that_triggers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Fork(tmp_path / "words", branch="trunk")
    monkeypatch.chdir(repository.folder)
    repository.run("init")
    assert repository.read(".github/workflows/speech.yml")[True]["push"]["branches"] == ["trunk"]


def test_template_repository__is_what_init_makes_of_an_empty_folder(repository: Fork) -> None:
    assert repository.run("init", "--action", "OWNER/speechops@v1") == 0, repository.text
    template = ROOT / "examples" / "template"
    kept = {path.relative_to(template).as_posix(): path for path in template.rglob("*") if path.is_file()}
    made = files(repository)
    made["speechops.yml"] = made["speechops.yml"].replace(b"  words:", b"  template:")
    assert made.keys() == kept.keys()
    for name, content in made.items():
        assert kept[name].read_bytes() == content, name
