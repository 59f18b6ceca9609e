"""Inputs, checked and typed, as one frozen value that the rest of the package reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from speechops import clouds, containment, destinations, project, scoring
from speechops.corpus import Kind, Tier
from speechops.errors import Place, UsageError, reason
from speechops.inputs import BY_NAME, Given, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

LOCAL = "local"
NEWEST = "newest"

TRAINING_INPUTS: Mapping[str, Kind] = {
    "training-text": Kind.LANGUAGE,
    "training-structured-text": Kind.LANGUAGE_MARKDOWN,
    "training-pronunciation": Kind.PRONUNCIATION,
    "training-audio": Kind.ACOUSTIC,
    "training-output-formatting": Kind.OUTPUT_FORMATTING,
}


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """One file, or folder, of training data."""

    kind: Kind
    path: Path


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the audio files of a test set are put into groups: a rule on their names, or a table's column."""

    rule: str = ""
    table: Path | None = None  # separated by tabs, or by commas where its name ends in .csv
    column: str = ""

    def __str__(self) -> str:
        """As in settings."""
        return f"{self.table}:{self.column}" if self.table else self.rule


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What one model of the repository is made of and judged by."""

    name: str
    locale: str
    test_data: Path | None
    training: tuple[TrainingFile, ...]
    base_model: str
    weight_percent: int | None
    gate: scoring.Gate
    leaks: str
    replacements: Path | None
    groups: Grouping
    clusters: Grouping
    key_terms: Path | None
    endpoint_id: str
    old_benchmark: str
    places: Mapping[str, Place] = field(default_factory=dict, hash=False, compare=False, repr=False)
    """Where the inputs stand that are read only later: the rules that the model is judged by."""


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """Which speech resource is used, and how."""

    endpoint: str
    region: str
    key: str = field(repr=False)
    project: str
    tier: Tier
    api_version: str
    chosen: bool = True  # whether anyone has named the resource, or the embedded service

    @property
    def is_local(self) -> bool:
        """Whether the embedded service is to be started."""
        return self.endpoint == LOCAL and not self.region

    @property
    def url(self) -> str:
        """The address of the resource, by its custom domain or by its region."""
        return (
            f"https://{self.region}.{clouds.of_region(self.region).service}" if self.region else self.endpoint
        )

    @property
    def is_this_machine(self) -> bool:
        """Whether the service runs here, where no sign-in is asked for."""
        return self.is_local or (not self.region and clouds.is_loopback(self.endpoint))


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where results, records and the benchmark are remembered."""

    account: str
    connection_string: str = field(repr=False)
    sas: str = field(repr=False)
    folder: Path

    @property
    def is_account(self) -> bool:
        """Whether a storage account remembers, rather than the folder."""
        return bool(self.account or self.connection_string or self.sas)


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """How to sign in to Azure where no key is given."""

    client_id: str
    tenant_id: str
    credentials: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operation may ask about what it was told to do."""

    operation: Operation
    models: tuple[ModelSettings, ...]
    several: bool  # whether the repository has several models, asked for or not
    speech: SpeechSettings
    storage: StorageSettings
    identity: IdentitySettings
    local_folder: Path
    data_folder: str
    commit: str
    max_wait: float
    reuse: str
    candidate: str
    to: str
    work: str
    base: str
    environment: str
    require_approval: bool
    github_release: str
    reason: str
    expiry_days: tuple[int, ...]
    new_base_model: str
    keep_models: int
    keep_days: int
    delete: str
    maintenance_issue: bool
    report_folder: Path
    show_transcripts: bool
    include_audio: bool
    comment: str
    comment_template: str  # the text of the file
    reports: Path
    github_token: str = field(repr=False)
    port: int
    described: project.Project | None = field(default=None, repr=False)
    """``speechops.yml``, and in ``destinations`` those that it decides."""
    destinations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Values:
    """The value of each input for one model, with the place to blame if it is wrong."""

    given: Given
    project: project.Project | None
    model: str = ""

    def text(self, name: str) -> str:
        value = self.given.direct(name)
        if value:
            return self._allowed(name, value, Place(input=name))
        if self.project is not None:
            for values in (self._own(), self.project.top):
                if values.get(name, "").strip():
                    return self._allowed(name, values[name].strip(), self.place(name))
        return BY_NAME[name].default

    def is_given(self, name: str) -> bool:
        """Whether anyone has given a value, rather than leave it to the default."""
        kept = () if self.project is None else (self._own(), self.project.top)
        return bool(self.given.direct(name) or any(values.get(name, "").strip() for values in kept))

    def _own(self) -> Mapping[str, str]:
        return {} if self.project is None else self.project.models.get(self.model, {})

    def place(self, name: str) -> Place:
        if self.given.direct(name) or self.project is None:
            return Place(input=name)
        keys: tuple[str, ...] = ("models", self.model, name) if name in self._own() else (name,)
        if keys not in self.project.lines and name.startswith("training-"):
            keys = ("models", self.model, "training-data", name.removeprefix("training-"))
        return self.project.place(*keys)

    def fail(self, name: str, value: str, allowed: str) -> UsageError:
        return UsageError(
            f"{name}: {value!r} is not allowed.", hint=f"Use {allowed}.", place=self.place(name)
        )

    def _allowed(self, name: str, value: str, place: Place) -> str:
        choices = BY_NAME[name].choices
        if choices and value not in choices:
            allowed = " or ".join((", ".join(choices[:-1]), choices[-1]))
            raise UsageError(f"{name}: {value!r} is not allowed.", hint=f"Use {allowed}.", place=place)
        return value

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def parsed(self, name: str, parse: Callable[[str], T], allowed: str) -> T | None:
        """Return the parsed value, None where it is blank; ``parse`` raises ValueError for what is wrong."""
        value = self.text(name)
        if not value:
            return None
        try:
            return parse(value)
        except ValueError:
            raise self.fail(name, value, allowed) from None

    def path(self, name: str, value: str = "") -> Path:
        """Return a path, relative to ``speechops.yml`` where the value stands there."""
        named, place = value or self.text(name), self.place(name)
        if self.project is not None and not self.given.direct(name):
            repository = containment.repository_of(self.project.path)
            return containment.inside(repository, self.project.path.parent, named, name=name, place=place)
        path = Path(named).expanduser()
        return containment.not_led_out(path, name=name, place=place) if self.given.in_actions else path

    def grouping(self, name: str) -> Grouping:
        text = self.text(name)
        table = re.fullmatch(r"(.+\.[ct]sv):(.+)", text)
        return Grouping(table=self.path(name, table[1]), column=table[2]) if table else Grouping(text)

    def paths(self, name: str) -> tuple[Path, ...]:
        """Return paths of data: below ``data-folder`` where one is given, and then not by way of a link."""
        parts = [part.strip() for part in self.text(name).split(",") if part.strip()]
        folder = self.given.direct("data-folder")
        if not folder:
            return tuple(self.path(name, part) for part in parts)
        return tuple(self._contained(name, Path(folder), part) for part in parts)

    def _contained(self, name: str, folder: Path, part: str) -> Path:
        path = folder / part
        inside = path.resolve().is_relative_to(folder.resolve())
        if not inside or any(one.is_symlink() for one in (path, *path.rglob("*"))):
            raise UsageError(
                f"{name}: {part} leads out of data-folder, or holds a link.",
                hint="Data of others is taken as plain files alone.",
                place=Place(input="data-folder"),
            )
        return path


def settle(given: Given) -> Settings:
    """Turn the values given into settings.

    Raises :class:`UsageError` that names the input, its value and what is allowed.
    """
    found = _find_project(given)
    values = _Values(given, found)
    if given.operation is Operation.PUBLISH_REPORT:
        _check_platform(given, values)
    return Settings(
        operation=given.operation,
        models=_models(given, found),
        several=found is not None and len(found.models) > 1,
        speech=_speech(values),
        storage=StorageSettings(
            _storage_account(values),
            values.text("storage-connection-string"),
            values.text("storage-sas"),
            values.path("store-folder"),
        ),
        identity=IdentitySettings(
            values.text("azure-client-id"), values.text("azure-tenant-id"), values.text("azure-credentials")
        ),
        local_folder=values.path("local-folder"),
        data_folder=values.text("data-folder"),
        commit=values.parsed("commit", _commit, "a commit's hexadecimal name") or "",
        max_wait=values.parsed("max-wait", _wait, "a duration such as 90s, 45m or 5h") or 0.0,
        reuse=values.text("reuse"),
        candidate=values.text("candidate"),
        to=values.text("to"),
        work=values.text("work"),
        base=values.parsed("base", _revision, "a commit as git names it, such as main or HEAD~1") or "",
        environment=values.text("environment"),
        require_approval=values.flag("require-approval"),
        github_release=values.text("github-release"),
        reason=" ".join(values.text("reason").split()),
        expiry_days=values.parsed("expiry-days", _days, "days, separated by commas, such as 90,30,7") or (),
        new_base_model=values.text("new-base-model"),
        keep_models=values.parsed("keep-models", _count, "a whole number from 0") or 0,
        keep_days=values.parsed("keep-days", _count, "a whole number from 0") or 0,
        delete=values.text("delete"),
        maintenance_issue=values.flag("maintenance-issue"),
        report_folder=values.path("report-folder"),
        show_transcripts=values.flag("show-transcripts"),
        include_audio=values.flag("include-audio"),
        comment=values.text("comment"),
        comment_template=_comment_template(given, values),
        reports=values.path("reports"),
        github_token=values.text("github-token"),
        port=values.parsed("port", _port, "a number from 0 to 65535") or 0,
        described=found,
        destinations=destinations.named(found, given.direct) if found else {},
    )


def models_described(given: Given, found: project.Project | None) -> tuple[ModelSettings, ...]:
    """Return the models as another state of ``speechops.yml`` describes them. Raises as :func:`settle`."""
    return _models(given, found)


def duration(text: str) -> float:
    """Return the seconds of ``90s``, ``45m``, ``5h`` or ``5h30m``. Raises ValueError."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    if not match or not text:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _wait(text: str) -> float:
    seconds = duration(text)
    if not seconds:
        raise ValueError(text)
    return seconds


