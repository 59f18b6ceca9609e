"""What a model is judged by: groups, clusters, and files that are missed before anything is paid for."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from speechops import command_line, corpus, scoring
from speechops.errors import DataError
from speechops.evaluation import judging, leaks, patterns, recognitions, rules
from speechops.evaluation.leaks import Leaked
from speechops.inputs import LEAKS
from speechops.scoring import Policy, TermRecall, Unit
from speechops.settings import read as settings_of
from speechops.speech import EvaluationTranscripts, SpeechClient
from tests.operations.project import TESTS, USELESS
from tests.report import making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from speechops.corpus import DataFile
    from speechops.run import Run
    from speechops.scoring import Comparison
    from speechops.settings import ModelSettings
    from tests.kit.server import RunningService
    from tests.operations.project import Project

PEOPLE = "audio\tspeaker\taccent\n" + "".join(
    f"{number:02}.wav\tspeaker {number % 6}\t{'Scots' if number < 5 else 'Irish'}\n"
    for number in range(1, 13)
)


def judged(project: Project) -> Comparison:
    """Train, and return what the verdict was reached from."""
    answer = project.run("train-data")
    assert "Traceback" not in answer.text
    assert answer.code in {0, 3}, answer.text
    (result,) = [each for each in project.results() if each.candidate]
    return judging.verdict(result).comparison


def settle(project: Project, settings: str) -> None:
    project.settings = settings
    project.write_training(["please refill the amoxicillin capsules before friday morning"])


def test_clusters__are_drawn_as_one_and_groups_have_a_rate_each(project: Project) -> None:
    (project.folder / "people.tsv").write_text(PEOPLE, encoding="utf-8-sig")
    settle(project, "    groups: people.tsv:accent\n    clusters: people.tsv:speaker\n")
    comparison = judged(project)
    assert (comparison.by_cluster, comparison.units, comparison.utterances) == (True, 6, 12)
    assert [(each.name, each.utterances) for each in comparison.groups] == [("Irish", 8), ("Scots", 4)]


def test_clusters__by_a_pattern_count_towards_the_least_number(project: Project) -> None:
    settle(project, "    clusters: ^[01]\n")
    comparison = judged(project)
    assert (comparison.by_cluster, comparison.units) == (True, 2)  # 01 to 09, 10 to 12
    answer = project.run("compare")
    assert "2 clusters cannot tell progress from chance" in answer.text


def test_key_terms__that_are_not_said_or_found_stop_a_candidate(project: Project) -> None:
    write(project.folder, "terms.txt", "xylophone\n")
    settle(project, "    key-terms: terms.txt\n    key-terms-recall: 100%\n")
    comparison = judged(project)
    assert comparison.key_terms == TermRecall(0, 0, 0)
    assert "no key term is said in the test data" in project.run("compare").text


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("groups: (", "groups: '(' is not a regular expression"),
        ("groups: speaker", "groups: speaker matches no group for any audio file"),
        ("clusters: speaker", "clusters: speaker matches no cluster for any audio file"),
        (
            "clusters: ^0",
            "clusters: ^0 matches no cluster for 3 of 12 audio files of the test data, the first is 10.wav.",
        ),
        (
            "clusters: few.tsv:speaker",
            "matches no cluster for 10 of 12 audio files of the test data, the first is 03",
        ),
        ("clusters: odd.csv:speaker", "odd.csv cannot be used: line 2: "),
        ("must-pass: 0*.wav, hello.wav", "must-pass: no utterance of the test set matches 'hello.wav'."),
        ("gate: { must-pass: '[0-9]*' }", "must-pass: no utterance of the test set matches '[0-9]*'."),
        ("clusters: nobody.tsv:speaker", "nobody.tsv cannot be read"),
        ("groups: people.tsv:mood", "people.tsv cannot be used: it has no column 'mood'"),
        ("replacements: nothing.txt", "nothing.txt cannot be read"),
        (
            "replacements: bad.txt",
            "bad.txt: Line 1 of the replacements does not have the form 'a | b'. Write",
        ),
        ("key-terms: nothing.txt", "nothing.txt cannot be read"),
        ("key-terms-recall: not-worse", "key-terms-recall: the model has no key terms."),
    ],
)
def test_rules__are_refused_before_anything_is_made(
    project: Project, service: RunningService, settings: str, problem: str
) -> None:
    write(project.folder, "people.tsv", PEOPLE)
    write(project.folder, "bad.txt", "no such line\n")
    write(project.folder, "few.tsv", "\n".join(PEOPLE.splitlines()[:3]))
    write(project.folder, "odd.csv", 'audio,speaker\n01.wav,"Ann"Lee\n')
    settle(project, f"    {settings}\n")
    for operation in ("validate", "train-data"):
        answer = project.run(operation)
        assert answer.code == 2, answer.text
        assert problem in answer.text
        assert "Traceback" not in answer.text
    annotated = project.run("validate", environment={"GITHUB_ACTIONS": "true"}).text
    place = "bad.txt,line=1" if "bad.txt" in settings else "speechops.yml,line=7"
    assert f"{place}::" in annotated
    assert not any(service.control.dump().values())


def test_groups__a_quotation_mark_between_tabs_is_a_character(project: Project) -> None:
    table = PEOPLE.replace("Scots", '"Scots')
    (project.folder / "people.tsv").write_text(table, encoding="utf-8-sig")
    settle(project, "    groups: people.tsv:accent\n")
    assert [(each.name, each.utterances) for each in judged(project).groups] == [('"Scots', 4), ("Irish", 8)]


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Let the service tell no text for the last utterances of each model."""

    def forget(of_first: int, of_second: int) -> None:
        whole = SpeechClient.transcripts

        def some(client: SpeechClient, evaluation: str, **options: Any) -> EvaluationTranscripts:  # noqa: ANN401
            found = whole(client, evaluation, **options)
            heard = [dict(sorted(model.items())) for model in (found.model1, found.model2)]
            for texts, number in zip(heard, (of_first, of_second), strict=True):
                for key in list(texts)[len(texts) - number :]:
                    del texts[key]
            return EvaluationTranscripts(heard[0], heard[1])

        monkeypatch.setattr(SpeechClient, "transcripts", some)

    return forget


