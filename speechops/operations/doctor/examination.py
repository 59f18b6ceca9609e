"""The examination: every check in turn, and the table of what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import SpeechOpsError
from speechops.operations.doctor import inputs, platform, sign_in, speech_resource, storage, targets
from speechops.operations.doctor.patient import Diagnosis, Patient, State
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speechops.run import Run

CHECKS: tuple[tuple[str, Callable[[Patient], Iterator[Diagnosis]]], ...] = (
    ("inputs", inputs.check),
    ("sign-in", sign_in.check),
    ("Speech resource", speech_resource.check),
    ("targets", targets.check),
    ("storage", storage.check),
    ("GitHub", platform.check),
)


def run(run: Run) -> Outcome:
    """Look at everything that the other operations rest on and show what was found."""
    patient = Patient(run)
    diagnoses = examine(patient)
    run.console.table(
        "Doctor",
        ("what", "state", "found", "next step"),
        [(each.subject, each.state, each.found, each.fix) for each in diagnoses],
        numbers=False,
    )
    wrong = [each for each in diagnoses if each.state is State.WRONG]
    warnings = tuple(f"{each.found} {each.fix}".strip() for each in diagnoses if each.state is State.WARNING)
    sentence = _sentence(diagnoses, wrong, warnings)
    return Outcome(
        sentence,
        {"errors": str(len(wrong)), "warnings": str(len(warnings))},
        warnings=warnings,
        error=SpeechOpsError(sentence) if wrong else None,
    )


def _sentence(diagnoses: Sequence[Diagnosis], wrong: Sequence[Diagnosis], warnings: Sequence[str]) -> str:
    if not wrong:
        return f"Nothing is wrong: {len(diagnoses)} checks, {len(warnings)} warnings."
    first, others = wrong[0], len(wrong) - 1
    more = f" {others} more in the table above." if others else ""
    return f"{first.subject}: {first.found} {first.fix}{more}"


def examine(patient: Patient) -> tuple[Diagnosis, ...]:
    """Return what all checks found; one that cannot go on says why, and the next begins."""
    found: list[Diagnosis] = []
    for subject, check in CHECKS:
        try:
            found.extend(check(patient))
        except SpeechOpsError as error:
            found.append(Diagnosis.of(subject, error))
    return tuple(found)
