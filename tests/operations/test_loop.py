"""The loop through the command line: changed data, verdict, endpoint, release, and back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from speechops.delivery import endpoint as endpoint_of
from speechops.delivery import smoke_test
from speechops.errors import DataError, SpeechOpsError, WorkFailed
from speechops.registry.documents import Ending, ReleaseKind
from speechops.speech import (
    Endpoint,
    KeyCredential,
    ModelReference,
    NewEndpoint,
    SpeechClient,
    Status,
    open_session,
)
from tests.operations.project import HELPFUL, TESTS, USELESS, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.server import RunningService


def client(project: Project) -> SpeechClient:
    return SpeechClient(
        project.endpoint, credential=KeyCredential("k"), session=open_session(), clock=project.clock
    )


def test_test_data__stores_the_base_models_numbers(project: Project) -> None:
    answer = project.run("test-data")
    assert answer.code == 0, answer.text
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.reference.base
    assert pointer.benchmark.error_rate
    result = project.registry.result_named(pointer.benchmark.result)
    assert result is not None
    assert [item.reference for item in result.utterances] == TESTS
    assert result.candidate is None
    rate = pointer.benchmark.error_rate
    assert answer.outputs["benchmark"] == pointer.benchmark.reference.id
    assert answer.outputs["word-error-rate"] == f"{rate:.6f}"
    assert answer.outputs["result"] == pointer.benchmark.result
    assert f"{pointer.benchmark.reference.name}: WER {100 * rate:.1f} % on test." in answer.text


def test_test_data__benchmark_names_the_data_of_its_result(project: Project) -> None:
    model = project.promote(HELPFUL)
    project.write_tests(TESTS[1:])
    assert project.run("test-data").code == 0
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    result = project.registry.result_named(pointer.benchmark.result)
    assert result is not None
    assert (result.test, result.benchmark.id) == (pointer.benchmark.test, model)
    assert len(result.utterances) == len(TESTS) - 1


def test_test_data__of_earlier_data_again_is_the_latest_test_by_the_rules_of_today(project: Project) -> None:
    rate = project.run("test-data").outputs["word-error-rate"]
    project.write_tests(TESTS[1:])
    project.run("test-data")
    project.write_tests(TESTS)
    (project.folder / "replacements.txt").write_text("the | a\n", encoding="utf-8")
    project.settings = "    replacements: replacements.txt\n"
    project.write_training(HELPFUL)
    project.commit = "b" * 40
    answer = project.run("test-data")
    assert "using the stored result" in answer.text
    assert answer.outputs["word-error-rate"] < rate
    latest = project.results()[-1]
    assert latest.name == answer.outputs["result"]
    assert (latest.commit, len(latest.utterances)) == (project.commit, len(TESTS))
    assert f"{latest.benchmark_counts.error_rate:.6f}" == answer.outputs["word-error-rate"]


def test_train_data__better_moves_the_benchmark_and_keeps_the_candidate(project: Project) -> None:
    before = project.run("test-data")
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert answer.outputs["verdict"] == "better"
    assert answer.outputs["improved"] == "true"
    assert float(answer.outputs["word-error-rate"]) == 0
    assert answer.outputs["benchmark-word-error-rate"] == before.outputs["word-error-rate"]
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.reference.id == answer.outputs["candidate"]
    assert pointer.benchmark.previous is not None
    assert pointer.benchmark.previous.base
    model = client(project).model(answer.outputs["candidate"])
    assert model.custom_properties["speechops-commit"] == project.commit
    assert model.custom_properties["speechops-cause"] == "train-data"
    assert model.display_name.startswith("m-train-data-aaaaaaa-")


def test_train_data__not_better_ends_with_code_3_and_leaves_nothing(project: Project) -> None:
    project.run("train-data")
    state = entities(project)
    project.write_training(USELESS)
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert answer.outputs["improved"] == "false"
    assert "m is not promoted: worse" in answer.text
    assert entities(project) == state
    assert [run.ending for run in project.registry.runs("m")] == [Ending.DONE, Ending.NOT_PROMOTED]


def test_train_data__again_does_nothing_again(project: Project, service: RunningService) -> None:
    first = project.run("train-data")
    service.control.clear_counts()
    answer = project.run("train-data")
    assert answer.code == 0
    assert sum(service.control.counts.values()) == 2  # base models, and whether the benchmark still stands
    assert answer.outputs["candidate"] == first.outputs["candidate"]
    for output in ("verdict", "decision", "improved", "result"):
        assert answer.outputs[output] == first.outputs[output]
    assert answer.outputs["verdict"] == "better"
    assert "nothing to train" in answer.text


@pytest.mark.parametrize("operation", ["test-data", "train-data"])
def test_record__names_the_result_that_was_used_again(project: Project, operation: str) -> None:
    project.write_training(USELESS)
    for _ in range(2):
        project.run(operation)
    first, second = project.registry.runs("m")
    assert not [name for name in first.reused if name.startswith("result ")]
    assert [name.split("/")[0].split()[0] for name in second.reused] == ["result"]
    assert (first.trained, second.trained) == (operation == "train-data", False)


def test_test_data__names_the_one_model_that_it_tests(project: Project) -> None:
    assert "test 20251201 and " not in project.run("test-data").text
    assert "test 20251201 and m-" in project.run("train-data").text


def test_merge__after_its_pull_request_trains_and_tests_nothing_again(project: Project) -> None:
    compared = project.run("compare")
    assert compared.code == 0, compared.text
    assert project.registry.benchmark("m") is None
    project.commit = "b" * 40
    state = entities(project)
    merged = project.run("train-data")
    assert merged.code == 0, merged.text
    assert merged.outputs["candidate"] == compared.outputs["candidate"]
    assert "fetching and judging its recognized text again" in merged.text
    assert entities(project) == state


def test_deploy__endpoint_answers_and_release_is_recorded_once(project: Project) -> None:
    project.run("train-data")
    answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert answer.outputs["version"] == "1.0.0"
    assert "answers as the model did in its test" in answer.text
    again = project.run("deploy")
    assert again.outputs == answer.outputs
    releases = project.registry.releases("m")
    assert [release.version for release in releases] == ["1.0.0"]
    assert releases[0].endpoint == answer.outputs["endpoint-id"]
    assert len(client(project).endpoints()) == 1


def test_deploy__superseded_candidate_is_not_deployed(project: Project) -> None:
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL[:6])
    older = project.run("train-data").outputs["candidate"]
    project.write_training(HELPFUL)
    project.run("train-data")
    answer = project.run("deploy", "--candidate", older)
    assert answer.code == 0
    assert answer.outputs["deployed"] == "false"
    assert "is superseded" in answer.text
    assert client(project).endpoints() == ()


def test_ask__candidate_waits_for_a_person_and_their_approval_promotes_it(project: Project) -> None:
    project.settings = "    on-inconclusive: ask\n    min-words: 100000\n"
    project.write_training(HELPFUL)
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert answer.outputs["decision"] == "ask"
    assert answer.outputs["improved"] == "false"
    assert project.registry.benchmark("m") is None
    deployed = project.run("deploy", "--candidate", answer.outputs["candidate"])
    assert deployed.code == 0, deployed.text
    assert deployed.outputs["deployed"] == "true"
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.reference.id == answer.outputs["candidate"]


def test_deploy__takes_the_name_of_a_candidate_if_only_one_has_it(project: Project) -> None:
    project.settings = "    on-inconclusive: ask\n    min-words: 100000\n"
    project.write_training(HELPFUL)
    asked = project.run("train-data").outputs["candidate"]
    (result,) = project.results()
    assert result.candidate is not None
    twin = replace(result.candidate, id="twin")
    project.registry.store_result(replace(result, candidate=twin, test="0" * 64))
    refused = project.run("deploy", "--candidate", twin.name)
    assert refused.code == 2
    assert asked in refused.text
    assert "twin" in refused.text
    project.registry.store_result(replace(result, candidate=replace(twin, name="other"), test="0" * 64))
    answer = project.run("deploy", "--candidate", result.candidate.name)
    assert answer.code == 0, answer.text
    assert answer.outputs["candidate"] == asked


def test_deploy__takes_the_name_of_the_benchmark_too(project: Project) -> None:
    """Its tests may be older than what the history keeps."""
    project.promote(HELPFUL)
    pointer = project.registry.benchmark("m")
    assert pointer
    shutil.rmtree(project.folder / ".speechops/store/test-results")
    answer = project.run("deploy", "--candidate", pointer.benchmark.reference.name)
    assert answer.code == 0, answer.text
    assert answer.outputs["candidate"] == pointer.benchmark.reference.id


def test_characters__are_reported_of_languages_without_spaces(
    project: Project, service: RunningService
) -> None:
    service.control.add_base_model("ja-JP")
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("en-US", "ja-JP"), encoding="utf-8")
    alone = project.run("test-data")
    assert alone.code == 0, alone.text
    both = project.run("train-data")
    assert float(both.outputs["character-error-rate"]) == 0
    rate = both.outputs["benchmark-character-error-rate"]
    assert alone.outputs["character-error-rate"] == rate != alone.outputs["word-error-rate"]


def test_deploy__nothing_to_deploy_is_the_users_mistake(project: Project) -> None:
    answer = project.run("deploy")
    assert answer.code == 2
    assert "Run train-data first." in answer.text
    project.run("test-data")  # a base model as benchmark is nothing to deploy either
    answer = project.run("deploy")
    assert answer.code == 2
    assert "no trained model is the benchmark yet" in answer.text
    assert client(project).endpoints() == ()


def test_release__messages_name_model_version_and_rate(project: Project) -> None:
    project.promote(HELPFUL[:6])
    deployed = project.run("deploy")
    project.release(HELPFUL)
    back = project.run("rollback")
    first, second, third = project.registry.releases("m")
    assert first.error_rate != second.error_rate == 0
    rate = f"(WER {100 * (first.error_rate or 0):.1f} %)"
    assert f"Release 1.0.0: endpoint {first.endpoint} serves {first.reference.name} {rate}." in deployed.text
    name = first.reference.name
    assert (
        f"Release 1.2.0: endpoint {third.endpoint} serves {name} of release 1.0.0 again {rate}." in back.text
    )


@pytest.mark.parametrize("content", [None, b"version https://git-lfs.github.com/spec/v1\n", b"\xff"])
def test_deploy__test_data_that_cannot_be_read_is_found_before_the_swap(
    project: Project, content: bytes | None
) -> None:
    first = project.release(HELPFUL[:6])
    project.promote(HELPFUL)
    if content is None:
        shutil.rmtree(project.folder / "test")
    else:
        (project.folder / "test" / "trans.txt").write_bytes(content)
    answer = project.run("deploy")
    (endpoint,) = client(project).endpoints()
    last = project.registry.releases("m")[-1]
    assert endpoint_of.serving(endpoint) == last.reference.id
    if content is None:
        assert answer.code == 2
        assert last.reference.id == first
    else:  # what is there has no such utterance
        assert answer.code == 0
        assert "No smoke test: " in answer.text


@pytest.mark.parametrize("error", [WorkFailed("It heard nothing."), DataError("This is no WAV file.")])
def test_deploy__trial_fails_and_the_endpoint_serves_what_it_did(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: SpeechOpsError
) -> None:
    first = project.release(HELPFUL[:6])
    project.promote(HELPFUL)
    monkeypatch.setattr(smoke_test, "check", raising(error))
    assert project.run("deploy").code == error.exit_code
    (endpoint,) = client(project).endpoints()
    assert endpoint_of.serving(endpoint) == first


def test_deploy__first_on_an_endpoint_of_others_dies_and_its_trial_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = client(project)
    base = ModelReference(speech.base_models(locale="en-US")[-1].id, base=True)
    labels = {"team": "clinic"}
    draft = NewEndpoint(display_name="theirs", locale="en-US", model=base, custom_properties=labels)
    theirs = speech.entities.create(Endpoint, draft)
    assert speech.endpoint(theirs.id).status is Status.SUCCEEDED
    options = ("--endpoint-id", theirs.id)
    model = ""
    for sentences in (HELPFUL[:6], HELPFUL):  # the first candidate never gets as far as its trial
        model = project.promote(sentences)
        with monkeypatch.context() as patch:
            patch.setattr(smoke_test, "check", raising(KeyboardInterrupt()))
            assert project.run("deploy", *options).code == 130
        assert endpoint_of.serving(speech.endpoint(theirs.id)) == model
    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", raising(WorkFailed("It heard nothing.")))
        assert project.run("deploy", *options).code == 1
    assert speech.endpoint(theirs.id).model == base
    answer = project.run("deploy", *options)
    assert answer.code == 0, answer.text
    kept = speech.endpoint(theirs.id)
    assert endpoint_of.serving(kept) == model
    assert kept.custom_properties["team"] == "clinic"


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def function(*_: object, **__: object) -> NoReturn:
        raise error

    return function


def test_rollback__goes_back_and_can_be_undone(project: Project) -> None:
    project.write_training(HELPFUL[:10])
    first = project.run("train-data").outputs["candidate"]
    endpoint = project.run("deploy").outputs["endpoint-id"]
    project.write_training(HELPFUL)
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL)
    second = project.run("train-data").outputs["candidate"]
    assert project.run("deploy").outputs["version"] == "1.1.0"

    back = project.run("rollback")
    assert back.code == 0, back.text
    assert back.outputs["candidate"] == first
    assert back.outputs["endpoint-id"] == endpoint
    served = client(project).endpoint(endpoint).model
    assert served is not None
    assert served.id == first
    assert [release.kind for release in project.registry.releases("m")][-1] is ReleaseKind.ROLLBACK

    forth = project.run("rollback", "--to-version", "v1.1.0")
    assert forth.outputs["candidate"] == second
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.reference.id == second


def test_rollback__without_an_earlier_release_is_refused(project: Project) -> None:
    assert project.run("rollback").code == 2
    project.run("train-data")
    project.run("deploy")
    answer = project.run("rollback")
    assert answer.code == 2
    assert "No release before 1.0.0." in answer.text
    assert project.run("rollback", "--to-version", "9.9.9").code == 2


def entities(project: Project) -> list[tuple[str, str]]:
    """Return what is in the service, by kind and name."""
    speech = client(project)
    everything = (*speech.datasets(), *speech.models(), *speech.evaluations(), *speech.endpoints())
    return sorted((entity.noun, entity.display_name) for entity in everything)