@pytest.mark.parametrize("lost", [(0, 6), (1, 0)])
def test_train_data__text_of_one_model_alone_judges_nothing(
    project: Project, deaf: Callable[[int, int], None], lost: tuple[int, int]
) -> None:
    deaf(*lost)
    answer = project.run("train-data")
    assert answer.code == 1
    (line,) = [line for line in answer.text.splitlines() if "error: " in line]
    assert "has only one model's text for " in line
    assert "12.wav" in line
    assert "Run again" in line
    assert project.registry.benchmark("m") is None
    assert not project.results()


def test_train_data__what_neither_model_has_text_for_is_said(
    project: Project, deaf: Callable[[int, int], None]
) -> None:
    deaf(1, 1)
    project.settings = "    min-words: 50\n"
    project.write_training(TESTS)
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert "1 utterance without text" in answer.text


@pytest.mark.parametrize("silent", [2, 9])
@pytest.mark.parametrize("policy", Policy)
def test_train_data__too_much_without_text_decides_nothing(
    project: Project, deaf: Callable[[int, int], None], policy: Policy, silent: int
) -> None:
    deaf(silent, silent)
    answer = project.run("train-data", "--gate", policy)
    assert answer.code == 3, answer.text
    assert answer.outputs["verdict"] == "inconclusive", answer.text
    assert f"the service has no text for {silent} of 12 utterances" in answer.text
    assert project.registry.benchmark("m") is None


def test_leaks_excluded__every_rate_is_of_the_rest(project: Project) -> None:
    project.settings = "    leaks: exclude\n    gate: any-improvement\n"
    project.write_training([*TESTS[:4], *(f"{sentence.split()[-1]} {USELESS[0]}" for sentence in TESTS)])
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    (result,) = project.results()
    comparison = judging.verdict(result).comparison
    assert len(comparison.excluded) == 4
    before, after = comparison.benchmark.error_rate, comparison.candidate.error_rate
    pointer = project.registry.benchmark("m")
    assert pointer
    assert pointer.benchmark.error_rate == after
    assert answer.outputs["word-error-rate"] == f"{after:.6f}"
    assert answer.outputs["benchmark-word-error-rate"] == f"{before:.6f}"
    assert (result.benchmark_counts, result.candidate_counts) == (comparison.benchmark, comparison.candidate)
    project.write_training(USELESS)
    assert project.run("test-data").code == 0  # of all utterances, as nothing was trained
    alone = project.results()[-1].benchmark_counts.reference_words
    assert alone > comparison.benchmark.reference_words


