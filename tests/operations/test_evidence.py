"""What promotes a candidate, or leaves it to a person: a test of ``train-data`` on the branch alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops.speech import Evaluation, NewEvaluation, Status
from tests.operations.project import HELPFUL, TESTS, USELESS, Answer, Project
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stub_engine import StubEngine

ASKING = "    on-inconclusive: ask\n    on-worse: ask\n    min-words: 100000\n"


def run(project: Project, operation: str, *more: str, branch: str = "main", tag: str = "") -> Answer:
    """Run an operation as GitHub starts it: compare for a pull request, others for a push or a release."""
    event = project.folder / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}), encoding="utf-8")
    compare = operation == "compare"
    name, reference = ("release", f"refs/tags/{tag}") if tag else ("push", f"refs/heads/{branch}")
    environment = {
        "GITHUB_EVENT_NAME": "pull_request" if compare else name,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/pull/7/merge" if compare else reference,
        "GITHUB_RUN_ID": "70" if compare else "7",
    }
    return project.run(operation, *more, environment=environment)


def choose_gate(project: Project, settings: str, sentences: list[str] = HELPFUL) -> None:
    project.settings = settings
    project.write_training(sentences)


def asked(project: Project) -> str:
    """Train a candidate that the gate leaves to a person; return its id."""
    choose_gate(project, ASKING)
    answer = run(project, "train-data")
    assert answer.outputs["decision"] == "ask", answer.text
    return answer.outputs["candidate"]


def benchmark(project: Project) -> str:
    pointer = project.registry.benchmark("m")
    return pointer.benchmark.reference.id if pointer else ""


def test_deploy__of_an_approved_candidate_names_the_commit_whose_data_was_judged(project: Project) -> None:
    candidate, judged = asked(project), project.commit
    project.commit = "b" * 40
    answer = run(project, "deploy", "--candidate", candidate)
    assert answer.code == 0, answer.text
    pointer = project.registry.benchmark("m")
    assert pointer
    (release,) = project.registry.releases("m")
    assert (pointer.benchmark.commit, release.commit) == (judged, judged)


def test_train_data__a_candidate_to_be_asked_about_whose_model_is_gone_is_made_again(
    project: Project, engine: StubEngine
) -> None:
    candidate = asked(project)
    client(project).delete_model(candidate)
    again = run(project, "train-data")
    assert again.outputs["decision"] == "ask", again.text
    assert again.outputs["candidate"] != candidate
    assert engine.trained == 2


def test_deploy__refuses_the_candidate_of_a_pull_request_with_its_own_gate(project: Project) -> None:
    choose_gate(project, ASKING)
    compared = run(project, "compare")
    assert compared.outputs.get("decision") == "ask", compared.text
    answer = run(project, "deploy", "--candidate", compared.outputs["candidate"])
    assert answer.code == 2
    assert "pull-request run" in answer.text
    assert not benchmark(project)
    assert client(project).endpoints() == ()


def test_deploy__refuses_the_candidate_of_a_comparison_outside_of_github(project: Project) -> None:
    """There is no branch there by which the two could differ."""
    choose_gate(project, ASKING)
    compared = project.run("compare")
    assert compared.outputs.get("decision") == "ask", compared.text
    answer = project.run("deploy", "--candidate", compared.outputs["candidate"])
    assert answer.code == 2
    assert "pull-request run" in answer.text
    assert not benchmark(project)


def test_deploy__refuses_what_the_gate_of_the_branch_refused_though_a_pull_request_asks(
    project: Project,
) -> None:
    choose_gate(project, "    min-words: 100000\n    on-inconclusive: pass\n")
    refused = run(project, "train-data")
    choose_gate(project, ASKING)
    assert run(project, "compare").outputs["decision"] == "ask"
    answer = run(project, "deploy", "--candidate", refused.outputs["candidate"])
    assert answer.outputs.get("deployed", "false") == "false"
    assert not benchmark(project)


def test_deploy__a_pull_request_that_judges_again_cancels_no_approval(project: Project) -> None:
    candidate = asked(project)
    choose_gate(project, "")
    project.commit = "b" * 40
    assert run(project, "compare").outputs["decision"] == "promote"
    project.commit = "a" * 40
    choose_gate(project, ASKING)
    project.clock.advance(2 * 86400)
    run(project, "maintain", "--delete", "at-once", "--keep-models", "0")
    answer = run(project, "deploy", "--candidate", candidate)
    assert answer.outputs["deployed"] == "true", answer.text
    assert benchmark(project) == candidate


@pytest.mark.parametrize(
    ("branch", "setting", "code"),
    [
        ("main", "", 0),
        ("feature", "", 2),
        ("feature", "feature", 0),
        ("main", "feature", 2),
        ("", "feature", 0),  # outside of GitHub there is none to compare with
    ],
)
def test_benchmark__is_moved_by_runs_on_its_branch_alone(
    project: Project, branch: str, setting: str, code: int
) -> None:
    words = ("--branch", setting) if setting else ()
    answer = run(project, "test-data", *words, branch=branch) if branch else project.run("test-data", *words)
    assert answer.code == code, answer.text
    assert bool(benchmark(project)) is (code == 0)


def test_deploy__refuses_a_candidate_of_another_branch(project: Project) -> None:
    """What is done for a tag is done for the default branch."""
    choose_gate(project, ASKING)
    assert run(project, "train-data", branch="feature").code == 2
    assert client(project).models() == ()
    own = ("--branch", "feature")
    candidate = run(project, "train-data", *own, branch="feature").outputs["candidate"]
    for tag in ("", "v1.0.0"):
        answer = run(project, "deploy", "--candidate", candidate, tag=tag)
        assert answer.code == 2
        assert "on branch feature" in answer.text
        assert not benchmark(project)
    assert run(project, "train-data").outputs["candidate"] == candidate
    answer = run(project, "deploy", "--candidate", candidate, tag="v1.0.0")
    assert answer.code == 0, answer.text
    assert benchmark(project) == candidate


def test_train_data__fetches_again_what_a_pull_request_says_was_recognized(project: Project) -> None:
    """The pull request's document says that a useless candidate is perfect; the service knows better."""
    choose_gate(project, "", USELESS)
    run(project, "compare")
    (path,) = documents(project)
    result = json.loads(path.read_bytes())
    for item in result["utterances"]:
        item["candidate"] = item["reference"]
    path.write_text(json.dumps(result), encoding="utf-8")
    answer = run(project, "train-data")
    assert answer.code == 3, answer.text
    assert not benchmark(project)


