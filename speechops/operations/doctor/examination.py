"""The examination: every check in turn, and the table of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import SpeechOpsError
from speechops.operations.doctor import inputs, platform, sign_in, speech_resource, storage, targets
from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speechops.run import Run

CHECKS: tuple[tuple[str, Callable[[Run], Iterator[Diagnosis]]], ...] = (
    ("inputs", inputs.check),
    ("sign-in", sign_in.check),
    ("Speech resource", speech_resource.check),
    ("targets", targets.check),
    ("storage", storage.check),
    ("GitHub", platform.check),
)


def run(run: Run) -> Outcome:
    """Check everything that the other operations depend on and show the results."""
    diagnoses = examine(run)
    run.console.table(
        "Doctor",
        ("check", "state", "result", "next step"),
        [(diagnosis.subject, diagnosis.state, diagnosis.found, diagnosis.fix) for diagnosis in diagnoses],
        numbers=False,
    )
    wrong = [diagnosis for diagnosis in diagnoses if diagnosis.state is State.WRONG]
    warnings = tuple(
        f"{diagnosis.found} {diagnosis.fix}".strip()
        for diagnosis in diagnoses
        if diagnosis.state is State.WARNING
    )
    sentence = _sentence(diagnoses, wrong, warnings)
    return Outcome(
        sentence,
        {"errors": str(len(wrong)), "warnings": str(len(warnings))},
        warnings=warnings,
        error=SpeechOpsError(sentence) if wrong else None,
    )


def _sentence(diagnoses: Sequence[Diagnosis], wrong: Sequence[Diagnosis], warnings: Sequence[str]) -> str:
    if not wrong:
        return f"No problems: {len(diagnoses)} checks, {len(warnings)} warnings."
    first, others = wrong[0], len(wrong) - 1
    more = f" {others} more in the table above." if others else ""
    return f"{first.subject}: {first.found} {first.fix}{more}"


def examine(run: Run) -> tuple[Diagnosis, ...]:
    """Return the results of all checks; if one cannot continue, it says why, and the next begins.

    What stops several checks is wrong once, where it stopped the first.
    """
    found: list[Diagnosis] = []
    stopped: dict[str, str] = {}
    for subject, check in CHECKS:
        try:
            found.extend(check(run))
        except SpeechOpsError as error:
            first = stopped.setdefault(error.message, subject)
            found.append(
                Diagnosis.of(subject, error)
                if first == subject
                else Diagnosis(subject, State.UNKNOWN, f"It cannot be checked: see {first}.")
            )
    return tuple(found)
