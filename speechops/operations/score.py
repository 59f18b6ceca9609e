"""``score``: judge what any recognizer wrote to files, against the references and another model's text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops import corpus
from speechops.corpus import transcripts
from speechops.errors import UsageError
from speechops.evaluation import judging, reporting, rules
from speechops.inputs import BENCHMARK_HYPOTHESES, HYPOTHESES, REFERENCES
from speechops.pull_request import check
from speechops.registry.documents import Cause, Hypothesis, ModelReference, Recognised, TestResult
from speechops.run import Outcome, percent

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.inputs import Input
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Judge the texts; for a pull request with a check on its commit."""
    return check.with_check(run, judged, "Scoring the texts")


def judged(run: Run) -> Outcome:
    """Score one or two models on the same references and, of two, judge the candidate by the gate.

    Raises :class:`UsageError` and :class:`DataError` for files that cannot be read or do not belong together.
    """
    references = transcripts.read_references(_given(run, REFERENCES))
    candidate = _given(run, HYPOTHESES)
    benchmark = run.model[BENCHMARK_HYPOTHESES]
    rules.check(
        run.model,
        [transcript.name for transcript in references.transcripts],
        [transcript.text for transcript in references.transcripts],
    )
    first = benchmark or candidate
    heard = transcripts.read_hypotheses(first, references)
    beside = transcripts.read_hypotheses(candidate, references) if benchmark else None
    judgement = judging.judge(
        run.model,
        TestResult(
            key=_fingerprint(references, heard, beside or {}),
            model=run.model.name,
            locale=run.model.locale,
            cause=Cause.SCORE,
            commit=run.commit,
            run=run.id,
            created=run.now(),
            test=_fingerprint(references),
            benchmark=_reference(first),
            candidate=_reference(candidate) if benchmark else None,
            utterances=tuple(
                Recognised(
                    said.name,
                    said.text,
                    Hypothesis(display=heard[said.name]),
                    None if beside is None else Hypothesis(display=beside[said.name]),
                    said.seconds,
                )
                for said in references.transcripts
            ),
            missing=(),
            service={},
        ),
    )
    result = judgement.result
    outcome = judging.outcome(result) if benchmark else _measured(run, result)
    outputs = {name: value for name, value in outcome.outputs.items() if name not in {"candidate", "result"}}
    return replace(outcome, outputs=outputs, report=reporting.of_files(run, judgement))


def _measured(run: Run, result: TestResult) -> Outcome:
    rate = result.benchmark_counts.error_rate
    return Outcome(
        f"{result.benchmark.name}: {rules.rate_label(run.model)} {percent(rate)}.",
        {
            judging.rate_output(rules.measure(run.model).unit): judging.fraction(rate),
            **judging.character_outputs(result),
        },
        result=result,
    )


def _given(run: Run, row: Input[Path | None]) -> Path:
    path = run.model[row]
    if path is None:
        raise UsageError(
            f"score needs {row.name}.",
            hint=f"{row.description}.",
            place=run.model.places.get(row.name),
        )
    return path


def _reference(path: Path) -> ModelReference:
    return ModelReference(id="", name=path.name, base=False)


def _fingerprint(references: transcripts.References, *models: dict[str, str]) -> str:
    said = (
        (item.name, item.text, *(heard.get(item.name, "") for heard in models))
        for item in references.transcripts
    )
    return corpus.fingerprint(("texts", *(text for row in said for text in row)))