def _revision(text: str) -> str:
    """Return what git is to resolve; never an option."""
    if text.startswith("-") or not text.isprintable() or " " in text:
        raise ValueError(text)
    return text


def _check_platform(given: Given, values: _Values) -> None:
    """Raise UsageError where there is no GitHub to publish a report to."""
    if not values.text("github-token"):
        raise UsageError("publish-report needs github-token.", place=Place(input="github-token"))
    if not given.environment.get("GITHUB_REPOSITORY"):
        raise UsageError(
            "publish-report needs the environment variable GITHUB_REPOSITORY, owner/name of the repository.",
            hint="A workflow has it; elsewhere, set it.",
        )


def _comment_template(given: Given, values: _Values) -> str:
    """Read the template. Raises UsageError, before anything is paid for, where it cannot be read."""
    if given.operation is not Operation.COMPARE or not values.text("comment-template"):
        return ""
    path = values.path("comment-template")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"comment-template: {path} cannot be read: {reason(error)}.",
            hint="It extends comment.md.j2: docs/reports.md.",
            place=values.place("comment-template"),
        ) from error


def _commit(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{7,64}", text):
        raise ValueError(text)
    return text.lower()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - the range of TCP
        raise ValueError(text)
    return port


def _percent(text: str) -> int:
    percent = int(text)
    if not 1 <= percent <= 100:  # noqa: PLR2004 - the service's own range
        raise ValueError(text)
    return percent


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError(text)
    return count


def _days(text: str) -> tuple[int, ...]:
    return tuple(sorted(_count(part) for part in text.split(",")))


def _find_project(given: Given) -> project.Project | None:
    named = given.direct("config")
    path = Path(named or BY_NAME["config"].default)
    try:
        there = path.is_file()
    except OSError as error:
        raise UsageError(
            f"config: {path} cannot be read: {reason(error)}.",
            hint="Check the path and its permissions.",
            place=Place(input="config"),
        ) from error
    if there:
        if given.in_actions:
            containment.not_led_out(path, name="config", place=Place(input="config"))
        return project.read_project(path)
    if named:
        raise UsageError(
            f"config: there is no file {named}.",
            hint=f"Paths are relative to the working directory, {Path.cwd()}.",
            place=Place(input="config"),
        )
    return None


_WITHOUT_MODELS = frozenset({Operation.SERVE, Operation.DEMO, Operation.MIGRATE, Operation.PUBLISH_REPORT})


def _models(given: Given, found: project.Project | None) -> tuple[ModelSettings, ...]:
    """Return the models asked for: those of ``speechops.yml``, or one from the inputs alone."""
    if given.operation in _WITHOUT_MODELS:
        return ()
    asked = [name.strip() for name in given.direct("model").split(",") if name.strip()]
    if found is None or not found.models:
        if len(asked) > 1:
            raise UsageError(
                "model: several are named but there is no speechops.yml.", place=Place(input="model")
            )
        return (_model(_Values(given, found), asked[0] if asked else "default"),)
    unknown = [name for name in asked if name not in found.models]
    if unknown:
        known = ", ".join(found.models)
        raise UsageError(
            f"model: {unknown[0]!r} is not in {found.path}.",
            hint=f"It has {known}.",
            place=Place(input="model"),
        )
    return tuple(_model(_Values(given, found, name), name) for name in asked or found.models)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")


def _model(values: _Values, name: str) -> ModelSettings:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"model: {name!r} is not a name.",
            hint="Use up to 48 letters, digits, dots, dashes and underscores.",
            place=Place(input="model"),
        )
    locale = values.text("locale")
    if not locale and values.project is None:
        raise UsageError(
            f"There is no {BY_NAME['config'].default} in {Path.cwd()}.",
            hint="Go to the folder that has it, name it with --config, or describe one model by options "
            "(--locale en-US --test-data FOLDER). docs/configuration.md says what stands in it.",
            place=Place(input="config"),
        )
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{4})?-[A-Z]{2}(-[a-z]+)?", locale):
        problem = f"locale: {locale!r} is not a locale." if locale else f"The model {name} has no locale."
        raise UsageError(problem, hint="Use a form such as en-US.", place=values.place("locale"))
    test = values.paths("test-data")
    if len(test) > 1:
        raise UsageError("test-data: name one zip or one folder.", place=values.place("test-data"))
    return ModelSettings(
        name=name,
        locale=locale,
        test_data=test[0] if test else None,
        training=tuple(
            TrainingFile(kind, path)
            for input_name, kind in TRAINING_INPUTS.items()
            for path in values.paths(input_name)
        ),
        base_model=values.text("base-model"),
        weight_percent=values.parsed("custom-model-weight-percent", _percent, "a whole number from 1 to 100"),
        gate=_gate(values),
        leaks=values.text("leaks"),
        replacements=values.path("replacements") if values.text("replacements") else None,
        groups=values.grouping("groups"),
        clusters=values.grouping("clusters"),
        key_terms=values.path("key-terms") if values.text("key-terms") else None,
        endpoint_id=values.text("endpoint-id"),
        old_benchmark=values.text("old-benchmark"),
        places={name: values.place(name) for name in _READ_LATER},
    )