def test_leaks_excluded__a_phrase_in_common_leaves_nothing_out(project: Project) -> None:
    project.settings = "    leaks: exclude\n    gate: any-improvement\n"
    project.write_training([TESTS[0], " ".join(TESTS[1].split()[:6])])
    assert project.run("train-data").code == 0
    (result,) = project.results()
    assert result.leaks == 2
    assert judging.verdict(result).comparison.excluded == ("01.wav",)


def test_leaks_refused__phrases_too_though_the_result_is_stored(project: Project) -> None:
    training = [f"{' '.join(TESTS[1].split()[:6])}", *USELESS]
    project.write_training(training)
    compared = project.run("compare")
    (result,) = project.results()
    assert (result.leaks, result.leaked) == (1, ()), compared.text
    project.settings = "    leaks: refuse\n"
    project.write_training(training)
    answer = project.run("compare")
    assert answer.code == 2, answer.text
    assert "1 leak" in answer.text


def test_leaks_excluded__key_terms_are_looked_for_in_the_rest(project: Project) -> None:
    write(project.folder, "terms.txt", "amoxicillin\nwarfarin\n")  # the first is in what is left out
    gate = "    leaks: exclude\n    key-terms: terms.txt\n    key-terms-recall: not-worse\n"
    project.settings = f"{gate}    gate: any-improvement\n"
    project.write_training([TESTS[0], f"warfarin {USELESS[0]}"])
    comparison = judged(project)
    assert comparison.excluded == ("01.wav",)
    assert comparison.key_terms
    assert comparison.key_terms.said == 1
    assert comparison.key_terms.candidate == 1


def test_looks__a_candidate_keeps_its_place_when_it_is_judged_again(project: Project) -> None:
    for sentences in (TESTS, TESTS[:6]):
        project.write_training(sentences)
        assert project.run("compare").code in {0, 3}
    project.write_training(TESTS)
    assert project.run("train-data").code == 0
    numbers = {result.candidate.training: set[int]() for result in project.results() if result.candidate}
    for result in project.results():
        if result.candidate:
            numbers[result.candidate.training].add(judging.verdict(result).test_number)
    assert sorted(numbers.values(), key=sorted) == [{1}, {2}]


