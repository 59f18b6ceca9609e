"""The trial: the recognitions of benchmark and candidate on the same audio, scored and judged.

What was recognised once is stored under the fingerprint of all that determines it. A later run with the same
fingerprint, such as the merge after its pull request, scores the stored text again and asks the service for
nothing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops import corpus, scoring
from speechops.errors import DataError, Place, ServiceError, UsageError, WorkFailed
from speechops.evaluation import judging, vocabulary
from speechops.evaluation.entities import Entities
from speechops.inputs import REUSE
from speechops.registry.documents import (
    Cause,
    Hypothesis,
    ModelReference,
    Recognised,
    ServiceRates,
    TestResult,
)
from speechops.run import percent
from speechops.scoring import Action
from speechops.settings import NEWEST
from speechops.speech import Status, choose_base_model

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from speechops.corpus import DataFile, Leak
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.speech import BaseModel, Evaluation, Model
    from speechops.speech.transcripts import Transcript

_THREADS = 16  # steps that may wait at once; each dataset, training and evaluation takes one


@dataclass(frozen=True, slots=True)
class Trial:
    """A test result and what it took: whether a model was trained, what was found and used again."""

    result: TestResult
    trained: bool
    reused: tuple[str, ...]
    warning: str = ""


def base_model(run: Run, files: Sequence[DataFile]) -> BaseModel:
    """Return the base model to train from, or, without ``files``, to test."""
    pin = run.model.base_model
    choose = partial(
        choose_base_model,
        locale=run.model.locale,
        kinds=tuple(file.kind for file in files),
        today=run.speech.now(),
        pin="" if pin == NEWEST else pin,
    )
    try:
        return choose(run.speech.base_models(locale=run.model.locale))
    except (UsageError, ServiceError):
        return choose(run.speech.base_models())  # which says what there is for other locales


def training_fingerprint(run: Run, files: Sequence[DataFile], base: BaseModel) -> str:
    """Return the fingerprint of all that determines a trained model."""
    weight = run.model.weight_percent
    return corpus.fingerprint(
        ("training", base.id, run.model.locale, str(weight or ""), *(file.fingerprint for file in files))
    )


@dataclass(frozen=True, slots=True)
class Match:
    """Who meets whom, on which audio, and why.

    ``candidate`` is the fingerprint of what makes the candidate, empty where the benchmark is tested alone.
    ``leaks`` are what of the test data the candidate learns from.
    """

    test: DataFile
    benchmark: ModelReference
    candidate: str
    cause: Cause
    leaks: tuple[Leak, ...] = ()

    @property
    def key(self) -> str:
        """The fingerprint of all that determines the recognitions."""
        return corpus.fingerprint(("test", self.test.fingerprint, self.benchmark.id, self.candidate))


def of_base(base: BaseModel) -> ModelReference:
    """Return the reference to a base model."""
    return ModelReference(base.id, base.display_name, base=True, expires=expiry(base))


def expiry(model: BaseModel | Model) -> str:
    """Return the day from which the service no longer transcribes with a model; empty where it told none."""
    return model.transcription_until.date().isoformat() if model.transcription_until else ""


def first_benchmark(run: Run, base: BaseModel) -> ModelReference:
    """Return the benchmark before there is one of ours: the base model, or that of Microsoft's template.

    The template's is taken over by the model that ``old-benchmark: adopt`` names. Its rate alone is not a
    benchmark, as it may be of other test data: the model counts. Raises :class:`UsageError` if the service no
    longer has it, as a candidate would then be compared with something worse without a word.
    """
    old = run.registry.template_benchmark() if run.model.old_benchmark == "adopt" else None
    if old is None:
        return of_base(base)
    story = f"The template's benchmark had a WER of {percent(old.word_error_rate)} ({old.source})."
    model = run.speech.find_model(old.model_id, base=old.base) if old.model_id else None
    if model is None or model.status is not Status.SUCCEEDED or model.locale != run.model.locale:
        raise UsageError(
            f"{story} Its model {old.model_id or '(not named)'} is not in this Speech resource.",
            hint="Name the resource that has it, or set old-benchmark to forget: then the base model is the "
            "benchmark to beat.",
            place=run.model.places.get("old-benchmark"),
        )
    run.console.line(f"{story} Its model {model.display_name} is the benchmark to beat.")
    return ModelReference(model.id, model.display_name, base=old.base, expires=expiry(model))


def standing(run: Run, benchmark: ModelReference, base: BaseModel) -> tuple[ModelReference, str]:
    """Return the model to beat, and a warning where it is the base model, as the benchmark can stand no more.

    Without it the way would be barred for ever: no candidate could be tested beside a model that is gone.
    """
    end = ended(run, benchmark)
    if not end:
        return benchmark, ""
    return of_base(base), f"The benchmark {benchmark.name} {end}: {base.display_name} is the one to beat."


def ended(run: Run, benchmark: ModelReference) -> str:
    """Say how a benchmark ended that the service can no longer test; nothing where it can."""
    model = run.speech.find_model(benchmark.id, base=benchmark.base)
    if model is None:
        return "is gone from the service"
    if model.transcription_until and model.transcription_until <= run.speech.now():
        return f"expired on {model.transcription_until:%Y-%m-%d}"
    return ""


def run(
    run: Run,
    test: DataFile,
    files: Sequence[DataFile],
    base: BaseModel,
    pointer: Pointer | None,
    cause: Cause,
) -> Trial:
    """Train a candidate from ``files``, test it beside the benchmark on ``test``, store and judge the result.

    Raises :class:`ServiceError` as the service refuses; what a refused run made is deleted again.
    """
    training = training_fingerprint(run, files, base)
    benchmark = pointer.benchmark.reference if pointer else first_benchmark(run, base)
    match = Match(test, benchmark, training, cause, corpus.leaks(test, files))
    refuse_leaks(run, match.leaks)
    if known := reuse(run, match):
        return known
    benchmark, warning = standing(run, benchmark, base)
    match = replace(match, benchmark=benchmark)

    def trained(entities: Entities) -> ModelReference:
        vocabulary.remember(run.registry, run.model, training, files)
        return candidate_reference(entities.candidate(files, base, training), training)

    return replace(reuse(run, match) or play(run, match, trained), warning=warning)


def run_base(run: Run, test: DataFile, benchmark: ModelReference, base: BaseModel) -> Trial:
    """Test a base model, untrained, beside the benchmark; store and judge the result."""
    match = Match(test, benchmark, base.id, Cause.BASE_MODEL)
    return reuse(run, match) or play(run, match, lambda _: of_base(base))


def run_alone(run: Run, test: DataFile, benchmark: ModelReference, cause: Cause) -> Trial:
    """Test the benchmark alone on ``test`` and store the result."""
    match = Match(test, benchmark, "", cause)
    stored = run.registry.result(run.model.name, test.fingerprint, match.key)
    if stored is None:
        return play(run, match, lambda _: None)
    run.console.line(f"This data was tested before, by run {stored.run}: the stored result stands.")
    return Trial(judge(run, stored, ()), trained=False, reused=(f"result {stored.name}",))


def is_evidence(run: Run, result: TestResult, *causes: Cause) -> bool:
    """Whether a test was made for the branch of this run, and for one of ``causes`` (``train-data``).

    A run outside of GitHub knows no branch: whoever starts it may use the tests of any.
    """
    return result.cause in (causes or (Cause.TRAIN_DATA,)) and (not run.branch or result.branch == run.branch)


def reuse(run: Run, match: Match) -> Trial | None:
    """Return the trial that a stored result stands for, None if it must be made.

    What decides on this branch rests on a test of this branch. The text that a pull request has stored is not
    used for it: it is fetched again from the service's own evaluation.

    A verdict that promotes, or asks whether to, is of no use without its model: if that was deleted, the
    trial is made again. What a new base model would bring is known without it.
    """
    results = list(run.registry.results_of(run.model.name, match.test.fingerprint, match.key))
    if match.cause is Cause.TRAIN_DATA:
        alone = run.settings[REUSE] == "main"
        own = [
            result for result in results if is_evidence(run, result) and (not alone or result.run == run.id)
        ]
        if results and not own and not alone:
            return fetch_again(run, match)
        results = own
    stored = next(iter(results), None)
    if stored is None or stored.candidate is None:
        return None
    again = replace(
        stored, cause=match.cause, commit=run.commit, run=run.id, created=run.now(), branch=run.branch
    )
    result = judge(run, again, match.leaks)
    needed = match.cause is not Cause.BASE_MODEL and judging.verdict(result).action in {
        Action.PROMOTE,
        Action.ASK,
    }
    if needed and not stored.candidate.base and find_model(run, stored.candidate.id) is None:
        return None
    run.console.line(f"This data was tested before, by run {stored.run}: the stored result decides.")
    run.registry.store_result(result)
    return Trial(result, trained=False, reused=(f"result {stored.name}",))


def fetch_again(run: Run, match: Match) -> Trial | None:
    """Judge what the service's own evaluation of this very test recognized; None if it has none.

    The evaluation has to name the same models and test data by their fingerprints.
    """
    for evaluation in run.speech.evaluations(locale=run.model.locale):
        if evaluation.fingerprint != match.key or not run.owns(evaluation):
            continue
        model = find_model(run, evaluation.model2.id if evaluation.model2 else "")
        if (
            evaluation.status is not Status.SUCCEEDED
            or evaluation.model1 is None
            or evaluation.model1.id != match.benchmark.id
            or model is None
            or model.fingerprint != match.candidate
            or not _is_of(run, evaluation.dataset_id, match.test.fingerprint)
        ):
            continue
        run.console.line("A pull request tested this data: its recognized text is fetched again and judged.")
        result = judge(
            run, collect(run, match, evaluation, candidate_reference(model, match.candidate)), match.leaks
        )
        run.registry.store_result(result)
        return Trial(result, trained=False, reused=(f"evaluation {evaluation.display_name}",))
    return None


def _is_of(run: Run, dataset: str, fingerprint: str) -> bool:
    """Whether a dataset of the service has this fingerprint; one that was deleted to make room counts."""
    try:
        return run.speech.dataset(dataset).fingerprint == fingerprint
    except ServiceError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return True
        raise


def candidate_reference(model: Model, training: str) -> ModelReference:
    """Return the reference to a trained model, with the commit that it was trained from."""
    commit = model.custom_properties.get("speechops-commit", "")
    return ModelReference(
        model.id,
        model.display_name,
        base=False,
        training=training,
        commit="" if commit == "local" else commit,
        expires=expiry(model),
    )


def play(run: Run, match: Match, candidate: Callable[[Entities], ModelReference | None]) -> Trial:
    """Import the test data while ``candidate`` is made, let the service test, store and judge the result."""
    with ThreadPoolExecutor(_THREADS) as executor:
        entities = Entities(run, match.cause, executor)
        try:
            imported = entities.dataset_later(match.test)
            challenger = candidate(entities)
            evaluation = entities.evaluation(
                match.benchmark, challenger or match.benchmark, imported(), match.key
            )
            unjudged = collect(run, match, evaluation, challenger)
        except ServiceError as error:
            entities.undo(error)
            raise
    result = judge(run, unjudged, match.leaks)
    run.registry.store_result(result)
    entities.done_with((match.test,))
    return Trial(result, entities.trained, tuple(entities.reused))


def find_model(run: Run, model_id: str) -> Model | None:
    """Return a trained model, None where the service does not have it, or not any more."""
    if not model_id:
        return None
    try:
        model = run.speech.model(model_id)
    except ServiceError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return model if model.status is Status.SUCCEEDED else None


def collect(run: Run, match: Match, evaluation: Evaluation, candidate: ModelReference | None) -> TestResult:
    """Fetch what both models recognised and pair it with the transcripts, utterance by utterance."""
    with run.console.step("fetch the recognised text"):
        transcripts = run.speech.transcripts(evaluation.id)
    heard1, heard2 = transcripts.model1, transcripts.model2
    if candidate is not None:
        _refuse_half(evaluation, match.test, heard1, heard2)
    utterances = tuple(
        Recognised(
            utterance.audio,
            utterance.text,
            _hypothesis(heard1[utterance.audio]),
            None if candidate is None else _hypothesis(heard2[utterance.audio]),
            utterance.seconds,
        )
        for utterance in match.test.utterances
        if utterance.audio in heard1
    )
    if not utterances:
        raise WorkFailed(
            f"Evaluation {evaluation.id} has no text for any utterance of the test data.",
            hint="Look at the import report of the test dataset in Speech Studio.",
        )
    return TestResult(
        key=match.key,
        model=run.model.name,
        locale=run.model.locale,
        cause=match.cause,
        commit=run.commit,
        run=run.id,
        created=run.now(),
        test=match.test.fingerprint,
        benchmark=match.benchmark,
        candidate=candidate,
        utterances=utterances,
        missing=tuple(item.audio for item in match.test.utterances if item.audio not in heard1),
        service=_service_rates(evaluation, both=candidate is not None),
        benchmark_counts={},
        branch=run.branch,
    )


def _hypothesis(transcript: Transcript) -> Hypothesis:
    return Hypothesis(transcript.lexical, transcript.display)


def _refuse_half(
    evaluation: Evaluation, test: DataFile, heard1: Container[str], heard2: Container[str]
) -> None:
    """Raise :class:`WorkFailed` where one model's text is missing: its errors would vanish with it."""
    half = [item.audio for item in test.utterances if (item.audio in heard1) != (item.audio in heard2)]
    if half:
        raise WorkFailed(
            f"Evaluation {evaluation.id} has only one model's text for {scoring.some(half)}.",
            hint="Run again: the trained model is kept, and both are tested anew. "
            "If that does not help, delete the evaluation in Speech Studio.",
        )