@pytest.mark.parametrize("of_another", ["model1", "model2", "dataset_id"])
def test_train_data__fetches_no_text_of_another_test(project: Project, of_another: str) -> None:
    """The service's evaluation bears the right fingerprint, and is of another model or other test data."""
    choose_gate(project, "", USELESS)
    assert run(project, "compare").code == 3
    speech = client(project)
    (evaluation,) = speech.evaluations()
    project.write_tests(TESTS[1:])
    choose_gate(project, "", HELPFUL)
    other = run(project, "compare").outputs["candidate"]
    dataset = speech.evaluations()[-1].dataset_id
    assert evaluation.model1
    assert evaluation.model2
    own = {
        "model1": evaluation.model1,
        "model2": evaluation.model2,
        "dataset_id": evaluation.dataset_id,
        of_another: dataset if of_another == "dataset_id" else speech.model(other).reference,
    }
    draft = NewEvaluation(
        display_name=evaluation.display_name,
        locale="en-US",
        custom_properties=evaluation.custom_properties,
        **own,  # type: ignore[arg-type]
    )
    speech.delete_evaluation(evaluation.id)
    forged = speech.entities.create(Evaluation, draft)
    assert speech.evaluation(forged.id).status is Status.SUCCEEDED
    project.write_tests(TESTS)
    choose_gate(project, "", USELESS)
    answer = run(project, "train-data")
    assert answer.code == 3, answer.text
    assert "fetching and judging" not in answer.text
    assert not benchmark(project)


def test_train_data__finds_the_text_under_the_name_of_an_earlier_commit(project: Project) -> None:
    """The result of the commit that tested may be deleted; later commits have stored it again."""
    run(project, "compare")
    (first,) = documents(project)
    project.commit = "b" * 40
    run(project, "compare")
    first.unlink()
    assert len(documents(project)) == 1
    answer = run(project, "train-data")
    assert "fetching and judging" in answer.text
    assert len(client(project).evaluations()) == 1