def test_leaks__are_looked_for_once_and_not_where_a_stored_result_is_used(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches = []

    def counted(test: DataFile, training: Iterable[DataFile]) -> tuple[corpus.Leak, ...]:
        searches.append(test)
        return search(test, training)

    search = corpus.leaks
    monkeypatch.setattr(corpus, "leaks", counted)
    project.settings = "    leaks: exclude\n    gate: any-improvement\n"
    training = [*TESTS[:4], *(f"{sentence.split()[-1]} {USELESS[0]}" for sentence in TESTS)]
    project.write_training(training)
    answers = [project.run("compare") for _ in range(2)]
    assert [answer.code for answer in answers] == [0, 0], answers[1].text
    assert len(searches) == 1
    assert "(01.wav in " in answers[0].text
    assert "training.txt:1). They make the candidate look better" in answers[0].text
    assert "They make the candidate look better" in answers[1].text
    assert answers[0].outputs["word-error-rate"] == answers[1].outputs["word-error-rate"]
    assert "leaks: test data that also occurs" in answers[1].text
    (result,) = project.results()
    assert len(result.leaked) == 4
    assert len(judging.verdict(result).comparison.excluded) == 4
    project.settings = "    leaks: refuse\n    gate: any-improvement\n"
    project.write_training(training)
    refused = project.run("compare")
    assert refused.code == 2, refused.text
    assert "training.txt:1" in refused.text


@pytest.mark.parametrize("how", corpus.How)
def test_leaks__all_but_a_phrase_make_their_utterance_one(how: corpus.How) -> None:
    found = Leaked.of([corpus.Leak("01.wav", "a", "training.txt", 1, how, 1.0)])
    assert found == Leaked(1, () if how is corpus.How.PHRASE else ("01.wav",))


@pytest.mark.parametrize("line", [0, 3])
@pytest.mark.parametrize("setting", ["report", "exclude", "refuse"])
def test_leaks__are_said_or_refused_at_their_place(setting: str, line: int) -> None:
    said: list[str] = []
    console = SimpleNamespace(line=said.append)
    run = cast("Run", SimpleNamespace(model={LEAKS: setting}, console=console))
    found = [corpus.Leak("01.wav", "a", "training", line, next(iter(corpus.How)), 1.0)]
    place = "(01.wav in training:3)" if line else "(01.wav in training)"
    if setting == "refuse":
        with pytest.raises(DataError) as error:
            leaks.refuse(run, found)
        assert place in error.value.message
        assert error.value.place
        assert (error.value.place.file, error.value.place.line) == ("training", line)
        assert not said
    else:
        leaks.refuse(run, found)
        assert place in said[0]
    leaks.refuse(run, ())
    assert len(said) == (setting != "refuse")


def test_leaks_excluded__nothing_left_is_inconclusive(project: Project) -> None:
    project.settings = "    leaks: exclude\n"
    project.write_training(TESTS)
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert answer.outputs["word-error-rate"] == ""
    assert "0 utterances cannot tell progress from chance" in answer.text
    assert "Traceback" not in answer.text


def test_test_data__utterances_without_text_are_said(
    project: Project, deaf: Callable[[int, int], None]
) -> None:
    deaf(2, 2)
    answer = project.run("test-data")
    assert answer.code == 0, answer.text
    assert " on test, 2 of its utterances without text from the service." in answer.text


@pytest.mark.parametrize(("files", "said"), [(99, []), (250, [100, 200]), (3000, [*range(300, 3001, 300)])])
def test_recognized_text__its_fetching_is_said_ten_times_at_most(files: int, said: list[int]) -> None:
    told: list[str] = []
    show = recognitions._progress(told.append)
    for done in range(1, files + 1):
        show(done, files)
    assert told == [f"{done:,} of {files:,} files" for done in said]


def test_test_data__without_any_text_ends(project: Project, deaf: Callable[[int, int], None]) -> None:
    deaf(12, 12)
    answer = project.run("test-data")
    assert answer.code == 1
    assert "has no text for any utterance of the test data. Check the import report" in answer.text
    assert project.registry.benchmark("m") is None


def test_result__says_what_was_tested(project: Project, deaf: Callable[[int, int], None]) -> None:
    deaf(1, 1)
    event = project.folder / "event.json"
    write(project.folder, event.name, "{}")
    environment = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_RUN_ID": "4711",
    }
    answer = project.run("train-data", environment=environment)
    (result,) = project.results()
    assert (result.model, result.locale, result.cause) == ("m", "en-US", "train-data")
    assert (result.run, result.branch, result.commit) == ("4711", "main", project.commit)
    assert result.missing == ("12.wav",)
    assert [(item.audio, item.reference) for item in result.utterances] == [
        (f"{number:02}.wav", text) for number, text in enumerate(TESTS[:-1], 1)
    ]
    assert {round(item.seconds, 3) for item in result.utterances} == {1.0}
    assert all(item.candidate and item.candidate.lexical == item.reference for item in result.utterances)
    assert any(item.benchmark.lexical != item.reference for item in result.utterances)
    assert result.benchmark.base
    assert result.candidate
    assert (result.candidate.id, result.candidate.base) == (answer.outputs["candidate"], False)


@pytest.mark.parametrize(
    ("operation", "models"), [("test-data", {"benchmark"}), ("train-data", {"benchmark", "candidate"})]
)
def test_result__has_the_services_own_rates_of_each_model(
    project: Project, operation: str, models: set[str]
) -> None:
    assert project.run(operation).code == 0
    (found,) = project.results()
    assert set(found.service) == models
    assert (found.service["benchmark"].word_error_rate or 0) > 0
    if "candidate" in models:
        assert found.service["candidate"].word_error_rate == 0