def _service_rates(evaluation: Evaluation, *, both: bool) -> dict[str, ServiceRates]:
    scores = {"benchmark": evaluation.scores1}
    if both:
        scores["candidate"] = evaluation.scores2
    return {
        role: ServiceRates(score.word_error_rate, score.token_error_rate, score.sentence_error_rate)
        for role, score in scores.items()
        if score
    }


def judge(run: Run, result: TestResult, leaks: Sequence[Leak]) -> TestResult:
    """Score the texts of ``result`` with the rules of today and, beside a candidate, reach the verdict."""
    number = test_number(run, result) if result.candidate else 1
    return judging.judge(run.model, result, leaks, test_number=number)


def test_number(run: Run, result: TestResult) -> int:
    """Return how often this test data has judged candidates, this time included.

    A candidate keeps its place when it is judged again: its merge asks for no more than its pull request did.
    """
    stored = result if result.verdict else run.registry.result(result.model, result.test, result.key)
    if stored and stored.verdict:
        return judging.verdict(stored).test_number
    return len(run.registry.judgements(result.model, result.test) | {result.key[:8]})


def refuse_leaks(run: Run, leaks: Sequence[Leak]) -> None:
    """Say how many test sentences stand in the training data; with ``leaks: refuse`` end there."""
    if not leaks:
        return
    first = leaks[0]
    place = f"{first.file}:{first.line}" if first.line else first.file
    number = scoring.counted(len(leaks), "leak")
    story = f"{number}: test data that also stands in the training data ({first.audio} in {place})"
    if run.model.leaks == "refuse":
        raise DataError(
            f"{story}.",
            hint="Remove them from the training data: they make the error rate look better than it is.",
            place=Place(file=first.file, line=first.line),
        )
    run.console.line(f"{story}. They flatter the candidate.")
