"""What a pull request is shown: check, comment, summary; of a fork too. All on a local GitHub."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from speechops import report
from speechops.app import App
from speechops.errors import StoreError
from speechops.evaluation import reporting
from speechops.github.comments import LIMIT
from speechops.pull_request.comment import Mode
from tests.kit.progress import AfterReads, AfterSeconds
from tests.operations.project import HELPFUL, TESTS, USELESS, Answer, Project, read_outputs
from tests.operations.test_dirty import PATH, commit, git
from tests.report.making import made, sentences

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clock import FakeClock
    from tests.github_api.server import GitHubServer

HEAD = "b" * 40
REPOSITORY = "octo-team/speech-data"
FORK = "mallory/speech-data"


def environment(project: Project, server: GitHubServer, *, run: int = 17, **more: str) -> dict[str, str]:
    folder = project.folder
    event = folder / "event.json"
    if not event.exists():
        write_event(project, head_repository=REPOSITORY)
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": server.api_url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": str(run),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_STATE": str(folder / "state.txt"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_WORKFLOW": "Speech",
        **more,
    }


def write_event(project: Project, *, head_repository: str, head: str = HEAD) -> None:
    side = {"sha": head, "ref": "topic", "repo": {"full_name": head_repository}}
    base = {"sha": "c" * 40, "ref": "main"}
    payload = {"pull_request": {"number": 7, "head": side, "base": base}}
    (project.folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")


def compare(
    project: Project,
    server: GitHubServer,
    *more: str,
    token: str = "job-token",  # noqa: S107 - invented
    **env: Any,  # noqa: ANN401 - text, and the number of a run
) -> Answer:
    project.commit = HEAD
    folder = project.folder / "report"
    words = ("--github-token", token, "--report-folder", str(folder), *more)
    return project.run("compare", *words, environment=environment(project, server, **env))


def bodies(server: GitHubServer) -> list[str]:
    return [record["body"] for record in server.state.comments]


def check(server: GitHubServer) -> dict[str, Any]:
    (record,) = server.state.check_runs
    return record


# --- the ordinary pull request ---


def test_compare__shows_a_better_candidate(project: Project, github_server: GitHubServer) -> None:
    states: list[tuple[str, str]] = []
    github_server.after.append(
        lambda: states.extend(
            (one["status"], one.get("conclusion") or "") for one in github_server.state.check_runs
        )
    )
    titles: list[str] = []
    github_server.after.append(
        lambda: titles.extend(
            one["output"]["title"] for one in github_server.state.check_runs if one.get("output")
        )
    )
    answer = compare(project, github_server)
    assert answer.code == 0, answer.text
    assert states[0] == ("in_progress", "")
    assert titles[0] == "Training and testing the candidate"
    shown = check(github_server)
    assert (shown["name"], shown["head_sha"]) == ("Speech: m en-US", HEAD)
    assert shown["external_id"] == "17"
    assert shown["details_url"] == "https://github.example/octo-team/speech-data/actions/runs/17"
    assert "The pull request has a comment: http" in answer.text
    assert (shown["status"], shown["conclusion"]) == ("completed", "success")
    assert shown["output"]["title"].startswith(
        "Leak: 12 of 12 test utterances are training data too. Passes: "
    )
    assert "m en-US is better by" in shown["output"]["title"]
    (body,) = bodies(github_server)
    marker, first, *_ = body.splitlines()
    assert marker.startswith("<!-- speechops:comment ")
    assert first.startswith("### \N{WARNING SIGN}\N{VARIATION SELECTOR-16} Leak: 12 of 12")
    assert "> [!WARNING]" in body
    assert "The merge promotes this candidate." in body
    assert "https://github.example/octo-team/speech-data/actions/runs/17#artifacts" in body


def test_compare__says_what_it_used_and_what_an_endpoint_costs(
    project: Project, github_server: GitHubServer
) -> None:
    answer = compare(project, github_server, "--prices", "endpoint=0.05, currency=EUR")
    assert answer.code == 0, answer.text
    (body,) = bodies(github_server)
    for text in (body, check(github_server)["output"]["summary"]):
        assert "hours of audio tested, for both models; one training from text" in text
        assert "an endpoint for 730 hours a month (36.50 EUR) once deployed." in text
    compare(project, github_server)
    (body,) = bodies(github_server)
    assert "This run uses" not in body


@pytest.mark.parametrize(
    ("more", "conclusion", "code"),
    [
        (("--on-inconclusive", "fail"), "failure", 3),
        (("--on-inconclusive", "pass"), "neutral", 0),
        (("--on-inconclusive", "ask"), "neutral", 0),
    ],
)
def test_compare__concludes_as_the_gate_says(
    project: Project, github_server: GitHubServer, more: tuple[str, ...], conclusion: str, code: int
) -> None:
    project.write_training(USELESS)
    answer = compare(project, github_server, *more)
    assert answer.code == code, answer.text
    assert check(github_server)["conclusion"] == conclusion


def test_compare__holds_no_transcript_where_others_read(
    project: Project, github_server: GitHubServer
) -> None:
    answer = compare(project, github_server)
    summary = (project.folder / "summary.md").read_text(encoding="utf-8")
    texts = [answer.text, summary, *bodies(github_server), json.dumps(check(github_server)["output"])]
    assert bodies(github_server)
    assert all(texts)
    for word in ("amoxicillin", "metformin", "lisinopril", "refrigerator"):
        for text in texts:
            assert word not in text
    page = (project.folder / "report/m/index.html").read_text(encoding="utf-8")
    assert "amoxicillin" in page
    assert "UklGR" not in page


def test_compare__shows_transcripts_on_request(project: Project, github_server: GitHubServer) -> None:
    compare(project, github_server, "--show-transcripts", "true")
    assert "metformin" in bodies(github_server)[0]
    assert "metformin" in (project.folder / "summary.md").read_text(encoding="utf-8")


def test_compare__includes_audio_on_request(project: Project, github_server: GitHubServer) -> None:
    compare(project, github_server, "--include-audio", "true")
    page = (project.folder / "report/m/index.html").read_text(encoding="utf-8")
    assert '"clips":{"' in page
    assert "UklGR" in page  # RIFF, in base64


@pytest.mark.parametrize("candidate", ["better", "worse"])
def test_compare__includes_the_recordings_that_changed_most(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch, candidate: str
) -> None:
    if candidate == "worse":
        project.promote(TESTS)
        project.write_training(USELESS)
    size = max(path.stat().st_size for path in (project.folder / "test").glob("*.wav"))
    monkeypatch.setattr(reporting, "CLIPS_SIZE", 2 * size)
    compare(project, github_server, "--include-audio", "true")
    page = (project.folder / "report/m/index.html").read_text(encoding="utf-8")
    (clips,) = re.findall(r'"clips":(\{[^}]*\})', page)
    told = report.from_json((project.folder / "report/m/report.json").read_bytes())
    assert told.test
    changes = {item.id: abs(item.change) for item in told.test.utterances}
    most = sorted(changes, key=lambda name: (-changes[name], name))
    assert set(json.loads(clips)) == set(most[:2]) != set(sorted(changes)[:2])


def test_compare__includes_no_long_recording(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "CLIPS_SECONDS", 0.1)
    compare(project, github_server, "--include-audio", "true")
    page = (project.folder / "report/m/index.html").read_text(encoding="utf-8")
    assert "UklGR" not in page


def test_compare__again_edits_the_comment_and_keeps_what_it_said(
    project: Project, github_server: GitHubServer
) -> None:
    compare(project, github_server)
    (before,) = bodies(github_server)
    write_event(project, head_repository=REPOSITORY, head="d" * 40)
    project.write_training([*HELPFUL[:6], *USELESS])
    compare(project, github_server, "--commit", "d" * 40, run=18)
    (after,) = bodies(github_server)
    assert after != before
    assert after.count("Earlier results") == 1
    assert f"`{HEAD[:7]}`" in after.split("Earlier results")[1]


def test_compare__annotates_the_data(project: Project, github_server: GitHubServer) -> None:
    with (project.folder / "test/trans.txt").open("a", encoding="utf-8") as transcripts:
        transcripts.write("\n98.wav\tnothing recorded\n99.wav\tnothing recorded")
    answer = compare(project, github_server)
    assert answer.code == 2
    shown = check(github_server)
    assert (shown["conclusion"], shown["output"]["title"]) == ("failure", "No result")
    assert {13, 14} <= {one["start_line"] for one in shown["annotations"]}
    missing = [one for one in shown["annotations"] if one["title"] == "transcript-audio-missing"]
    assert [one["annotation_level"] for one in missing] == ["failure", "failure"]
    assert all(one["path"].endswith("/test/trans.txt") for one in missing)
    assert all("98.wav" in one["message"] or "99.wav" in one["message"] for one in missing)
    (body,) = bodies(github_server)
    assert body.splitlines()[1] == "### \N{CROSS MARK} No result: m en-US"
    assert "trans.txt:13: " in body.replace("&#95;", "_")
    assert "#artifacts" not in body


def test_compare__annotates_the_transcript_of_what_must_pass(
    project: Project, github_server: GitHubServer
) -> None:
    project.write_training(USELESS)
    assert compare(project, github_server, "--must-pass", "03.wav").code == 3
    shown = check(github_server)
    assert "but 03.wav must pass" in shown["output"]["title"]
    (found,) = [item for item in shown["annotations"] if item["title"] == "must-pass"]
    assert (found["path"].rpartition("/")[2], found["start_line"]) == ("trans.txt", 3)
    assert re.fullmatch(r"03\.wav must pass and has \d+ errors?\.", found["message"])


def test_compare__annotates_the_zip_that_has_the_transcript(
    project: Project, github_server: GitHubServer
) -> None:
    shutil.make_archive(str(project.folder / "test"), "zip", project.folder / "test")
    project.write_training(USELESS)
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("test-data: test", "test-data: test.zip"))
    assert compare(project, github_server, "--must-pass", "03.wav").code == 3
    (found,) = [item for item in check(github_server)["annotations"] if item["title"] == "must-pass"]
    assert found["path"].endswith("/test.zip")


def test_compare__completes_its_check_with_an_error_of_no_file(
    project: Project, github_server: GitHubServer
) -> None:
    """What the data breaks is annotated besides."""
    (project.folder / "training.txt").write_text("twice\ntwice\n", encoding="utf-8-sig")
    answer = compare(project, github_server, "--base-model", "no-such-model")
    shown = check(github_server)
    assert (shown["conclusion"], shown["output"]["title"]) == ("failure", "No result")
    assert "no-such-model" in shown["output"]["summary"]
    assert "no-such-model" in answer.text
    first, *others = shown["annotations"]
    assert (first["path"], first["annotation_level"]) == (".github", "failure")
    assert "no-such-model" in first["message"]
    found = {one["path"].rpartition("/")[2]: one["annotation_level"] for one in others}
    assert found == {"training.txt": "notice", "test": "notice"}


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
def test_compare__that_outlasts_its_job_has_a_neutral_check(
    project: Project, github_server: GitHubServer
) -> None:
    answer = compare(project, github_server, "--max-wait", "10m")
    assert answer.code == 0, answer.text
    shown = check(github_server)
    assert (shown["status"], shown["conclusion"]) == ("completed", "neutral")
    assert shown["output"]["title"] == "Not finished yet"
    assert "failure" not in {one["annotation_level"] for one in shown["annotations"]}


def test_compare__of_uncommitted_data_has_its_check_on_the_commit(
    project: Project, github_server: GitHubServer
) -> None:
    (project.folder / ".gitignore").write_text(".speechops\n*.json\noutputs.txt\n")
    git(project, "init", "--quiet")
    commit(project)
    project.write_training(HELPFUL[:8])
    words = ("--github-token", "job-token")
    answer = project.run("compare", *words, environment={**environment(project, github_server), **PATH})
    assert answer.code == 0, answer.text
    assert "-dirty" in answer.text
    assert check(github_server)["head_sha"] == project.commit


def test_compare__completes_its_check_when_the_service_refuses(
    project: Project, github_server: GitHubServer
) -> None:
    answer = compare(project, github_server, "--base-model", "no-such-model")
    assert answer.code != 0
    assert check(github_server)["conclusion"] == "failure"


def test_compare__whose_report_cannot_be_made_has_its_verdict_and_a_red_check(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise StoreError("The store cannot be read.")

    monkeypatch.setattr(reporting, "of_run", refuse)
    answer = compare(project, github_server)
    assert answer.code == 1, answer.text
    assert answer.outputs["verdict"] == "better"
    shown = check(github_server)
    assert (shown["conclusion"], shown["output"]["title"]) == ("failure", "No result")
    assert "The store cannot be read." in shown["output"]["summary"]


def test_compare__outside_of_a_pull_request_writes_nothing(
    project: Project, github_server: GitHubServer
) -> None:
    (project.folder / "event.json").write_text("{}", encoding="utf-8")
    assert compare(project, github_server, GITHUB_EVENT_NAME="push").code == 0
    assert [call for call in github_server.calls if call.method != "GET"] == []


def test_compare__of_what_is_the_benchmark_already_says_so(
    project: Project, github_server: GitHubServer
) -> None:
    project.run("train-data")
    assert compare(project, github_server).code == 0
    assert check(github_server)["conclusion"] == "success"
    assert "nothing to train" in bodies(github_server)[0]


def test_compare__of_what_is_the_benchmark_on_other_test_data_shows_no_figures_of_that(
    project: Project, github_server: GitHubServer
) -> None:
    project.run("train-data")
    project.write_tests(TESTS[1:])
    answer = compare(project, github_server)
    assert answer.code == 0
    assert answer.outputs["result"] == ""
    assert check(github_server)["conclusion"] == "success"
    for text in (bodies(github_server)[0], check(github_server)["output"]["summary"]):
        assert "tested on other test data: test-data tests it on this" in text
        assert "Passes" not in text
        assert "promotes" not in text


def test_compare__of_two_models_has_a_check_each_and_one_comment(
    project: Project, github_server: GitHubServer
) -> None:
    """One of them has no result: its error stands in the place of one."""
    config = project.folder / "speechops.yml"
    model = config.read_text(encoding="utf-8").partition("  m:\n")[2]
    second = model.replace("training.txt", "other.txt")
    config.write_text(f"models:\n  clinic:\n{model}  ward:\n{second}", encoding="utf-8")
    (project.folder / "other.txt").write_bytes(b"\xff\xfe\xff")
    for _ in range(2):
        assert compare(project, github_server).code == 2
    names = {(one["name"], one["conclusion"]) for one in github_server.state.check_runs}
    assert names == {("Speech: clinic en-US", "success"), ("Speech: ward en-US", "failure")}
    (body,) = bodies(github_server)
    assert "2 models: 1 pass, 1 without a result" in body.splitlines()[1]
    assert "other.txt" in body


# --- the comment's modes ---


@pytest.mark.parametrize(
    ("mode", "training", "written"),
    [
        (Mode.ALWAYS, USELESS, True),
        (Mode.ON_CHANGE, HELPFUL, True),
        (Mode.ON_CHANGE, ["zebras juggle umbrellas"], False),
        (Mode.ON_REGRESSION, HELPFUL, False),
        (Mode.OFF, HELPFUL, False),
    ],
)
def test_comment__is_written_when_it_is_wanted(
    project: Project, github_server: GitHubServer, mode: Mode, training: list[str], written: bool
) -> None:
    project.write_training(training)
    compare(project, github_server, "--comment", mode)
    assert bool(bodies(github_server)) is written


def test_comment__that_is_there_does_not_go_stale(project: Project, github_server: GitHubServer) -> None:
    compare(project, github_server)
    project.write_training(USELESS)
    compare(project, github_server, "--comment", "on-change", run=18)
    (body,) = bodies(github_server)
    assert "inconclusive" in body.splitlines()[1]


def test_comment__follows_a_template_of_the_repository(project: Project, github_server: GitHubServer) -> None:
    template = project.folder / "comment.md.j2"
    template.write_text(
        '{% extends "comment.md.j2" %}{% block introduction %}Ask the pharmacy team.\n\n{% endblock %}',
        encoding="utf-8",
    )
    compare(project, github_server, "--comment-template", str(template))
    assert "Ask the pharmacy team." in bodies(github_server)[0]


# --- when things go wrong ---


def test_compare__for_a_fork_without_leave_to_write_goes_on(
    project: Project, github_server: GitHubServer
) -> None:
    write_event(project, head_repository=FORK)
    answer = compare(project, github_server, token="fork-token")
    assert answer.code == 0, answer.text
    assert "No check on the commit" in answer.text
    assert "No comment on the pull request" in answer.text
    assert bodies(github_server) == []
    assert (project.folder / "report/m/report.json").exists()


def test_comment__of_two_runs_at_once_is_one(
    project: Project, github_server: GitHubServer, tmp_path: Path
) -> None:
    compare(project, github_server, "--comment", "off")  # both find the result
    both = threading.Barrier(2, timeout=30)

    def wait(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/comments"):
            both.wait()

    github_server.before.append(wait)
    answers: list[int] = []

    def run(number: int) -> None:
        env = environment(project, github_server, run=number)
        for name in ("STATE", "STEP_SUMMARY", "OUTPUT"):
            env[f"GITHUB_{name}"] = str(tmp_path / f"{name}-{number}")
        words = project.arguments(
            "compare", "--github-token", "job-token", "--report-folder", str(tmp_path / f"report-{number}")
        )
        answers.append(App(env, io.StringIO(), project.clock).run(words))

    runs = [threading.Thread(target=run, args=(number,)) for number in (21, 22)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert answers == [0, 0]
    (body,) = bodies(github_server)
    assert "run=22" in body


def test_comment__is_found_among_three_hundred(project: Project, github_server: GitHubServer) -> None:
    for number in range(150):
        github_server.state.add_comment(7, f"talk {number}", login="octocat")
    compare(project, github_server)
    for number in range(150):
        github_server.state.add_comment(7, f"more {number}", login="octocat")
    compare(project, github_server, run=18)
    assert sum("speechops:comment" in body for body in bodies(github_server)) == 1
    assert len(bodies(github_server)) == 301


def test_compare__waits_out_a_secondary_rate_limit(
    project: Project, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    project.clock = github_clock
    github_server.writes_per_minute = 2
    answer = compare(project, github_server)
    assert answer.code == 0, answer.text
    assert check(github_server)["conclusion"] == "success"
    assert len(bodies(github_server)) == 1


def test_compare__goes_on_where_its_check_cannot_be_completed(
    project: Project, github_server: GitHubServer
) -> None:
    def break_down(method: str, path: str) -> None:
        if method == "PATCH" and "check-runs" in path and github_server.state.check_runs[0].get("output"):
            github_server.fail("PATCH", "check-runs", 500, times=99)

    github_server.before.append(break_down)
    answer = compare(project, github_server)
    assert answer.code == 0, answer.text
    assert answer.text.count("could not be completed") == 2
    assert "The post step will retry" in answer.text
    assert len(bodies(github_server)) == 1


def test_comment__of_any_length_is_cut_with_a_pointer(project: Project, github_server: GitHubServer) -> None:
    template = project.folder / "long.md.j2"
    template.write_text(
        '{% extends "comment.md.j2" %}{% block introduction %}'
        "{% for one in range(4000) %}A line of fifty letters, to make it long.\n{% endfor %}{% endblock %}",
        encoding="utf-8",
    )
    answer = compare(project, github_server, "--comment-template", str(template))
    assert answer.code == 0, answer.text
    (body,) = bodies(github_server)
    assert 50_000 < len(body.encode()) <= LIMIT
    assert body.rstrip().endswith("The rest is in the report of the run.")


@pytest.mark.service(progress=AfterReads(10**9))
def test_check__of_a_killed_process_is_completed_by_the_post_step(
    project: Project, github_server: GitHubServer
) -> None:
    project.commit = HEAD
    words = project.arguments("compare", "--github-token", "job-token", "--comment", "off")
    env = {**os.environ, **environment(project, github_server)}
    with subprocess.Popen(
        [sys.executable, "-m", "speechops", *words], env=env, stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not github_server.state.check_runs and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    assert check(github_server)["status"] == "in_progress"
    state = read_outputs((project.folder / "state.txt").read_text(encoding="utf-8"))
    after = {
        **environment(project, github_server),
        "STATE_checks": state["checks"],
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    output = io.StringIO()
    assert App(after, output, project.clock).finish() == 0
    assert (check(github_server)["status"], check(github_server)["conclusion"]) == ("completed", "cancelled")
    assert App(after, io.StringIO(), project.clock).finish() == 0  # once is enough


def test_post_step__without_a_check_does_nothing(project: Project, github_server: GitHubServer) -> None:
    assert App(environment(project, github_server), io.StringIO(), project.clock).finish() == 0
    assert github_server.calls == []


# --- the page, which has an address once it is uploaded ---

PAGE = "https://github.example/octo-team/speech-data/actions/runs/17/artifacts/5"


def link_report(
    project: Project,
    server: GitHubServer,
    page: str = PAGE,
    token: str = "job-token",  # noqa: S107 - invented
    **env: Any,  # noqa: ANN401 - text, and the number of a run
) -> Answer:
    words = (
        "--github-token",
        token,
        "--report-folder",
        str(project.folder / "report"),
        "--report-page",
        page,
    )
    arguments = ("link-report", "--config", str(project.folder / "speechops.yml"), *words)
    return project.invoke(*arguments, environment=environment(project, server, **env))


def test_link_report__leads_from_the_comment_to_the_page_and_its_worst_utterances(
    project: Project, github_server: GitHubServer
) -> None:
    project.promote(HELPFUL)
    project.write_training(HELPFUL[:9])
    compare(project, github_server)
    (before,) = bodies(github_server)
    answer = link_report(project, github_server)
    assert answer.code == 0, answer.text
    (after,) = bodies(github_server)
    assert f"[Full report]({PAGE})" in after
    assert f"({PAGE}&#35;" not in after
    assert f"[11.wav]({PAGE}#u=11.wav) +" in after
    assert "#artifacts" not in after

    def rest(body: str) -> list[str]:
        return [line for line in body.splitlines() if "Full report" not in line]

    assert rest(after) == rest(before)
    link_report(project, github_server, PAGE + "0")  # a later attempt
    assert [f"({PAGE}0#u=11.wav)" in body for body in bodies(github_server)] == [True]


@pytest.mark.parametrize(
    "page", ["https://evil.example/x", PAGE.replace("/17/", "/18/"), f"{PAGE}#u=x)", "", f"{PAGE}\n{PAGE}"]
)
def test_link_report__links_no_other_page(project: Project, github_server: GitHubServer, page: str) -> None:
    compare(project, github_server)
    before = bodies(github_server)
    answer = link_report(project, github_server, page)
    assert answer.code == 2, answer.text
    assert bodies(github_server) == before


def test_link_report__leaves_the_comment_of_a_newer_run_alone(
    project: Project, github_server: GitHubServer
) -> None:
    compare(project, github_server)
    compare(project, github_server, run=18)
    before = bodies(github_server)
    assert link_report(project, github_server).code == 0
    assert bodies(github_server) == before


def test_link_report__without_its_pull_request_report_or_model(
    project: Project, github_server: GitHubServer
) -> None:
    answer = link_report(project, github_server)
    assert answer.code == 2
    assert "Run compare first" in answer.text
    compare(project, github_server)
    (body,) = bodies(github_server)
    answer = link_report(project, github_server, token="")
    assert (answer.code, "no github-token" in answer.text) == (0, True)
    (project.folder / "event.json").write_text("{}", encoding="utf-8")
    answer = link_report(project, github_server, GITHUB_EVENT_NAME="push")
    assert (answer.code, "There is no pull request" in answer.text) == (0, True)
    config = project.folder / "speechops.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + text.partition("models:\n")[2].replace("  m:", "  n:"), encoding="utf-8")
    answer = link_report(project, github_server)
    assert (answer.code, "the page of one model" in answer.text) == (2, True)
    assert bodies(github_server) == [body]


def test_link_report__without_a_comment_or_leave_to_edit_it_is_no_failure(
    project: Project, github_server: GitHubServer
) -> None:
    compare(project, github_server, "--comment", "off")
    answer = link_report(project, github_server)
    assert (answer.code, bodies(github_server)) == (0, []), answer.text
    compare(project, github_server)
    before = bodies(github_server)
    answer = link_report(project, github_server, token="fork-token")
    assert answer.code == 0, answer.text
    assert "::warning" in answer.text
    assert bodies(github_server) == before


# --- the report of a fork's run ---


def publish(project: Project, server: GitHubServer, folder: Path, *more: str, **env: str) -> Answer:
    head = {"id": 99, "head_sha": HEAD, "head_branch": "topic", "head_repository": {"full_name": FORK}}
    payload = project.folder / "event.json"
    payload.write_text(json.dumps({"workflow_run": {**head, "conclusion": "success"}}), encoding="utf-8")
    words = ["publish-report", "--reports", str(folder), "--github-token", "job-token", *more]
    outputs = io.StringIO()
    given = {**environment(project, server, GITHUB_EVENT_NAME="workflow_run"), **env}
    code = App(given, outputs, project.clock).run(words)
    return Answer(code, outputs.getvalue(), {})


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts/speechops-compare-pharmacy/pharmacy"
    folder.mkdir(parents=True)
    (folder / "report.json").write_bytes(report.to_json(made(sentences(30))))
    return tmp_path / "artifacts"


def test_publish__comments_on_the_pull_request_of_the_event(
    project: Project, github_server: GitHubServer, artifact: Path
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    github_server.state.add_pull_request(8, head="e" * 40, head_repository=FORK, head_branch="other")
    answer = publish(project, github_server, artifact)
    assert answer.code == 0, answer.text
    (comment,) = github_server.state.comments
    assert comment["number"] == 7
    assert "pharmacy en-US is better by" in comment["body"]
    assert "not to rely on" in comment["body"]
    assert "https://github.example/octo-team/speech-data/actions/runs/99" in comment["body"]
    assert "actions/runs/17" not in comment["body"]
    assert github_server.state.check_runs == []
    assert "lisinopril" not in comment["body"]


@pytest.mark.parametrize(
    ("head", "repository"), [("e" * 40, FORK), (HEAD, "somebody/else")], ids=["moved on", "another fork"]
)
def test_publish__without_its_pull_request_says_so(
    project: Project, github_server: GitHubServer, artifact: Path, head: str, repository: str
) -> None:
    github_server.state.add_pull_request(7, head=head, head_repository=repository, head_branch="topic")
    answer = publish(project, github_server, artifact)
    assert answer.code == 0
    assert "nothing to comment on" in answer.text
    assert github_server.state.comments == []


@pytest.mark.parametrize(
    "content",
    [b"{}", b"not json", b'{"schema": 1}', b" " * (report.MAX_JSON + 2)],
    ids=["empty", "text", "bare", "huge"],
)
def test_publish__refuses_what_is_no_report(
    project: Project, github_server: GitHubServer, artifact: Path, content: bytes
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    next(artifact.glob("**/report.json")).write_bytes(content)
    answer = publish(project, github_server, artifact)
    assert answer.code == 2
    assert github_server.state.comments == []


def test_publish__of_several_models_is_one_comment_in_the_order_of_their_names(
    project: Project, github_server: GitHubServer, artifact: Path
) -> None:
    """GitHub does not tell apart how the names of owners are written."""
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK.upper(), head_branch="topic")
    content = json.loads(next(artifact.glob("**/report.json")).read_bytes())
    names = ["ward", "clinic", "surgery", "dentist", "pharmacy", "desk"]
    for name in names:
        folder = artifact / f"speechops-compare-{name}/{name}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps({**content, "model": name}), encoding="utf-8")
    answer = publish(project, github_server, artifact)
    assert "The pull request 7 has a comment: http" in answer.text
    (body,) = bodies(github_server)
    assert sorted(names, key=lambda name: body.index(f"{name} en-US")) == sorted(names)


def test_publish__says_when_there_is_nothing_to_say(
    project: Project, github_server: GitHubServer, artifact: Path, tmp_path: Path
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    (tmp_path / "nothing").mkdir()
    assert "The run left no report" in publish(project, github_server, tmp_path / "nothing").text
    answer = publish(project, github_server, artifact, "--comment", "off")
    assert (answer.code, "No comment on pull request 7." in answer.text) == (0, True)
    assert bodies(github_server) == []


@pytest.mark.parametrize(("count", "code"), [(50, 0), (51, 2)])
def test_publish__takes_fifty_reports(
    project: Project, github_server: GitHubServer, artifact: Path, count: int, code: int
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    content = next(artifact.glob("**/report.json")).read_bytes()
    for number in range(count - 1):
        folder = artifact / str(number)
        folder.mkdir()
        (folder / "report.json").write_bytes(content)
    assert publish(project, github_server, artifact).code == code
    assert len(bodies(github_server)) == (code == 0)


@pytest.mark.parametrize(
    ("left_out", "said"), [("token", "github-token"), ("repository", "GITHUB_REPOSITORY")]
)
def test_publish__without_github_says_what_is_missing(
    project: Project, github_server: GitHubServer, artifact: Path, left_out: str, said: str
) -> None:
    more = {"GITHUB_REPOSITORY": ""} if left_out == "repository" else {}
    token = "" if left_out == "token" else "job-token"
    answer = publish(project, github_server, artifact, "--github-token", token, **more)
    assert answer.code == 2
    assert f"publish-report needs {'the environment variable ' if more else ''}{said}" in answer.text


def test_publish__follows_no_link_out_of_the_artifact(
    project: Project, github_server: GitHubServer, artifact: Path, tmp_path: Path
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    path = next(artifact.glob("**/report.json"))
    (tmp_path / "secret.json").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "secret.json")
    assert publish(project, github_server, artifact).code == 2


def test_publish__survives_figures_that_cannot_be(
    project: Project, github_server: GitHubServer, artifact: Path
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    path = next(artifact.glob("**/report.json"))
    content = json.loads(path.read_bytes())
    content["test"]["verdict"]["comparison"]["standard_error"] = 1e-320
    content["test"]["verdict"]["comparison"]["benchmark"] = dict.fromkeys(
        ("hits", "substitutions", "deletions", "insertions"), 0
    )
    content["test"]["verdict"]["reasons"] = ["the difference may be chance"]
    content["test"]["benchmark"]["counts"] = [-(10**18), 10**18, 3, -7]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert publish(project, github_server, artifact).code in {0, 2}


def test_publish__of_hostile_names_keeps_its_form(
    project: Project, github_server: GitHubServer, artifact: Path
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    path = next(artifact.glob("**/report.json"))
    evil = "<!-- speechops:comment key=x run=9 -->\n# @octocat [x](https://evil.example) | <img src=x>"
    content = json.loads(path.read_bytes())
    content["test"]["utterances"][0]["id"] = evil
    content["test"]["verdict"]["notes"] = [evil]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert publish(project, github_server, artifact).code == 0
    body = bodies(github_server)[0]
    for harm in ("<img", "](https://evil", "@octocat", "\n# ", "run=9 -->"):
        assert harm not in body


def test_tests__have_words_to_look_for() -> None:
    assert any("metformin" in sentence for sentence in TESTS)


# --- a maintainer's command for a fork ---


@pytest.fixture
def fork(project: Project) -> Path:
    """What the fork has: its own training text, and settings that nobody is to read."""
    folder = project.folder / "fork"
    folder.mkdir()
    shutil.copytree(project.folder / "test", folder / "test")
    (folder / "training.txt").write_text("\n".join(HELPFUL), encoding="utf-8-sig")
    (folder / "speechops.yml").write_text("models: {evil: {gate: any-improvement}}", encoding="utf-8")
    project.write_training(USELESS)
    return folder


def command(
    project: Project,
    server: GitHubServer,
    fork: Path,
    body: str,
    *,
    actor: str = "maintainer",
    action: str = "created",
    on: str = "pull_request",
) -> Answer:
    server.state.collaborators.update(owner="admin", maintainer="write", reader="read")
    issue = {"number": 7, on: {"url": "https://github.example/x"}}
    number = server.state.add_comment(7, body, login=actor)
    comment = {"id": number, "body": body, "user": {"login": actor}, "author_association": "NONE"}
    payload = {"action": action, "issue": issue, "comment": comment}
    (project.folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    return compare(
        project,
        server,
        "--data-folder",
        str(fork),
        GITHUB_EVENT_NAME="issue_comment",
        GITHUB_ACTOR="maintainer",
        GITHUB_SHA="c" * 40,
    )


@pytest.mark.parametrize(
    ("body", "who"),
    [
        (f"/speech compare {HEAD}", "owner"),
        (f"/speech compare \t{HEAD} ", "maintainer"),
        (f"/speech compare {HEAD}\r\n\r\nThanks!", "maintainer"),
    ],
)
def test_command__compares_the_data_of_the_fork(
    project: Project, github_server: GitHubServer, fork: Path, body: str, who: str
) -> None:
    answer = command(project, github_server, fork, body, actor=who)
    assert answer.code == 0, answer.text
    assert check(github_server)["head_sha"] == HEAD
    assert check(github_server)["name"] == "Speech: m en-US"
    _, comment = bodies(github_server)
    assert "m en-US is better by" in comment.splitlines()[1]
    assert github_server.state.reactions == []


@pytest.mark.parametrize("place", ["training.txt", "test/01.wav", "test"])
def test_command__follows_no_link_of_the_fork(
    project: Project, github_server: GitHubServer, fork: Path, place: str, tmp_path: Path
) -> None:
    path = fork / place
    secret = tmp_path / "secret"
    shutil.move(path, secret)
    path.symlink_to(secret)
    answer = command(project, github_server, fork, f"/speech compare {HEAD}")
    assert answer.code == 2
    assert "leads out of data-folder" in answer.text
