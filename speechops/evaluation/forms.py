"""Which form of the recognized text is scored: always the same for both models of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import scoring
from speechops.errors import WorkFailed
from speechops.registry.documents import Cause, Form
from speechops.scoring import Metric

if TYPE_CHECKING:
    from speechops.registry.documents import TestResult


def choose(result: TestResult, metric: Metric = Metric.WORDS) -> Form:
    """Return the form to score: lexical text if each model gives it for every utterance, else display text.

    Lexical text of one model beside display text of the other would compare two normalizations, not two
    models. The token error rate is of display text. Raises :class:`WorkFailed` if there is no form that both
    have throughout.
    """
    forms = tuple(Form) if metric is Metric.WORDS else (Form.DISPLAY,)
    form = next((form for form in forms if not _lacking(result, form)), None)
    if form is None:
        without = ", ".join(lacking for form in forms for lacking in _lacking(result, form))
        raise WorkFailed(
            f"The recognized texts have no form in common, lexical or display: {without}.",
            hint="Run again. If that does not help, delete the evaluation in Speech Studio.",
        )
    return form


def has_display(result: TestResult) -> bool:
    """Whether transcripts and recognized text are in display form, so that both rates can be reported."""
    spoken = scoring.are_display(item.reference for item in result.utterances)
    return spoken and not _lacking(result, Form.DISPLAY)


def note(result: TestResult) -> str:
    """Explain why display text was scored; empty if lexical text was, or if the texts were given as files."""
    if (
        result.form is Form.LEXICAL
        or result.cause is Cause.SCORE
        or scoring.Unit.TOKEN in result.normalization.split("-")
    ):
        return ""
    without = " and ".join(_lacking(result, Form.LEXICAL))
    return f"display text of both models was scored, through the normalizer: {without}" if without else ""


def _lacking(result: TestResult, form: Form) -> list[str]:
    """Say which models do not give a form for every utterance, and for how many they do not."""
    found = []
    for role, reference in (("benchmark", result.benchmark), ("candidate", result.candidate)):
        hypotheses = [getattr(item, role) for item in result.utterances] if reference else []
        number = sum(not hypothesis.has(form) for hypothesis in hypotheses)
        if reference and number:
            lacking = scoring.counted(number, "utterance")
            found.append(f"the {role} {reference.name} has no {form} text for {lacking}")
    return found
