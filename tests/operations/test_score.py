"""``score``: texts in files of any recognizer, judged as candidates are, without service and store."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from speechops.app import App
from tests.clock import FakeClock
from tests.operations.project import Answer, read_outputs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github_api.server import GitHubServer

HEAD = "b" * 40
SAID = {
    f"clips/{number:02}.wav": f"Please refill number {number} before friday morning." for number in range(24)
}
WORSE = {name: text.replace("refill", "refuel").replace("friday", "") for name, text in SAID.items()}
SECRET_WORD = "refuel"


def manifest(texts: dict[str, str]) -> str:
    """Write texts as NeMo does."""
    rows = (
        {"audio_filepath": name, "duration": 2.5, "text": SAID[name], "pred_text": text}
        for name, text in texts.items()
    )
    return "\n".join(map(json.dumps, rows))


def trn(texts: dict[str, str]) -> str:
    return "\n".join(f"{text} ({name})" for name, text in texts.items())


WRITERS = {"jsonl": manifest, "trn": trn}


@pytest.fixture(params=WRITERS)
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The files ``references``, ``good`` and ``bad`` in the working directory; return their ending."""
    ending: str = request.param
    for name, texts in (("references", SAID), ("good", SAID), ("bad", WORSE)):
        (tmp_path / f"{name}.{ending}").write_text(WRITERS[ending](texts), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return ending


def score(folder: Path, *words: str, locale: str = "en-US", **environment: str) -> Answer:
    outputs = folder / "outputs.txt"
    outputs.write_text("", encoding="utf-8")
    output = io.StringIO()
    app = App({"GITHUB_OUTPUT": str(outputs), **environment}, output, FakeClock())
    code = app.run(["score", "--model", "whisper", "--locale", locale, *words])
    return Answer(code, output.getvalue(), read_outputs(outputs.read_text(encoding="utf-8")))


def given(ending: str, candidate: str, benchmark: str = "") -> list[str]:
    words = ["--references", f"references.{ending}", "--hypotheses", f"{candidate}.{ending}"]
    return [*words, "--benchmark-hypotheses", f"{benchmark}.{ending}"] if benchmark else words


@pytest.mark.parametrize(
    ("candidate", "benchmark", "more", "code", "verdict", "improved"),
    [
        ("good", "bad", (), 0, "better", "true"),
        ("bad", "good", (), 3, "worse", "false"),
        ("bad", "good", ("--on-worse", "pass"), 0, "worse", "false"),
        ("bad", "good", ("--on-worse", "ask"), 0, "worse", "false"),
        ("good", "good", (), 3, "inconclusive", "false"),
        ("good", "good", ("--gate", "non-inferiority", "--margin", "20"), 0, "inconclusive", "true"),
    ],
)
def test_score__decides_as_train_data_does(
    tmp_path: Path,
    files: str,
    candidate: str,
    benchmark: str,
    more: tuple[str, ...],
    code: int,
    verdict: str,
    improved: str,
) -> None:
    answer = score(tmp_path, *given(files, candidate, benchmark), *more)
    assert answer.code == code, answer.text
    assert (answer.outputs["verdict"], answer.outputs["improved"]) == (verdict, improved)
    assert not {"candidate", "result"} & answer.outputs.keys()  # neither is anywhere but in these files
    assert "Next: " not in answer.text
    report = json.loads((tmp_path / ".speechops/report/whisper/report.json").read_bytes())
    assert report["test"]["form"] == "display"
    assert report["test"]["verdict"]["outcome"] == verdict
    notes = report["test"]["verdict"]["notes"]
    assert not [note for note in notes if "display text" in note]  # it is all that was given
    assert not {"store", "service"} & {path.name for path in (tmp_path / ".speechops").iterdir()}


@pytest.mark.parametrize(
    ("candidate", "benchmark", "code", "shown"),
    [("good", "bad", 1, "error: {} cannot be written"), ("bad", "good", 3, "warning: {} cannot be written")],
)
def test_score__summary_that_cannot_be_written_hides_no_verdict(
    tmp_path: Path, files: str, candidate: str, benchmark: str, code: int, shown: str
) -> None:
    words = given(files, candidate, benchmark)
    answer = score(tmp_path, *words, GITHUB_STEP_SUMMARY=str(tmp_path))
    assert answer.code == code, answer.text
    assert shown.format(tmp_path) in answer.text
    assert answer.outputs["verdict"] in answer.text


def test_score__one_model_alone_is_measured(tmp_path: Path, files: str) -> None:
    answer = score(tmp_path, *given(files, "bad"))
    assert answer.code == 0, answer.text
    assert float(answer.outputs["word-error-rate"]) == pytest.approx(48 / 171, abs=1e-6)
    assert "verdict" not in answer.outputs
    assert f"bad.{files}: WER 28.1 %." in answer.text


def test_score__report_names_the_files_and_has_their_texts(tmp_path: Path, files: str) -> None:
    answer = score(tmp_path, *given(files, "bad", "good"), "--show-transcripts", "true", "--on-worse", "pass")
    test = json.loads((tmp_path / ".speechops/report/whisper/report.json").read_bytes())["test"]
    assert (test["benchmark"]["name"], test["candidate"]["name"]) == (f"good.{files}", f"bad.{files}")
    assert float(answer.outputs["benchmark-word-error-rate"]) == 0
    assert float(answer.outputs["word-error-rate"]) == pytest.approx(48 / 171, abs=1e-6)
    first = test["utterances"][0]
    assert first["seconds"] == (2.5 if files == "jsonl" else 0)


@pytest.mark.parametrize("files", ["jsonl"], indirect=True)
def test_score__mistakes_are_the_users(tmp_path: Path, files: str) -> None:
    for words in (
        ["--references", f"references.{files}"],
        ["--references", "absent.jsonl", "--hypotheses", "good.jsonl"],
        ["--references", "../../outside.jsonl", "--hypotheses", "good.jsonl"],
        [*given(files, "good", "bad"), "--must-pass", "nobody.wav"],
        [*given(files, "good", "bad"), "--key-terms-recall", "not-worse"],
    ):
        answer = score(tmp_path, *words)
        assert answer.code == 2, answer.text
        assert "Traceback" not in answer.text
    for missing, words in (
        ("hypotheses", ["--references", f"references.{files}"]),
        ("references", ["--hypotheses", f"good.{files}"]),
    ):
        assert f"score needs {missing}." in score(tmp_path, *words).text


@pytest.mark.parametrize("files", ["jsonl"], indirect=True)
def test_score__files_outside_of_the_repository_are_refused(tmp_path: Path, files: str) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}.outside.{files}"
    outside.write_text(manifest(SAID), encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(outside)
    words = ["--references", "link.jsonl", "--hypotheses", f"good.{files}"]
    answer = score(tmp_path, *words, GITHUB_ACTIONS="true")
    assert (answer.code, "leads out of the repository" in answer.text) == (2, True), answer.text
    described = f"models:\n  whisper:\n    locale: en-US\n    references: ../{outside.name}\n"
    (tmp_path / "speechops.yml").write_text(f"{described}    hypotheses: good.{files}\n", encoding="utf-8")
    output = io.StringIO()
    assert App({}, output, FakeClock()).run(["score"]) == 2
    assert "outside the repository" in output.getvalue()


def on_pull_request(folder: Path, server: GitHubServer, *words: str) -> Answer:
    side = {"sha": HEAD, "ref": "topic", "repo": {"full_name": "octo-team/speech-data"}}
    payload = {"pull_request": {"number": 7, "head": side, "base": {"sha": "c" * 40, "ref": "main"}}}
    (folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    return score(
        folder,
        *words,
        "--github-token",
        "job-token",
        GITHUB_ACTIONS="true",
        GITHUB_API_URL=server.api_url,
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_EVENT_PATH=str(folder / "event.json"),
        GITHUB_REPOSITORY="octo-team/speech-data",
        GITHUB_RUN_ID="17",
        GITHUB_SERVER_URL="https://github.example",
        GITHUB_STATE=str(folder / "state.txt"),
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        GITHUB_WORKFLOW="Speech",
    )


def test_score__a_pull_request_has_a_check_and_one_comment(
    tmp_path: Path, files: str, github_server: GitHubServer
) -> None:
    for candidate, benchmark, conclusion, first in (
        ("bad", "good", "failure", "Does not pass: whisper en-US is worse"),
        ("good", "bad", "success", "Passes: whisper en-US is better"),
    ):
        answer = on_pull_request(tmp_path, github_server, *given(files, candidate, benchmark))
        assert answer.code == (0 if conclusion == "success" else 3), answer.text
        record: dict[str, Any] = github_server.state.check_runs[-1]
        assert (record["name"], record["conclusion"]) == ("Speech: whisper en-US", conclusion)
        assert record["output"]["title"].startswith(first)
        (comment,) = github_server.state.comments
        assert first in comment["body"].splitlines()[1]
        assert "merge promotes" not in comment["body"]
        assert "artifact" not in comment["body"]
        for text in (comment["body"], (tmp_path / "summary.md").read_text(encoding="utf-8"), answer.text):
            assert SECRET_WORD not in text


def test_score__a_check_of_one_model_alone_is_neutral(
    tmp_path: Path, files: str, github_server: GitHubServer
) -> None:
    words = ["--references", f"references.{files}", "--hypotheses", f"good.{files}"]
    answer = on_pull_request(tmp_path, github_server, *words)
    assert answer.code == 0, answer.text
    assert github_server.state.check_runs[-1]["conclusion"] == "neutral"


def test_score__utterances_that_must_pass_are_annotated_where_their_reference_is(
    tmp_path: Path, files: str, github_server: GitHubServer
) -> None:
    words = [*given(files, "bad", "good"), "--must-pass", "clips/05.wav"]
    answer = on_pull_request(tmp_path, github_server, *words)
    assert answer.code == 3, answer.text
    (annotation,) = github_server.state.check_runs[-1]["annotations"]
    assert (annotation["path"], annotation["start_line"]) == (f"references.{files}", 6)
    assert (annotation["title"], annotation["annotation_level"]) == ("must-pass", "failure")
    assert SECRET_WORD not in annotation["message"]


@pytest.mark.parametrize(
    ("locale", "said", "heard", "rate", "characters"),
    [
        ("ja-JP", "東京で iPhone を買う", "東京で iPhane を買う", 1 / 7, 1 / 12),
        ("ko-KR", "한국어 수업", "한국 어수업", 2 / 2, 0),
        ("en-US", "to the lab", "to the lap", 1 / 3, None),
    ],
)
def test_score__characters_are_reported_beside_where_words_are_not_cut_by_spaces(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    locale: str,
    said: str,
    heard: str,
    rate: float,
    characters: float | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("references", said), ("before", heard), ("after", said)):
        rows = "".join(f"{number:02}.wav\t{text}\n" for number in range(12))
        (tmp_path / f"{name}.tsv").write_text(rows, encoding="utf-8")
    alone = score(tmp_path, *given("tsv", "before"), locale=locale)
    both = score(tmp_path, *given("tsv", "after", "before"), "--min-words", "1", locale=locale)
    assert (alone.code, both.code) == (0, 0), both.text
    assert float(both.outputs["benchmark-word-error-rate"]) == pytest.approx(rate, abs=1e-6)
    report = json.loads((tmp_path / ".speechops/report/whisper/report.json").read_bytes())
    page = (tmp_path / ".speechops/report/whisper/index.html").read_text(encoding="utf-8")
    if characters is None:
        assert not [name for name in both.outputs if "character" in name]
        assert "character error rate" not in page
        return
    for answer, name in ((alone, ""), (both, "benchmark-")):
        assert float(answer.outputs[f"{name}character-error-rate"]) == pytest.approx(characters, abs=1e-6)
    assert float(both.outputs["character-error-rate"]) == 0
    assert [counts["hits"] > 0 for counts in report["test"]["characters"]] == [True, True]
    assert "character error rate" in page
    assert "CER" in both.text


def test_score__text_that_cannot_be_encoded_is_scored_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "references.jsonl").write_text(r'{"id": "a", "text": "one two"}')
    (tmp_path / "heard.jsonl").write_text(r'{"id": "a", "pred_text": "\ud800 one two"}')
    answer = score(tmp_path, *given("jsonl", "heard"))
    assert answer.code == 0, answer.text
    assert float(answer.outputs["word-error-rate"]) == 0