def model(project: Project, settings: str = "") -> ModelSettings:
    """Return the model as its description has it."""
    settle(project, settings)
    arguments = ["train-data", "--config", str(project.folder / "speechops.yml")]
    (found,) = settings_of(command_line.read(arguments, {})).models
    return found


GROUPED = "    groups: people.tsv:accent\n    clusters: voices.tsv:speaker\n    replacements: same.txt\n"


@pytest.mark.parametrize(
    ("settings", "file", "text"),
    [
        (GROUPED + "    leaks: exclude\n", "", ""),
        (GROUPED + "    confidence: 0.9\n", "", ""),
        (GROUPED + "    metric: token-error-rate\n", "", ""),
        (GROUPED + "    numbers-with-and: true\n", "", ""),
        (GROUPED + "    transcriber-marks: drop\n", "", ""),
        (GROUPED + "    reference-alternatives: true\n", "", ""),
        (GROUPED + "    optional-marks: hebrew-1\n", "", ""),
        (GROUPED.replace("accent", "speaker", 1), "", ""),
        (GROUPED.replace("clusters: voices.tsv:speaker", "clusters: ^(.)"), "", ""),
        (GROUPED, "people.tsv", PEOPLE.replace("Scots", "Welsh")),
        (GROUPED, "voices.tsv", PEOPLE.replace("speaker 5", "speaker 4")),
        (GROUPED, "same.txt", "colour | color\n"),
    ],
)
def test_rules__that_decide_a_verdict_have_a_fingerprint(
    project: Project, settings: str, file: str, text: str
) -> None:
    write(project.folder, "people.tsv", PEOPLE)
    write(project.folder, "voices.tsv", PEOPLE)
    write(project.folder, "same.txt", "grey | gray\n")
    before = rules.fingerprint(model(project, GROUPED))
    assert rules.fingerprint(model(project, f"{GROUPED}    base-model: 20251201\n")) == before
    if file:
        write(project.folder, file, text)
    assert rules.fingerprint(model(project, settings)) != before


def test_rules__key_terms_belong_to_them_where_the_gate_judges_them(project: Project) -> None:
    write(project.folder, "terms.txt", "warfarin\n")
    found = [
        model(project, f"    key-terms: terms.txt\n{gate}") for gate in ("", "    key-terms-recall: 90%\n")
    ]
    before = [rules.fingerprint(each) for each in found]
    write(project.folder, "terms.txt", "aspirin\n")
    after = [rules.fingerprint(each) for each in found]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]


def test_measure__of_a_stored_result_is_the_one_it_was_judged_by(project: Project) -> None:
    project.run("test-data")
    (words,) = project.results()
    tokens = replace(words, normalization=scoring.display_tokens("en-US").key)
    for gate in ("", "    metric: token-error-rate\n"):
        found = model(project, gate)
        assert rules.measure_of(found, words).unit is Unit.WORD
        assert rules.measure_of(found, tokens).unit is Unit.TOKEN


def test_key_terms__are_the_models_own_or_those_with_a_pronunciation(project: Project) -> None:
    own = "    key-terms: terms.txt\n"
    pronounced = "      pronunciation: words.txt\n"
    write(project.folder, "terms.txt", "warfarin\n")
    (project.folder / "words.txt").write_text("naproxen\tna prok sen\naspirin\tas pirin\n", "utf-8-sig")
    assert rules.key_terms(model(project)) == ()
    assert rules.key_terms(model(project, own)) == ("warfarin",)
    assert rules.key_terms(model(project, pronounced)) == ("naproxen", "aspirin")
    assert rules.key_terms(model(project, pronounced + own)) == ("warfarin",)
    (project.folder / "words.txt").write_bytes(b"\xff\xfe\x00")
    found = model(project, pronounced)
    assert rules.key_terms(found) == ()  # validate says what is wrong with it
    (project.folder / "words.txt").unlink()
    assert rules.key_terms(found) == ()