def of_another_store(project: Project, evaluation: Evaluation) -> None:
    """Make the same evaluation once more, as another store would."""
    assert evaluation.model1
    assert evaluation.model2
    draft = NewEvaluation(
        display_name=evaluation.display_name,
        locale="en-US",
        model1=evaluation.model1,
        model2=evaluation.model2,
        dataset_id=evaluation.dataset_id,
        custom_properties={**evaluation.custom_properties, "speechops-store": "0" * 32},
    )
    forged = client(project).entities.create(Evaluation, draft)
    assert client(project).evaluation(forged.id).status is Status.SUCCEEDED


def test_train_data__fetches_no_text_of_another_store(project: Project) -> None:
    choose_gate(project, "", USELESS)
    assert run(project, "compare").code == 3
    (evaluation,) = client(project).evaluations()
    of_another_store(project, evaluation)
    client(project).delete_evaluation(evaluation.id)
    answer = run(project, "train-data")
    assert answer.code == 3, answer.text
    assert "fetching and judging" not in answer.text


def test_train_data__fetches_the_text_again_though_its_test_data_was_deleted(project: Project) -> None:
    """A free resource keeps no test data."""
    compared = run(project, "compare")
    speech = client(project)
    (evaluation,) = speech.evaluations()
    speech.delete_dataset(evaluation.dataset_id)
    answer = run(project, "train-data")
    assert "fetching and judging" in answer.text
    assert benchmark(project) == compared.outputs["candidate"]
    assert speech.evaluations() == (evaluation,)


def test_compare__again_stores_the_result_for_its_own_commit_and_run(project: Project) -> None:
    run(project, "compare")
    project.commit = "b" * 40
    assert "tested before, by run 70" in project.run("compare", environment={"GITHUB_RUN_ID": "71"}).text
    first, second = project.results()
    assert (second.commit, second.run) == ("b" * 40, "71")
    assert second.created > first.created
    assert second.utterances == first.utterances


def test_compare__of_what_main_has_tested_stores_it_as_a_pull_requests(project: Project) -> None:
    choose_gate(project, "", USELESS)
    run(project, "train-data")
    project.commit = "b" * 40
    assert "tested before" in run(project, "compare").text
    (main, pull_request) = project.results()
    assert (main.cause, main.branch) == ("train-data", "main")
    assert pull_request.cause == "pull-request"
    assert pull_request.branch != "main"


def test_train_data__text_that_is_fetched_again_is_judged_without_leaks_too(project: Project) -> None:
    training = [*TESTS[:4], *(f"{sentence.split()[-1]} {USELESS[0]}" for sentence in TESTS)]
    choose_gate(project, "    leaks: exclude\n    gate: any-improvement\n", training)
    run(project, "compare")
    answer = run(project, "train-data")
    assert "fetching and judging" in answer.text
    result = project.registry.result_named(answer.outputs["result"])
    assert result
    assert result.verdict
    assert len(result.leaked) == len(result.verdict.comparison.excluded) == 4


def test_train_data__a_rejected_candidate_is_known_without_its_model(project: Project) -> None:
    choose_gate(project, "", USELESS)
    rejected = run(project, "train-data").outputs["candidate"]
    client(project).delete_model(rejected)
    answer = run(project, "train-data")
    assert answer.code == 3
    assert "tested before" in answer.text
    assert client(project).models() == ()


def documents(project: Project) -> list[Path]:
    """Return the stored tests of pull requests."""
    return list((project.folder / ".speechops/store/test-results").rglob("*pull-request*.json"))


def test_train_data__after_a_pull_request_names_both_commits(project: Project) -> None:
    run(project, "compare")
    project.commit = "b" * 40
    run(project, "train-data")
    pointer = project.registry.benchmark("m")
    assert pointer
    assert (pointer.benchmark.reference.commit, pointer.benchmark.commit) == ("a" * 40, "b" * 40)


