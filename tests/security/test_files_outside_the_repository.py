"""``speechops.yml`` of a pull request names files of the runner: to upload, to post, to overwrite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speechops import inputs
from tests.security.command import MODEL, refused, repository, run

SECRET = "hunter2hunter2"
SCHEMA = Path(__file__).parents[2] / "schema/speechops.schema.json"
SCORED = {"references", "hypotheses", "benchmark-hypotheses"}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Return a file that is not the repository's."""
    path = tmp_path / "outside" / "secret.txt"
    path.parent.mkdir()
    path.write_text(f"{SECRET} | {SECRET}\n", encoding="utf-8")
    return path


KEYS = {
    "comment-template": "comment-template: {}\n" + MODEL,
    "test-data": MODEL + "    test-data: {}\n",
    "training-text": MODEL + "    training-data:\n      text: {}\n",
    "training-structured-text": MODEL + "    training-structured-text: {}\n",
    "training-pronunciation": MODEL + "    training-pronunciation: {}\n",
    "training-audio": MODEL + "    training-audio: {}\n",
    "training-output-formatting": MODEL + "    training-output-formatting: {}\n",
    "replacements": MODEL + "    replacements: {}\n",
    "key-terms": MODEL + "    key-terms: {}\n",
    "groups": MODEL + "    groups: {}:speaker\n",
    "clusters": MODEL + "    clusters: {}:speaker\n",
    "references": MODEL + "    references: {}\n",
    "hypotheses": MODEL + "    references: r.txt\n    hypotheses: {}\n",
    "benchmark-hypotheses": MODEL
    + "    references: r.txt\n    hypotheses: r.txt\n    benchmark-hypotheses: {}\n",
    "store-folder": "store-folder: {}\n" + MODEL,
    "report-folder": "report-folder: {}\n" + MODEL,
    "local-folder": "local-folder: {}\n" + MODEL,
}


def attack(tmp_path: Path, key: str, path: str) -> tuple[int, str]:
    config = repository(tmp_path / "repository", KEYS[key].format(path))
    operation = "score" if key in SCORED else "compare"
    return run(operation, "--config", str(config), "--speech-endpoint", "http://127.0.0.1:1")


def test_every_path_of_the_description__is_attacked_here() -> None:
    keys = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"].keys()
    paths = {
        name for name in keys if inputs.BY_NAME.get(name, inputs.CONFIG).type.placeholder.startswith("PATH")
    }
    assert paths - {"models"} <= KEYS.keys()
    assert len(paths) > 10


def ending(key: str) -> str:
    return ".tsv" if key in {"groups", "clusters"} else ".txt"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("path", ["../outside/secret{}", "/proc/self/environ{}", "a/../../outside/secret{}"])
def test_path_outside__refused_before_it_is_opened(tmp_path: Path, victim: Path, key: str, path: str) -> None:
    victim.rename(victim.with_suffix(ending(key)))
    suffix = ".tsv" if ending(key) == ".tsv" else ".txt" if "secret" in path else ""
    answer = attack(tmp_path, key, path.format(suffix))
    refused(answer, key, "outside the repository")
    assert SECRET not in answer[1]


@pytest.mark.parametrize("key", KEYS)
def test_link_to_a_file_outside__refused(tmp_path: Path, victim: Path, key: str) -> None:
    link = tmp_path / "repository" / f"link{ending(key)}"
    link.parent.mkdir()
    link.symlink_to(victim)
    answer = attack(tmp_path, key, link.name)
    refused(answer, key, "symbolic link")
    assert SECRET not in answer[1]


@pytest.mark.parametrize("key", KEYS)
def test_file_in_a_linked_folder__refused(tmp_path: Path, victim: Path, key: str) -> None:
    victim.rename(victim.with_suffix(ending(key)))
    link = tmp_path / "repository" / "folder"
    link.parent.mkdir()
    link.symlink_to(victim.parent, target_is_directory=True)
    refused(attack(tmp_path, key, f"folder/secret{ending(key)}"), key, "symbolic link")


@pytest.mark.parametrize("key", ["comment-template", "training-text", "replacements"])
@pytest.mark.parametrize("target", ["link", "/dev/zero", "/proc/self/environ", "."])
def test_link_to_itself_or_a_device__refused(tmp_path: Path, key: str, target: str) -> None:
    link = tmp_path / "repository" / "link"
    link.parent.mkdir()
    link.symlink_to(target)
    refused(attack(tmp_path, key, "link"), key)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "path", [".git/config{}", ".GIT/config{}", "a/../.git/config{}", "sub/.git/config{}"]
)
def test_files_of_git__refused(tmp_path: Path, key: str, path: str) -> None:
    """A checkout that keeps its credentials has the job's token there."""
    for folder in (".git", "s/.git"):
        config = tmp_path / "repository" / folder / f"config{ending(key)}"
        config.parent.mkdir(parents=True)
        config.write_text(f"[http]\n\textraheader = AUTHORIZATION: basic {SECRET}\n")
    answer = attack(tmp_path, key, path.format(ending(key)))
    refused(answer, key, "file of git itself")
    assert SECRET not in answer[1]


@pytest.mark.parametrize("key", ["comment-template", "training-text"])
@pytest.mark.parametrize("path", ["~/secret.txt", "~root/secret.txt"])
def test_home_folder__is_a_name_like_any_other(tmp_path: Path, key: str, path: str) -> None:
    code, text = attack(tmp_path, key, path)
    assert code == 2
    assert str(tmp_path / "repository" / path) in text or f"{path!r}" in text


def test_parent_within_the_repository__read(tmp_path: Path) -> None:
    """A description in a sub-folder may name what lies beside it."""
    top = tmp_path / "repository"
    (top / ".git").mkdir(parents=True)
    (top / "data").mkdir()
    (top / "data" / "t.txt").write_bytes(b"\xef\xbb\xbfa sentence of the training data\n")
    config = top / "models" / "speechops.yml"
    config.parent.mkdir()
    config.write_text(MODEL + "    training-text: ../data/t.txt\n", encoding="utf-8")
    assert run("validate", "--config", str(config))[0] == 0


@pytest.mark.parametrize("option", ["comment-template", "test-data", "config"])
def test_path_of_the_workflow_is_made_a_link_by_a_pull_request__refused_in_actions(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """The workflow names a file of the checkout; the pull request replaces it by a link."""
    config = repository(tmp_path / "repository", MODEL)
    monkeypatch.chdir(config.parent)
    Path("named").symlink_to(victim)
    names = ["--config", "speechops.yml"] if option != "config" else []
    code, text = run("compare", *names, f"--{option}", "named", environment={"GITHUB_ACTIONS": "true"})
    assert code == 2
    assert "leads out of the repository" in text
    assert SECRET not in text


def test_link_inside_a_folder_of_audio__is_an_error_of_the_data(tmp_path: Path, victim: Path) -> None:
    config = repository(tmp_path / "repository", MODEL + "    test-data: test\n")
    folder = config.parent / "test"
    folder.mkdir()
    (folder / "trans.txt").symlink_to(victim)
    code, text = run("validate", "--config", str(config))
    assert code != 0
    assert "symbolic-link" in text
    assert SECRET not in text
