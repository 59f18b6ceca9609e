"""What the models recognized, fetched from an evaluation of the service and paired with the transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import scoring
from speechops.errors import WorkFailed
from speechops.registry.documents import Hypothesis, Recognised, ServiceRates, TestResult

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from speechops.corpus import DataFile
    from speechops.evaluation.test_spec import TestSpec
    from speechops.registry.documents import ModelReference
    from speechops.run import Run
    from speechops.speech import Evaluation
    from speechops.speech.transcripts import Transcript

_FEW = 100


def collect(run: Run, spec: TestSpec, evaluation: Evaluation, candidate: ModelReference | None) -> TestResult:
    """Fetch what both models recognized and pair it with the transcripts, utterance by utterance."""
    with run.console.step("fetch the recognized text") as update:
        transcripts = run.speech.transcripts(
            evaluation.id, both=candidate is not None, progress=_progress(update)
        )
    benchmark_texts, candidate_texts = transcripts.model1, transcripts.model2
    if candidate is not None:
        _refuse_half(evaluation, spec.test, benchmark_texts, candidate_texts)
    utterances = tuple(
        Recognised(
            utterance.audio,
            utterance.text,
            _hypothesis(benchmark_texts[utterance.audio]),
            None if candidate is None else _hypothesis(candidate_texts[utterance.audio]),
            utterance.seconds,
        )
        for utterance in spec.test.utterances
        if utterance.audio in benchmark_texts
    )
    if not utterances:
        raise WorkFailed(
            f"Evaluation {evaluation.id} has no text for any utterance of the test data.",
            hint="Check the import report of the test dataset in Speech Studio.",
        )
    return TestResult(
        key=spec.key,
        model=run.model.name,
        locale=run.model.locale,
        cause=spec.cause,
        commit=run.commit,
        run=run.id,
        created=run.now(),
        test=spec.test.fingerprint,
        benchmark=spec.benchmark,
        candidate=candidate,
        utterances=utterances,
        missing=tuple(item.audio for item in spec.test.utterances if item.audio not in benchmark_texts),
        service=_service_rates(evaluation, both=candidate is not None),
        branch=run.branch,
    )


def _progress(update: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return what says how far the files are: ten times at most, and not for a few."""

    def show(done: int, of: int) -> None:
        if done % max(_FEW, of // 10) == 0:
            update(f"{done:,} of {of:,} files")

    return show


def _hypothesis(transcript: Transcript) -> Hypothesis:
    return Hypothesis(transcript.lexical, transcript.display)


def _refuse_half(
    evaluation: Evaluation, test: DataFile, benchmark_texts: Container[str], candidate_texts: Container[str]
) -> None:
    """Raise :class:`WorkFailed` if one model's text is missing: its errors would vanish with it."""
    half = [
        item.audio
        for item in test.utterances
        if (item.audio in benchmark_texts) != (item.audio in candidate_texts)
    ]
    if half:
        raise WorkFailed(
            f"Evaluation {evaluation.id} has only one model's text for {scoring.some(half)}.",
            hint="Run again: the trained model is kept, and both are tested again. "
            "If that does not help, delete the evaluation in Speech Studio.",
        )


def _service_rates(evaluation: Evaluation, *, both: bool) -> dict[str, ServiceRates]:
    scores = {"benchmark": evaluation.scores1}
    if both:
        scores["candidate"] = evaluation.scores2
    return {
        role: ServiceRates(
            score.word_error_rate,
            score.token_error_rate,
            score.sentence_error_rate,
            dict(score.token_errors),
        )
        for role, score in scores.items()
        if score
    }