_READ_LATER = ("old-benchmark", "replacements", "groups", "clusters", "key-terms", "must-pass")


GATE_INPUTS: Mapping[str, str] = {
    "policy": "gate",
    "confidence": "confidence",
    "min-improvement": "min-improvement",
    "margin": "margin",
    "max-regression": "max-regression",
    "min-words": "min-words",
    "min-utterances": "min-utterances",
    "must-pass": "must-pass",
    "on-inconclusive": "on-inconclusive",
    "on-worse": "on-worse",
    "correct-for-repeated-tests": "correct-for-repeated-tests",
}


def _gate(values: _Values) -> scoring.Gate:
    """Hand the gate's inputs to scoring, and its complaint to the place of the input."""
    texts = {key: values.text(name) for key, name in GATE_INPUTS.items()}
    try:
        return scoring.Gate.from_settings({key: text for key, text in texts.items() if text})
    except UsageError as error:
        key = error.place.input if error.place else ""
        raise UsageError(
            error.message, hint=error.hint, place=values.place(GATE_INPUTS.get(key, "gate"))
        ) from error


def _storage_account(values: _Values) -> str:
    account = values.text("storage-account")
    if "/" in account and not values.given.direct("storage-account"):
        destinations.check_host("storage-account", account, values.place("storage-account"))
    return account


