"""``report`` and what operations leave behind, through the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops import command_line, corpus, report
from speechops.errors import StoreError
from speechops.evaluation import reporting
from speechops.registry.registry import VOCABULARIES, Registry
from speechops.settings import read as settings_of
from tests import browser
from tests.kit.progress import AfterSeconds
from tests.operations.project import HELPFUL, TESTS, USELESS
from tests.report import making

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speechops.registry.documents import RunRecord
    from tests.operations.project import Project

ROOT = Path(__file__).parents[2]


def test_report__tells_the_whole_history(project: Project) -> None:
    project.run("test-data")
    project.run("train-data")
    project.run("deploy")
    project.write_training(USELESS)
    assert "\nHistory\n" not in project.run("train-data").text
    answer = project.run("report")
    assert answer.code == 0, answer.text
    path = Path(answer.outputs["report"])
    assert answer.text.rstrip().splitlines()[-1] == str(path)
    assert "\nHistory\n" in answer.text
    told = report.from_json((path.parent / "report.json").read_bytes())
    assert [str(point.cause) for point in told.history.points] == ["test-data", "train-data", "train-data"]
    assert [point.promoted for point in told.history.points] == [False, True, False]
    assert (told.history.trained, told.history.saved) == (2, 0)
    assert told.history.benchmark_expires == told.history.releases[0].expires != ""
    pointer = project.registry.benchmark("m")
    assert pointer
    assert told.history.benchmark == pointer.benchmark.reference.name
    assert (told.history.benchmark_rate, told.history.frozen) == (0, "")
    assert told.verdict
    assert told.verdict.outcome == "worse"  # the latest test, not that of the benchmark
    badge = json.loads((path.parent / "badge.json").read_bytes())
    assert badge["message"] == "0.0 %"
    assert "1.0.0" in path.read_text(encoding="utf-8")


def test_report__counts_the_training_that_reuse_saved(project: Project) -> None:
    project.run("compare")
    project.run("train-data")
    path = Path(project.run("report").outputs["report"])
    told = report.from_json((path.parent / "report.json").read_bytes())
    assert (told.history.trained, told.history.saved) == (1, 1)


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
@pytest.mark.parametrize("completed_by", ["maintain", ""])
def test_report__counts_a_training_that_outlasted_its_job_as_none_that_was_saved(
    project: Project, completed_by: str
) -> None:
    project.run("train-data", "--max-wait", "10m")
    if completed_by:
        project.clock.advance(7200)
        project.run(completed_by)
    path = Path(project.run("report").outputs["report"])
    told = report.from_json((path.parent / "report.json").read_bytes())
    assert (told.history.trained, told.history.saved) == (1 if completed_by else 0, 0)


def test_report__shows_why_the_benchmark_is_frozen(project: Project) -> None:
    project.run("test-data")
    reason = "<b>the clinic</b> moves"
    assert project.run("freeze", "--reason", reason).code == 0
    summary = project.folder / "summary.md"
    given = {"GITHUB_STEP_SUMMARY": str(summary)}
    for operation in ("test-data", "compare", "train-data", "report"):
        summary.write_text("", encoding="utf-8")
        blocked = operation in {"train-data", "compare"}
        assert project.run(operation, environment=given).code == (3 if blocked else 0)
        page = (project.folder / ".speechops/report/m/index.html").read_text(encoding="utf-8")
        assert page.count("nothing is promoted until unfreeze: &lt;b&gt;the clinic&lt;/b&gt; moves") == 1
        told = summary.read_text(encoding="utf-8")
        assert told.count("the clinic") == 1, told
        assert "<b>" not in told
    assert project.run("unfreeze").code == 0
    project.run("report")
    assert "unfreeze" not in (project.folder / ".speechops/report/m/index.html").read_text(encoding="utf-8")


def test_report__says_where_it_was_made(project: Project) -> None:
    event = project.folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
    environment = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "octo-team/words",
        "GITHUB_RUN_ID": "4711",
        "GITHUB_SERVER_URL": "https://github.example",
    }
    path = project.folder / ".speechops/report/m/report.json"
    for operation in ("compare", "report"):
        assert project.run(operation, environment=environment).code == 0
        origin = report.from_json(path.read_bytes()).origin
        assert (origin.operation, origin.commit, origin.pull_request) == (operation, project.commit, 7)
        assert origin.run == ("4711" if operation == "compare" else "")  # which has no record
        assert origin.repository_url == "https://github.example/octo-team/words"
        assert origin.run_url.startswith("https://github.example/octo-team/words/actions/runs/4711")
    project.run("compare")
    assert report.from_json(path.read_bytes()).origin.repository_url == ""


def test_clips__are_of_utterances_that_changed_or_have_errors(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def recordings(_folder: Path, names: Iterable[str], *, most_bytes: int) -> dict[str, bytes]:
        asked.append(list(names))
        return {"": bytes(most_bytes > 0)}

    monkeypatch.setattr(corpus, "recordings", recordings)
    (model,) = settings_of(
        command_line.read(["compare", "--config", str(project.folder / "speechops.yml")], {})
    ).models
    both = making.result(
        [
            ("a b c", "a b c", "a b c"),
            ("a b c", "a b x", "a b x"),
            ("a b c", "a b x", "a b c"),
            ("a b c", "a b c", "a x y"),
            ("a b c", "a b x", "a b x"),
            ("a b c", "x y z", "a b c"),
        ]
    )
    seconds = (1.0, 1.0, 1.0, 1.0, 0.0, reporting.CLIPS_SECONDS + 0.1)
    timed = [replace(item, seconds=length) for item, length in zip(both.utterances, seconds, strict=True)]
    alone = [replace(item, candidate=None) for item in timed]
    for result in (
        replace(both, utterances=tuple(timed)),
        replace(both, utterances=tuple(alone), candidate=None, verdict=None),
    ):
        made = report.Report(
            "m",
            "en-US",
            report.Origin("compare", result.created),
            reporting.of_result(model, result),
            report.History(),
        )
        reporting.clips(model, made)
    assert asked == [["004.wav", "003.wav", "002.wav"], ["002.wav", "003.wav"]]


def test_report__explains_by_what_each_model_was_trained_on(project: Project) -> None:
    """What the benchmark was taught and the candidate was not explains what became worse."""
    project.promote(TESTS)
    project.write_training(TESTS[:6])
    assert project.run("compare").code == 3
    path = project.folder / ".speechops/report/m/report.json"
    told = report.from_json(path.read_bytes())
    assert told.test
    assert "removed" in {piece.rule for piece in told.test.advice}


def test_report__before_the_first_test_says_so(project: Project) -> None:
    answer = project.run("report")
    assert answer.code == 0
    assert "no test yet" in answer.text
    assert not (project.folder / ".speechops/report/index.html").exists()  # it would link a single model
    project.run("test-data")
    assert "with the latest of its tests" in project.run("report").text


def test_report__of_several_models_has_an_overview(project: Project) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(
        config.read_text(encoding="utf-8") + "  n:\n    locale: en-US\n    test-data: test\n",
        encoding="utf-8",
    )
    answer = project.run("report")
    path = Path(answer.text.rstrip().splitlines()[-1])
    assert path.name == "index.html"
    assert 'href="n/index.html"' in path.read_text(encoding="utf-8")
    assert (path.parent / "n/index.html").exists()


def test_report__of_one_model_has_no_overview(project: Project) -> None:
    folder = project.folder / "pages"
    answer = project.run("report", "--report-folder", str(folder))
    assert answer.code == 0, answer.text
    assert [path.name for path in folder.iterdir()] == ["m"]


def test_report__of_a_run_opens_in_chromium(project: Project) -> None:
    project.run("train-data")
    path = Path(project.run("report").outputs["report"])
    said: list[str] = []
    asked: list[str] = []
    with browser.running() as chromium:
        page = chromium.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.locator("#count").inner_text() == "12 of 12 utterances"
        assert "Better by" in page.locator("h1").inner_text()
        page.locator("#sort").select_option("better")
        first = page.locator("#list > li").first
        assert (
            first.locator(".words .r").all_text_contents()
            == TESTS[_number(first.locator("code").text_content() or "")].split()
        )
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
        assert said == []


def _number(text: str) -> int:
    return int(text.strip()[:2]) - 1


def test_wheel__holds_the_templates(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = ROOT / "speechops/report/templates"
    assert {f"speechops/report/templates/{path.name}" for path in templates.iterdir()} <= names


def test_train_data__names_report_and_next_command(project: Project) -> None:
    config = str(project.folder / "speechops.yml")
    answer = project.run("test-data")
    lines = answer.text.splitlines()
    assert f"Report: {answer.outputs['report']}" in lines
    assert f"Next: speechops train-data --config {config}" in lines
    answer = project.run("train-data")
    assert f"Next: speechops deploy --config {config}" in answer.text.splitlines()
    project.write_training(USELESS)
    answer = project.run("train-data", "--on-worse", "ask")
    candidate = answer.outputs["candidate"]
    assert f"Next: speechops deploy --candidate {candidate} --config {config}" in answer.text.splitlines()
    answer = project.run("compare", "--on-worse", "ask")  # whose verdict deploys nothing
    assert f"Next: speechops train-data --config {config}" in answer.text.splitlines()
    in_actions = {"GITHUB_ACTIONS": "true"}
    assert "Next: " not in project.run("test-data", environment=in_actions).text


def test_report__that_cannot_be_made_hides_no_result(project: Project) -> None:
    folder = project.folder / "report"
    page = folder / "m" / "index.html"
    page.mkdir(parents=True)
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL)
    promoted = project.run("train-data", "--report-folder", str(folder))
    assert promoted.code == 2, promoted.text
    assert f"error: report-folder: {folder} cannot be written: Is a directory." in promoted.text
    assert "\nbetter: " in promoted.text
    assert "report" not in promoted.outputs
    assert (promoted.outputs["verdict"], promoted.outputs["improved"]) == ("better", "true")
    pointer = project.registry.benchmark("m")
    assert pointer
    assert promoted.outputs["candidate"] == pointer.benchmark.reference.id
    project.write_training(USELESS)
    stopped = project.run("train-data", "--report-folder", str(folder))
    assert stopped.code == 3, stopped.text
    assert "warning: report-folder: " in stopped.text
    page.rmdir()
    vocabularies = project.folder / ".speechops/store" / VOCABULARIES
    for path in vocabularies.rglob("*.json"):
        path.unlink()
        path.mkdir()
    for operation in ("train-data", "compare"):
        unexplained = project.run(operation, "--report-folder", str(folder))
        assert unexplained.code == 3, unexplained.text
        assert unexplained.outputs["verdict"] == "worse"
        assert f"warning: Cannot read {vocabularies}" in unexplained.text


def test_record__that_cannot_be_completed_hides_no_result(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Registry.record

    def record(registry: Registry, record: RunRecord) -> None:
        if record.ended:
            raise StoreError("The disk is full.")
        write(registry, record)

    monkeypatch.setattr(Registry, "record", record)
    answer = project.run("test-data")
    assert answer.code == 1, answer.text
    assert "error: The disk is full." in answer.text
    assert float(answer.outputs["word-error-rate"]) > 0
    assert Path(answer.outputs["report"]).is_file()


def test_several_models__end_with_a_table_of_endings(project: Project) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(
        config.read_text(encoding="utf-8") + "  n:\n    locale: en-US\n    test-data: missing\n",
        encoding="utf-8",
    )
    answer = project.run("test-data")
    assert answer.code == 2
    table = answer.text.split("Result of each model\n")[1].splitlines()
    assert [line.split()[:2] for line in table[1:3]] == [["m", "done"], ["n", "error"]]
    assert "missing" in table[2]
    (project.folder / "report/m/index.html").mkdir(parents=True)
    answer = project.run("test-data", "--report-folder", str(project.folder / "report"))
    table = answer.text.split("Result of each model\n")[1].splitlines()
    assert [line.split()[:2] for line in table[1:3]] == [["m", "error"], ["n", "error"]]
    assert "report-folder: " in table[1]
