"""Forks of the Speech DevOps template become repositories of ours, and nothing of them is lost in silence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.operations.project import TESTS
from tests.operations.template_fork import (
    SECRETS,
    TEST,
    TEST_ENV,
    TRAIN,
    TRAIN_ENV,
    TRAIN_PATHS,
    Fork,
    git_in,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "template-fork"
OTHER = """\
on: push
jobs: {own: {runs-on: ubuntu-latest, steps: [{run: "echo ${{ secrets.AZURE_CREDENTIALS }}"}]}}
"""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fork:
    made = Fork(tmp_path / "fork")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def fork(empty: Fork) -> Fork:
    return empty.template()


def rows(fork: Fork, what: str) -> list[str]:
    """Return what the account says of ``what``, each line with the heading that it stands under."""
    heading, found = "", []
    for line in fork.text.splitlines():
        heading = line if not line.startswith(" ") else heading
        if what in line or (what in heading and line.startswith(" ")):
            found.append(f"{heading} {line}")
    return found


def test_template__text_alone_trains_and_the_pipeline_starts(fork: Fork) -> None:
    assert fork.run("migrate", "--action", "team/speechops@v1") == 0, fork.text
    assert fork.workflows == ["speech-maintenance.yml", "speech-pull-request.yml", "speech.yml"]
    assert fork.models == {
        "custom-speech": {
            "locale": "en-US",
            "test-data": "testing/audio-and-trans.zip",
            "training-data": {
                "pronunciation": "training/pronunciation.txt",
                "text": "training/related-text.txt",
            },
            "old-benchmark": "adopt",
        }
    }
    caller = fork.read(".github/workflows/speech.yml")
    assert caller[True] == {"push": {"branches": ["main"], "tags": ["BASELINE*"]}}
    assert caller["jobs"]["speech"]["uses"] == "team/speechops/.github/workflows/ci-cd.yml@v1"
    assert set(caller["jobs"]["speech"]["secrets"]) == {*SECRETS.values(), "AZURE_CREDENTIALS"}
    assert "with" not in caller["jobs"]["speech"]


def test_empty_value__is_a_decision(fork: Fork) -> None:
    fork.run("migrate")
    assert any("not used then" in row for row in rows(fork, "TRAIN_ZIP_SOURCE_PATH"))
    assert any("not used" in row for row in rows(fork, "on.push.paths: training/audio-and-trans.zip"))


def test_variables_that_say_nothing_of_a_kind__its_trigger_names_the_file(empty: Fork) -> None:
    empty.template()
    env = {name: value for name, value in TRAIN_ENV.items() if not name.startswith("TRAIN_")}
    empty.workflow(TRAIN, "SpeechTrainDataCICD", env, TRAIN_PATHS, trains=True)
    empty.run("migrate")
    assert empty.models["custom-speech"]["training-data"]["audio"] == "training/audio-and-trans.zip"


@pytest.mark.parametrize(("branch", "triggers", "expected"), [
    ("main", ("master",), ["main"]),
    ("master", ("master",), ["master"]),
    ("trunk", ("master",), ["trunk"]),
    ("main", ("main", "release/**"), ["main", "release/**"]),
])  # fmt: skip
def test_branch__is_one_that_exists(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    branch: str,
    triggers: tuple[str, ...],
    expected: list[str],
) -> None:
    fork = Fork(tmp_path / "fork", branch=branch).template()
    monkeypatch.chdir(fork.folder)
    for file, name in ((TEST, "SpeechTestDataCI"), (TRAIN, "SpeechTrainDataCICD")):
        env = TRAIN_ENV if file == TRAIN else TEST_ENV
        fork.workflow(file, name, env, (), trains=file == TRAIN, branches=triggers)
    fork.run("migrate")
    assert fork.read(".github/workflows/speech.yml")[True]["push"]["branches"] == expected


def test_two_pairs__are_two_models(fork: Fork) -> None:
    fork.zip("testing/de.zip", TESTS)
    fork.write("training/de.txt", "Guten Tag\n")
    german = {"SPEECH_LOCALE": "de-de", "TEST_ZIP_SOURCE_PATH": "testing/de.zip"}
    fork.workflow("speech-test-data-ci-de.yml", "SpeechTestDataCIDe", {**TEST_ENV, **german}, ())
    training = {
        **TRAIN_ENV,
        **german,
        "RELATED_TEXT_FILE_PATH": "training/de.txt",
        "PRONUNCIATION_FILE_PATH": "",
    }
    fork.workflow("speech-train-data-ci-cd-de.yml", "SpeechTrainDe", training, (), trains=True)
    assert fork.run("migrate", "--endpoint-id", "1b2c") == 0, fork.text
    assert set(fork.models) == {"en-US", "de-DE"}
    served = {name: model["endpoint-id"] for name, model in fork.models.items() if "endpoint-id" in model}
    assert list(served.values()) == ["1b2c"]  # an endpoint serves one model
    assert fork.models[next(iter(served))]["old-benchmark"] == "adopt"
    assert fork.models["de-DE"]["test-data"] == "testing/de.zip"
    assert fork.models["de-DE"]["training-data"] == {"text": "training/de.txt"}
    assert fork.models["en-US"]["training-data"]["pronunciation"] == "training/pronunciation.txt"
    assert sorted(model["old-benchmark"] for model in fork.models.values()) == ["adopt", "forget"]
    assert len(fork.workflows) == 3
    assert fork.run("validate", "--model", "de-DE") == 0, fork.text


def test_several_text_files__are_a_list(fork: Fork) -> None:
    fork.write("training/more-text.txt", "more words to learn\n")
    fork.workflow(
        TRAIN,
        "SpeechTrainDataCICD",
        {**TRAIN_ENV, "RELATED_TEXT_FILE_PATH_2": "training/more-text.txt"},
        (),
        trains=True,
    )
    fork.run("migrate")
    text = fork.models["custom-speech"]["training-data"]["text"]
    assert text == ["training/related-text.txt", "training/more-text.txt"]
    assert fork.run("validate") == 0, fork.text


def test_renamed_variables_at_the_job_and_files_at_the_root(empty: Fork) -> None:
    empty.zip("eval-test.zip", TESTS)
    empty.write("sentences.txt", "words to learn\n")
    variables = {
        "CULTURE": "${{ 'en-gb' }}",
        "EVAL_TEST_ZIP": "./eval-test.zip",
        "SENTENCES_PATH": "${{ 'sentences.txt' }}",
    }
    empty.workflow(TRAIN, "SpeechTrainDataCICD", variables, (), trains=True, job={})
    assert empty.run("migrate") == 0, empty.text
    assert empty.models["custom-speech"] == {
        "locale": "en-GB",
        "test-data": "eval-test.zip",
        "training-data": {"text": "sentences.txt"},
        "old-benchmark": "adopt",
    }


@pytest.mark.parametrize("written", ["en-us", "en-US", "EN-US"])
def test_locale__in_its_proper_case(fork: Fork, written: str) -> None:
    for file, name, env in ((TEST, "SpeechTestDataCI", TEST_ENV), (TRAIN, "SpeechTrainDataCICD", TRAIN_ENV)):
        fork.workflow(file, name, {**env, "SPEECH_LOCALE": written}, (), trains=file == TRAIN)
    fork.run("migrate")
    assert fork.models["custom-speech"]["locale"] == "en-US"
    assert "no locale was found" not in fork.text


def test_workflow_of_ones_own__stays_though_it_uses_the_secrets(fork: Fork) -> None:
    fork.write(".github/workflows/own.yml", OTHER)
    fork.run("migrate")
    assert (fork.folder / ".github/workflows/own.yml").read_text() == OTHER
    assert any("unchanged; it uses AZURE_CREDENTIALS" in row for row in rows(fork, "own.yml"))


def test_workflow_made_from_the_templates_parts__goes_and_is_said(fork: Fork) -> None:
    fork.write(
        ".github/workflows/cleanup.yml",
        "name: Clean up\non: {schedule: [{cron: '0 1 * * *'}]}\n"
        "jobs: {c: {runs-on: ubuntu-latest, steps: [{run: 'spx csr model list > benchmark-test.txt'}]}}\n",
    )
    assert fork.run("migrate") == 0
    assert "cleanup.yml" not in fork.workflows
    assert any("Not carried over" in row and "removed" in row for row in rows(fork, "cleanup.yml"))
    assert any("Not carried over" in row for row in rows(fork, "on: schedule"))


def test_renamed_secrets__are_passed_under_the_names_that_are_known(fork: Fork) -> None:
    renamed = {use: f"MY_{number}" for number, use in enumerate(SECRETS)}
    fork.workflow(TEST, "SpeechTestDataCI", TEST_ENV, (), secrets=renamed)
    fork.workflow(
        TRAIN, "SpeechTrainDataCICD", TRAIN_ENV, (), trains=True, secrets={**renamed, "echo": "OWN_THING"}
    )
    fork.run("migrate")
    for file in fork.workflows:
        passed = fork.read(f".github/workflows/{file}")["jobs"]["speech"]["secrets"]
        assert passed["SPEECH_SUBSCRIPTION_KEY"] == "${{ secrets.MY_0 }}"
        assert passed["SPEECH_RESOURCE_REGION"] == "${{ secrets.MY_1 }}"
        assert passed["STORAGE_ACCOUNT_NAME"] == "${{ secrets.MY_3 }}"
    assert any("Not carried over" in row for row in rows(fork, "secret OWN_THING"))


@pytest.mark.parametrize(("arguments", "expected"), [
    ((), {"speech-endpoint": "https://NAME.cognitiveservices.azure.com"}),
    (("--speech-endpoint", "https://contoso.cognitiveservices.azure.com"),
     {"speech-endpoint": "https://contoso.cognitiveservices.azure.com"}),
    (("--speech-region", "westus2"), {"speech-region": "westus2"}),
])  # fmt: skip
def test_pull_requests_of_forks__have_the_resource_written_out(
    fork: Fork, arguments: tuple[str, ...], expected: dict[str, str]
) -> None:
    fork.run("migrate", *arguments)
    assert fork.read(".github/workflows/speech-pull-request.yml")["jobs"]["speech"]["with"] == expected
    assert ("Replace NAME" in fork.text) == (not arguments)


@pytest.mark.parametrize(("runner", "kept"), [
    ("self-hosted", "self-hosted"),
    (["self-hosted", "linux"], '["self-hosted", "linux"]'),
    ("ubuntu-18.04", None),
    ("windows-latest", None),
])  # fmt: skip
def test_runner__is_kept_where_the_action_can_run(fork: Fork, runner: object, kept: str | None) -> None:
    for file, name, env in ((TEST, "SpeechTestDataCI", TEST_ENV), (TRAIN, "SpeechTrainDataCICD", TRAIN_ENV)):
        fork.workflow(file, name, env, (), trains=file == TRAIN, job={"runs-on": runner})
    fork.run("migrate")
    job = fork.read(".github/workflows/speech.yml")["jobs"]["speech"]
    assert job.get("with", {}).get("runs-on") == kept
    assert rows(fork, "runs-on:")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_workflow_in_another_encoding__is_read(fork: Fork, encoding: str) -> None:
    path = fork.folder / ".github/workflows" / TEST
    path.write_bytes(f"# Überprüfung\n{path.read_text()}".encode(encoding))
    assert fork.run("migrate") == 0, fork.text
    assert TEST not in fork.workflows


def test_files_that_are_now_wrong__are_named(fork: Fork) -> None:
    fork.write("README.md", "Push to start SpeechTrainDataCICD.")
    fork.write("documentation/1-setup.md", "The Speech CLI is installed by spx.")
    fork.write("setup/create_sp.sh", "az ad sp create-for-rbac")
    fork.write("azuredeploy.json", "{}")
    fork.write("GitVersion.yml", "mode: Mainline")
    fork.run("migrate")
    for name in ("README.md", "documentation", "setup/create_sp.sh", "azuredeploy.json", "GitVersion.yml"):
        assert any("file that is now wrong" in row for row in rows(fork, name)), name


def test_documents_of_ones_own__are_not_named(fork: Fork) -> None:
    fork.write("README.md", "Our team.")
    fork.write("documentation/glossary.md", "Our words.")
    fork.run("migrate")
    assert fork.text
    assert "file that is now wrong" not in fork.text


def test_what_the_fork_added_to_a_workflow__is_in_the_account(fork: Fork) -> None:
    path = f".github/workflows/{TRAIN}"
    workflow = fork.read(path)
    workflow["on"]["push"]["paths-ignore"] = ["docs/**"]
    workflow["on"]["push"]["branches-ignore"] = ["old/**"]
    workflow["concurrency"] = "speech"
    job = workflow["jobs"]["speech"]
    job |= {"environment": "live", "if": "github.actor != 'bot'", "container": "debian"}
    job["steps"] += [
        {"name": "Tell the team", "run": "curl ${{ vars.TEAM_URL }}"},
        {"uses": "octo/page@v1", "env": {"PAGE": "words", "TOKEN": "${{ secrets.PAGE_TOKEN }}"}},
    ]
    fork.write(path, yaml.safe_dump(workflow))
    fork.run("migrate")
    for left in (
        "on.push.branches-ignore",
        "environment of the job speech",
        "if of the job speech",
        "container of the job speech",
        "step Tell the team",
        "step octo/page@v1",
        "variable TEAM_URL of the repository",
        "PAGE: words",
        "secret PAGE_TOKEN",
    ):
        assert any(row.startswith("Not carried over") for row in rows(fork, left)), left
    for done in ("on.push.paths-ignore", "concurrency", "TOKEN: ${{ secrets.PAGE_TOKEN }}"):
        assert any(" -> " in row for row in rows(fork, done)), done
    assert not rows(fork, "step azure/login")


@pytest.mark.parametrize(("tags", "last"), [
    (("0.1.9", "0.1.64", "BASELINE_0", "252242"), "0.1.64"),
    (("0.1.64", "v0.2.0", "v0.9.0-alpha"), "v0.2.0"),
    (("BASELINE_0",), ""),
])  # fmt: skip
def test_releases__the_last_version_is_named_and_where_they_are(
    fork: Fork, tags: tuple[str, ...], last: str
) -> None:
    git_in(fork.folder, "remote", "add", "origin", "https://github.com/octo-team/words.git")
    for tag in tags:
        git_in(fork.folder, "tag", tag)
    fork.run("migrate")
    named = [f"tag {last} -> the versions of releases continue after it"] if last else []
    assert [row.partition("  ")[2].strip() for row in rows(fork, "the versions of releases")] == named
    assert rows(fork, "the last release on https://github.com/octo-team/words/releases")


def test_public_container__is_named_with_its_command(fork: Fork) -> None:
    fork.run("migrate")
    assert rows(fork, "set-permission --name configuration --public-access off")


def test_no_test_data__the_first_push_does_nothing(fork: Fork) -> None:
    (fork.folder / "testing" / "audio-and-trans.zip").unlink()
    assert fork.run("migrate") == 0, fork.text
    assert any("Not carried over" in row for row in rows(fork, "test data: no test data was found"))
    assert rows(fork, "The first push does nothing for custom-speech until its test data is named")


def test_messages__say_what_was_done(fork: Fork) -> None:
    removed = fork.workflows
    assert fork.run("migrate") == 0, fork.text
    lines = fork.text.splitlines()
    assert {f"removed .github/workflows/{name}" for name in removed} <= set(lines)
    written = ["speechops.yml", *(f".github/workflows/{name}" for name in fork.workflows)]
    assert {f"wrote {name}" for name in written} <= set(lines)
    assert "The fork is migrated: 2 workflows removed, 4 files written." in fork.text


def test_next_steps__leave_out_what_is_done(fork: Fork) -> None:
    options = ("--action", "team/speechops@v1", "--speech-region", "westus2", "--endpoint-id", "1b2c")
    assert fork.run("migrate", "--dry-run", "true", *options) == 0, fork.text
    done = ("Replace OWNER", "Replace NAME", "To keep the endpoint")
    assert not [step for step in done if step in fork.text]
    assert "Dry run: nothing was changed." in fork.text
    assert fork.run("migrate", "--action", "OWNER/speechops@v1") == 0, fork.text
    assert all(step in fork.text for step in done)
    assert "the last release on GitHub" in fork.text  # the repository has no remote


def test_next_steps__count_what_is_to_be_decided(fork: Fork) -> None:
    fork.run("migrate", "--dry-run", "true")
    assert "Decide on" not in fork.text
    command = "spx csr model list > benchmark-test.txt"
    for number in (1, 2):
        jobs = f"jobs: {{c: {{runs-on: ubuntu-latest, steps: [{{run: '{command}'}}]}}}}"
        fork.write(f".github/workflows/cleanup{number}.yml", f"on: push\n{jobs}\n")
    fork.run("migrate")
    assert "Decide on the 2 things listed above as not carried over." in fork.text


def test_next_steps__say_what_the_first_push_costs(fork: Fork) -> None:
    fork.zip("testing/de.zip", TESTS)
    german = {"SPEECH_LOCALE": "de-de", "TEST_ZIP_SOURCE_PATH": "testing/de.zip"}
    fork.workflow("speech-test-data-ci-de.yml", "SpeechTestDataCIDe", {**TEST_ENV, **german}, ())
    fork.run("migrate", "--dry-run", "true")
    (said,) = [line for line in fork.text.splitlines() if "The first push" in line]
    assert "; tests de-DE on 0.2 minutes of test data, once for each of two models." in said
    (fork.folder / ".github/workflows/speech-test-data-ci-de.yml").unlink()
    fork.run("migrate")
    (said,) = [line for line in fork.text.splitlines() if "The first push" in line]
    assert "trains one model and tests custom-speech on 0." in said


def test_dry_run__shows_all_and_changes_nothing(fork: Fork) -> None:
    before = fork.workflows
    assert fork.run("migrate", "--dry-run", "true") == 0
    assert fork.workflows == before
    assert not (fork.folder / "speechops.yml").exists()
    for shown in (
        "would remove .github/workflows/speech-test-data-ci.yml",
        "would write speechops.yml",
        "test-data:",
    ):
        assert shown in fork.text


@pytest.mark.parametrize(
    ("utterances", "said"), [(1, "has 1 utterance,"), (9, "has 9 utterances,"), (10, "")]
)
def test_test_data_too_small_for_a_verdict__is_said(fork: Fork, utterances: int, said: str) -> None:
    fork.zip("testing/audio-and-trans.zip", TESTS[:utterances])
    assert fork.run("migrate") == 0
    assert ("a verdict needs 10" in fork.text) == bool(said)
    assert said in fork.text


def test_lfs__pointer_or_attribute_is_kept(fork: Fork) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    fork.write("testing/audio-and-trans.zip", pointer)
    assert fork.run("migrate") == 0
    assert fork.read(".github/workflows/speech.yml")["jobs"]["speech"]["with"]["lfs"] is True
    assert "min-utterances" not in fork.text
    assert "tests custom-speech on the audio of test data" in fork.text


def test_lfs__by_attributes(fork: Fork) -> None:
    fork.write(".gitattributes", b"*.zip filter=lfs diff=lfs merge=lfs -text\n")
    fork.run("migrate")
    assert fork.read(".github/workflows/speech.yml")["jobs"]["speech"]["with"]["lfs"] is True


def test_twice__changes_nothing(fork: Fork) -> None:
    fork.run("migrate")
    before = (fork.folder / "speechops.yml").read_bytes()
    assert fork.run("migrate") == 2
    assert (fork.folder / "speechops.yml").read_bytes() == before
    (fork.folder / "speechops.yml").unlink()
    assert fork.run("migrate") == 2
    assert "There is no workflow of the Speech DevOps template" in fork.text


def test_workflow_of_our_name__is_replaced_if_it_is_the_templates(fork: Fork) -> None:
    folder = fork.folder / ".github" / "workflows"
    (folder / "speech-maintenance.yml").write_text(OTHER)
    before = fork.workflows
    assert fork.run("migrate") == 2
    assert "speech-maintenance.yml already exists: nothing was changed." in fork.text
    assert fork.workflows == before
    assert not (fork.folder / "speechops.yml").exists()
    (folder / TEST).rename(folder / "speech-maintenance.yml")
    assert fork.run("migrate") == 0, fork.text
    assert fork.workflows == ["speech-maintenance.yml", "speech-pull-request.yml", "speech.yml"]


@pytest.mark.parametrize("action", ["speechops", "team/speechops", "team/speechops@v1 x", "a/b/c@v1"])
def test_action_of_another_form__is_refused(fork: Fork, action: str) -> None:
    before = fork.workflows
    assert fork.run("migrate", "--action", action) == 2
    assert fork.workflows == before


def test_yaml_that_is_not_valid__changes_nothing(fork: Fork) -> None:
    path = fork.folder / ".github/workflows" / TEST
    path.write_text(f"{path.read_text()}\n  - : [")
    before = fork.workflows
    assert fork.run("migrate") == 2
    assert fork.workflows == before


def test_paths_that_lead_out__are_not_followed(fork: Fork) -> None:
    (fork.folder.parent / "secret-text.txt").write_text("x")
    fork.workflow(
        TRAIN,
        "SpeechTrainDataCICD",
        {**TRAIN_ENV, "RELATED_TEXT_FILE_PATH": "../secret-text.txt"},
        (),
        trains=True,
    )
    fork.run("migrate")
    assert "secret" not in (fork.folder / "speechops.yml").read_text()
    assert any("Not carried over" in row for row in rows(fork, "../secret-text.txt"))


def test_endpoint_that_is_named__is_kept(fork: Fork) -> None:
    fork.run("migrate", "--endpoint-id", "1b2c")
    assert fork.models["custom-speech"]["endpoint-id"] == "1b2c"


def test_outside_of_git__works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = Fork(tmp_path / "fork", git=False).template()
    monkeypatch.chdir(fork.folder)
    assert fork.run("migrate") == 0
    assert fork.read(".github/workflows/speech.yml")[True]["push"]["branches"] == ["main"]


def test_example__after_is_what_migrate_makes_of_before(empty: Fork) -> None:
    shutil.copytree(EXAMPLE / "before", empty.folder, dirs_exist_ok=True)
    empty.zip("testing/audio-and-trans.zip", TESTS)
    empty.zip("training/audio-and-trans.zip", TESTS[:2])
    assert empty.run("migrate", "--action", "OWNER/speechops@v1") == 0, empty.text
    after = {path.relative_to(EXAMPLE / "after"): path for path in (EXAMPLE / "after").rglob("*.yml")}
    assert len(after) == 4
    for name, path in after.items():
        assert (empty.folder / name).read_bytes() == path.read_bytes()