@pytest.mark.parametrize("change", ["gate", "test data", "gate and test data"])
def test_deploy__refuses_an_approval_of_what_was_judged_by_other_rules_or_data(
    project: Project, change: str
) -> None:
    candidate = asked(project)
    if "gate" in change:
        choose_gate(project, ASKING.replace("100000", "100001"))
    if "test data" in change:
        project.write_tests(TESTS[1:])
    answer = run(project, "deploy", "--candidate", candidate)
    assert answer.code == 2
    assert f"different {change}" in answer.text
    assert not benchmark(project)


def test_deploy__refuses_a_candidate_that_the_gate_rejected(project: Project) -> None:
    choose_gate(project, "    min-words: 100000\n")
    rejected = project.run("train-data", environment={"GITHUB_RUN_ID": "41"})
    assert rejected.code == 3
    answer = project.run("deploy", "--candidate", rejected.outputs["candidate"])
    assert answer.code == 2, answer.text
    assert "was rejected by the gate in run 41: inconclusive" in answer.text
    assert not benchmark(project)


def test_deploy__refuses_an_approved_candidate_that_is_gone(project: Project) -> None:
    candidate = asked(project)
    client(project).delete_model(candidate)
    answer = run(project, "deploy", "--candidate", candidate)
    assert answer.code == 2, answer.text
    assert f"The model of the candidate {candidate} is gone from the service." in answer.text
    assert not benchmark(project)


def test_deploy__refuses_an_approval_after_main_tested_other_data_meanwhile(project: Project) -> None:
    """The job that was approved late has the checkout of its own commit."""
    candidate = asked(project)
    project.write_tests(TESTS[1:])
    run(project, "test-data")
    project.write_tests(TESTS)
    answer = run(project, "deploy", "--candidate", candidate)
    assert answer.code == 2
    assert "different test data" in answer.text


@pytest.mark.parametrize("sentences", [USELESS, HELPFUL[:9]], ids=["rejected", "asked"])
def test_deploy__refuses_an_approval_after_main_judged_with_other_data_meanwhile(
    project: Project, sentences: list[str]
) -> None:
    candidate = asked(project)
    project.write_tests(TESTS[1:])
    choose_gate(project, ASKING, sentences)
    assert run(project, "train-data").outputs["improved"] == "false"
    project.write_tests(TESTS)
    choose_gate(project, ASKING)
    answer = run(project, "deploy", "--candidate", candidate)
    assert answer.code == 2, answer.text
    assert "different test data" in answer.text


def test_deploy__approval_of_the_data_that_the_benchmark_is_measured_on_counts(project: Project) -> None:
    run(project, "test-data")
    candidate = asked(project)
    project.write_tests(TESTS[1:])
    choose_gate(project, ASKING, USELESS)
    run(project, "train-data")
    project.write_tests(TESTS)
    choose_gate(project, ASKING)
    assert run(project, "deploy", "--candidate", candidate).outputs["deployed"] == "true"


def test_deploy__approval_judged_against_an_older_benchmark_is_superseded(project: Project) -> None:
    candidate = asked(project)
    choose_gate(project, "    gate: any-improvement\n", HELPFUL[:9])
    newer = run(project, "train-data").outputs["candidate"]
    choose_gate(project, ASKING)
    answer = run(project, "deploy", "--candidate", candidate)
    assert (answer.code, answer.outputs["deployed"]) == (0, "false"), answer.text
    assert "superseded" in answer.text
    assert benchmark(project) == newer


def test_reuse_main__trains_and_tests_by_itself_once(project: Project) -> None:
    compared = run(project, "compare")
    merged = [run(project, "train-data", "--reuse", "main") for _ in range(2)]
    assert [answer.code for answer in merged] == [0, 0], merged[0].text
    assert len({compared.outputs["candidate"], *(answer.outputs["candidate"] for answer in merged)}) == 2
    assert len(client(project).models()) == 2
    assert len(client(project).evaluations()) == 2


def test_reuse_main__another_run_does_all_of_it_again(project: Project, engine: StubEngine) -> None:
    project.run("test-data")
    project.write_training(USELESS)
    costs = []
    for identity in ("1", "1", "2"):  # a run, its second attempt, another run
        before = engine.trained
        project.run("train-data", "--reuse", "main", environment={"GITHUB_RUN_ID": identity})
        costs.append(engine.trained - before)
    assert costs == [1, 0, 1]