@pytest.mark.parametrize(
    "setting",
    ["groups: odd.tsv:speaker", "clusters: odd.tsv:speaker", "replacements: odd.tsv", "key-terms: odd.tsv"],
)
def test_rules__in_another_encoding_are_refused(project: Project, setting: str) -> None:
    (project.folder / "odd.tsv").write_bytes("audio\tspeaker\n".encode("utf-16"))
    settle(project, f"    {setting}\n")
    answer = project.run("validate")
    assert answer.code == 2, answer.text
    assert "odd.tsv cannot be read" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("setting", ["groups", "clusters"])
def test_rules__a_pattern_that_is_slow_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    def is_slow(rule: str, names: tuple[str, ...]) -> bool:
        return rule == "^(.)" and "12.wav" in names

    monkeypatch.setattr(patterns, "is_slow", is_slow)
    settle(project, f"    {setting}: ^(.)\n")
    answer = project.run("validate")
    assert answer.code == 2, answer.text
    assert f"{setting}: the pattern ^(.) takes more than" in answer.text


def test_groups__one_audio_file_with_a_group_is_enough(project: Project) -> None:
    settle(project, "    groups: ^(12)\n")
    assert project.run("validate").code == 0


def test_groups__of_a_table_with_commas(project: Project) -> None:
    write(project.folder, "people.csv", PEOPLE.replace("\t", ",").replace("Scots", '"Scots, Welsh"'))
    settle(project, "    groups: people.csv:accent\n")
    assert [each.name for each in judged(project).groups] == ["Irish", "Scots, Welsh"]


@pytest.mark.parametrize(
    "setting", ["groups: speaker", "clusters: speaker", "must-pass: hello.wav", "metric: token-error-rate"]
)
def test_rules__of_test_data_refuse_nothing_without_it(project: Project, setting: str) -> None:
    settle(project, f"    {setting}\n")
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("    test-data: test\n", ""))
    answer = project.run("validate")
    assert answer.code == 0, answer.text
    assert "0 leaks" in answer.text


def test_characters__are_counted_without_what_leaks_keep_out_of_a_verdict(project: Project) -> None:
    project.settings = "    leaks: exclude\n"
    project.write_training(USELESS)
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("en-US", "ja-JP"), encoding="utf-8")
    arguments = ["train-data", "--config", str(config)]
    (found,) = settings_of(command_line.read(arguments, {})).models
    tested = making.result([("東京", "東京", "東京"), ("京都市", "京都", "京都市")], locale="ja-JP")
    leaked = Leaked(1, (tested.utterances[0].audio,))
    both = judging.judge(found, tested, leaked).result
    assert [counts.reference_words for counts in both.characters] == [3, 3]
    assert [counts.errors for counts in both.characters] == [1, 0]
    alone = judging.judge(found, replace(tested, candidate=None), leaked).result
    assert [counts.reference_words for counts in alone.characters] == [5]


MARKED = [f"[noise] {sentence}" for sentence in TESTS[:-1]]
MARKED.append("label the {bottle / jar} of prednisone (uh) for the night shift")
WORDS = sum(len(sentence.split()) for sentence in TESTS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("", WORDS + 11 + 2),
        ("    transcriber-marks: drop\n", WORDS + 1),
        ("    transcriber-marks: drop\n    reference-alternatives: true\n", WORDS + 1),
        ("    reference-alternatives: true\n", WORDS + 11 + 1),
    ],
)
def test_transcripts__with_marks_and_alternatives(project: Project, settings: str, words: int) -> None:
    project.settings = settings
    project.write_training(USELESS)
    lines = (f"{number:02}.wav\t{text}" for number, text in enumerate(MARKED, 1))
    (project.folder / "test" / "trans.txt").write_text("\n".join(lines), encoding="utf-8-sig")
    assert project.run("test-data").code == 0
    (result,) = project.results()
    counts = result.benchmark_counts
    assert counts.reference_words == words


@pytest.mark.parametrize(
    "setting",
    [
        "transcriber-marks: remove",
        "optional-marks: arabic-9",
        "reference-alternatives: nist",
        "numbers-with-and: on",
    ],
)
def test_choices_of_normalization__are_refused_by_name(project: Project, setting: str) -> None:
    project.settings = f"    {setting}\n"
    project.write_training(USELESS)
    answer = project.run("validate")
    assert answer.code == 2
    assert setting.split(":", maxsplit=1)[0] in answer.text