def _speech(values: _Values) -> SpeechSettings:
    endpoint = values.text("speech-endpoint")
    region = values.text("speech-region")
    if region and values.given.direct("speech-endpoint") and endpoint != LOCAL:
        raise UsageError(
            "speech-region and speech-endpoint exclude each other.", place=values.place("speech-region")
        )
    if region and not re.fullmatch(r"[a-z0-9]+", region):
        raise values.fail("speech-region", region, "a region's short name such as westeurope")
    if endpoint != LOCAL and not region:
        parts = urlsplit(endpoint)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.username:
            raise values.fail(
                "speech-endpoint", endpoint, "local or https://NAME.cognitiveservices.azure.com"
            )
        if parts.scheme == "http" and not clouds.is_loopback(endpoint):
            raise values.fail("speech-endpoint", endpoint, "https; http is for this machine alone")
        if not values.given.direct("speech-endpoint"):
            destinations.check_host("speech-endpoint", endpoint, values.place("speech-endpoint"))
    return SpeechSettings(
        endpoint=endpoint.rstrip("/"),
        region=region,
        key=values.text("speech-key"),
        project=values.text("speech-project"),
        tier=Tier[values.text("speech-tier")],
        api_version=values.text("api-version"),
        chosen=bool(region) or values.is_given("speech-endpoint"),
    )
