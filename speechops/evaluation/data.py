"""The data of one model as its operations need it: read, checked, and compared for leaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops import corpus
from speechops.corpus import Purpose, Severity
from speechops.errors import DataError, Place, UsageError
from speechops.evaluation import rules
from speechops.inputs import FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speechops.corpus import DataFile, Finding, Leak, Tier
    from speechops.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class Data:
    """Test data and training data of one model; ``about`` are the findings about the model itself."""

    test: DataFile | None
    training: tuple[DataFile, ...]
    severities: Mapping[str, str] = field(default_factory=dict)
    about: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, those about the model first, then test data, with the team's severities."""
        files = (self.test, *self.training) if self.test else self.training
        single = (finding for file in files for finding in file.findings)
        found = (*self.about, *single, *corpus.check_together(self.training))
        return corpus.weighed(found, self.severities)

    def leaks(self) -> tuple[Leak, ...]:
        """Return the test sentences and audio that also occur in the training data."""
        return corpus.leaks(self.test, self.training) if self.test else ()


def read(model: ModelSettings, tier: Tier, *, training: bool = True) -> Data:
    """Read all data of ``model``, or only the test data.

    Raises :class:`DataError` if a file cannot be read at all, :class:`UsageError` where the rules that the
    model is judged by cannot: they are needed when all has been paid for.
    """
    corpus.check_rules(model[FINDINGS], model.places.get("findings"))
    test = None
    if model.test_data is not None:
        test = corpus.read(
            model.test_data, kind=corpus.Kind.ACOUSTIC, purpose=Purpose.TEST, locale=model.locale, tier=tier
        )
    utterances = test.utterances if test else ()
    rules.check(
        model, [utterance.audio for utterance in utterances], [utterance.text for utterance in utterances]
    )
    files = tuple(
        corpus.read(file.path, kind=file.kind, purpose=Purpose.TRAINING, locale=model.locale, tier=tier)
        for file in (model.training if training else ())
    )
    return Data(test, files, model[FINDINGS], _about(model))


def _about(model: ModelSettings) -> tuple[Finding, ...]:
    """Return what is wrong with the model's locale, where it is written, or else at its data."""
    place = model.places.get("locale", Place())
    first = model.test_data or next((file.path for file in model.training), None)
    file = place.file or (first.as_posix() if first else "")
    return corpus.check_locale(model.locale, file, place.line)


def read_for_test(model: ModelSettings, tier: Tier) -> DataFile:
    """Read only the test data, valid for the service.

    Raises :class:`UsageError` if none is named, :class:`DataError` if it breaks a rule.
    """
    data = read(model, tier, training=False)
    if data.test is None:
        raise UsageError(f"The model {model.name} has no test-data.", place=Place(input="test-data"))
    refuse_errors(data.findings)
    return data.test


def read_for_training(model: ModelSettings, tier: Tier) -> tuple[DataFile, tuple[DataFile, ...]]:
    """Read test data and training data, both valid for the service. Raises as :func:`read_for_test`."""
    if not model.training:
        raise UsageError(f"The model {model.name} has no training data.", place=Place(input="training-text"))
    data = read(model, tier)
    if data.test is None:
        raise UsageError(f"The model {model.name} has no test-data.", place=Place(input="test-data"))
    refuse_errors(data.findings)
    return data.test, data.training


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise :class:`DataError` for the first error, saying how many there are."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more; speechops validate lists them.)" if len(errors) > 1 else ""
        raise DataError(
            first.message, hint=f"{first.advice}{more}", place=Place(file=first.file, line=first.line)
        )