def test_deploy__of_two_candidates_that_wait_the_newer_first(project: Project) -> None:
    choose_gate(project, ASKING, HELPFUL[:9])
    older = run(project, "train-data").outputs["candidate"]
    newer = asked(project)
    assert older != newer
    assert run(project, "deploy", "--candidate", newer).outputs["deployed"] == "true"
    choose_gate(project, ASKING, HELPFUL[:9])
    answer = run(project, "deploy", "--candidate", older)
    assert (answer.code, answer.outputs["deployed"]) == (0, "false"), answer.text
    assert answer.text.count("superseded") == 1
    assert benchmark(project) == newer
    assert [release.reference.id for release in project.registry.releases("m")] == [newer]


def numbers(project: Project, cause: str) -> list[int]:
    return [
        result.verdict.test_number for result in project.results() if result.verdict and result.cause == cause
    ]


def test_number_of_a_pull_requests_document__is_not_taken(project: Project) -> None:
    """A lower number asks for less: the document is the pull request's own, and it may write all of them."""
    for sentences in (TESTS[:4], TESTS[:8], HELPFUL):
        choose_gate(project, "", sentences)
        assert run(project, "compare").code in {0, 3}
    assert sorted(numbers(project, "pull-request")) == [1, 2, 3]
    for result in project.results():
        assert result.verdict
        forged = replace(result.verdict, test_number=1)
        project.registry.store_result(
            replace(result, verdict=forged, created="2000-01-01T00:00:00.000000Z", commit="b" * 40)
        )
        project.registry.store_result(replace(result, verdict=forged))
    assert set(numbers(project, "pull-request")) == {1}
    run(project, "train-data")
    assert numbers(project, "train-data") == [3]


def test_number__the_merge_of_an_earlier_pull_request_keeps_it(project: Project) -> None:
    for sentences in (HELPFUL, TESTS[:8], TESTS[:4]):
        choose_gate(project, "", sentences)
        assert run(project, "compare").code in {0, 3}
    choose_gate(project, "", HELPFUL)
    run(project, "train-data")
    assert numbers(project, "train-data") == [1]


def test_number__a_comparison_whose_candidate_is_made_again_keeps_it(project: Project) -> None:
    for sentences in (TESTS[:4], HELPFUL, TESTS[:8]):
        choose_gate(project, "", sentences)
        run(project, "compare")
    choose_gate(project, "", HELPFUL)
    candidate = run(project, "compare").outputs["candidate"]
    assert numbers(project, "pull-request") == [1, 3, 2]  # the last one judged at the end
    client(project).delete_model(candidate)
    assert run(project, "compare").outputs["candidate"] != candidate
    assert numbers(project, "pull-request") == [1, 3, 2]
    run(project, "train-data")
    assert numbers(project, "train-data") == [2]


def test_number__evaluations_of_another_store_do_not_lower_it(project: Project) -> None:
    for sentences in (TESTS[:4], HELPFUL):
        choose_gate(project, "", sentences)
        assert run(project, "compare").code in {0, 3}
    earlier = min(client(project).evaluations(), key=lambda item: str(item.created))
    project.clock.advance(60)
    of_another_store(project, earlier)
    run(project, "train-data")
    assert numbers(project, "train-data") == [2]


def test_number__a_test_whose_evaluation_is_gone_counts_as_earlier(project: Project) -> None:
    for sentences in (TESTS[:4], TESTS[:8]):
        choose_gate(project, "", sentences)
        assert run(project, "compare").code in {0, 3}
    choose_gate(project, "    min-words: 100000\n", HELPFUL)
    for _ in range(2):
        for evaluation in client(project).evaluations():
            client(project).delete_evaluation(evaluation.id)
        run(project, "train-data")
        assert numbers(project, "train-data") == [3]


def test_train_data__tests_of_the_benchmark_alone_are_no_candidates(project: Project) -> None:
    project.run("test-data")
    numbers = []
    for sentences in (USELESS, HELPFUL):
        project.write_training(sentences)
        result = project.registry.result_named(run(project, "train-data").outputs["result"])
        assert result is not None
        assert result.verdict is not None
        numbers.append(result.verdict.test_number)
    assert numbers == [1, 2]
