"""The values of a run, checked and typed: those of the inputs that its operation reads, and no others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from speechops import clouds, destinations, inputs, project, scoring
from speechops.corpus import Kind, Tier
from speechops.errors import Place, UsageError
from speechops.inputs import BY_NAME, GATE_INPUTS, TRAINING_INPUTS, Level
from speechops.lookup import Lookup, find_project
from speechops.resources import SpeechSettings, StorageSettings
from speechops.values import LOCAL, Grouping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.command_line import Invocation
    from speechops.inputs import Input
    from speechops.operations.table import Operation

T = TypeVar("T")

NEWEST = "newest"
"""The value of base-model that means the newest one."""

TRAINING_KINDS: Mapping[str, Kind] = {
    "text": Kind.LANGUAGE,
    "structured-text": Kind.LANGUAGE_MARKDOWN,
    "pronunciation": Kind.PRONUNCIATION,
    "audio": Kind.ACOUSTIC,
    "output-formatting": Kind.OUTPUT_FORMATTING,
}
"""What the service calls each kind of training data, by its key in ``training-data:``."""


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """One file, or folder, of training data."""

    kind: Kind
    path: Path


@dataclass(frozen=True, slots=True)
class Values:
    """The values of inputs, by :class:`~speechops.inputs.Input`, and the place where each was found."""

    operation: Operation
    values: Mapping[str, Any] = field(repr=False)
    places: Mapping[str, Place] = field(repr=False, compare=False)
    given: frozenset[str] = field(repr=False)
    """Names of the inputs with a value other than the default."""

    def __getitem__(self, row: Input[T]) -> T:
        """Return the value of an input that the operation reads."""
        if row.name not in self.values:
            raise AssertionError(f"{self.operation} does not name {row.name} among the inputs that it reads")
        value: T = self.values[row.name]
        return value

    def reads(self, row: Input[Any]) -> bool:
        """Whether the operation reads an input."""
        return row.name in self.values

    def text(self, row: Input[str]) -> str:
        """Return the value of an input, or nothing if the operation does not read it."""
        return self[row] if self.reads(row) else ""


@dataclass(frozen=True, slots=True)
class ModelSettings(Values):
    """The data, training settings and gate of one model."""

    name: str

    @property
    def locale(self) -> str:
        """The language of the model."""
        return self[inputs.LOCALE]

    @property
    def test_data(self) -> Path | None:
        """The audio with transcripts that models are tested on."""
        return self[inputs.TEST_DATA]

    @property
    def training(self) -> tuple[TrainingFile, ...]:
        """The files to train from."""
        return tuple(
            TrainingFile(TRAINING_KINDS[key], path)
            for key, row in TRAINING_INPUTS.items()
            for path in self[row]
        )

    @property
    def gate(self) -> scoring.Gate:
        """The rule by which a candidate passes."""
        found = {key.replace("-", "_"): self[row] for key, row in GATE_INPUTS.items()}
        return scoring.Gate(**found)

    @property
    def groups(self) -> Grouping:
        """The groups to report rates by."""
        return self[inputs.GROUPS]

    @property
    def clusters(self) -> Grouping:
        """The utterances that depend on each other."""
        return self[inputs.CLUSTERS]

    @property
    def endpoint_id(self) -> str:
        """ID of an existing endpoint, blank if the model has its own."""
        return self[inputs.ENDPOINT_ID]


@dataclass(frozen=True, slots=True)
class Settings(Values):
    """The values of one run: those of the run itself here, those of each model in ``models``."""

    models: tuple[ModelSettings, ...]
    several: bool  # whether the repository has several models, named by this run or not
    invocation: Invocation = field(repr=False, compare=False)
    described: project.Project | None = field(repr=False)  # speechops.yml

    @property
    def destinations(self) -> Mapping[str, str]:
        """The destinations of credentials that ``speechops.yml`` sets, of those that the operation uses."""
        if self.described is None:
            return {}
        named = destinations.named(self.described, self.invocation.direct)
        given = {name: value for name, value in named.items() if name in self.values}
        reads = self.reads(inputs.TARGET_KEYS)
        return {**given, **(destinations.of_targets(self.described) if reads else {})}

    @property
    def developer_endpoint(self) -> str:
        """The Speech resource of a developer's own that the run works on; empty if it is the team's."""
        return (self[inputs.DEVELOPER_ENDPOINT] or "") if self.reads(inputs.DEVELOPER_ENDPOINT) else ""

    @property
    def speech(self) -> SpeechSettings:
        """The speech resource that the run works on: the team's, or the developer's own."""
        if self.developer_endpoint:
            return SpeechSettings(
                endpoint=self.developer_endpoint,
                region="",
                key=self[inputs.DEVELOPER_KEY],
                api_version=self.team_speech.api_version,
            )
        return self.team_speech

    @property
    def loop_folder(self) -> Path:
        """Where a developer's own comparisons are remembered."""
        return self[inputs.STORE_FOLDER].parent / "loop"

    @property
    def team_speech(self) -> SpeechSettings:
        """The speech resource that the repository names."""
        return SpeechSettings(
            endpoint=self[inputs.SPEECH_ENDPOINT],
            region=self[inputs.SPEECH_REGION],
            key=self.text(inputs.SPEECH_KEY),
            api_version=self.text(inputs.API_VERSION),
            chosen=bool({"speech-region", "speech-endpoint"} & self.given),
        )

    @property
    def cloud(self) -> clouds.Cloud:
        """The cloud of the Speech resource, whether the operation reads it or not; else the public one."""
        lookup = Lookup(self.invocation, self.described)
        try:
            region = clouds.region(lookup.found("speech-region"))
        except ValueError:
            return clouds.of_address(lookup.found("speech-endpoint")) or clouds.PUBLIC
        return clouds.of_region(region)

    @property
    def tier(self) -> Tier:
        """The pricing tier of the speech resource."""
        return Tier[self[inputs.SPEECH_TIER]]

    @property
    def storage(self) -> StorageSettings:
        """The store."""
        account = self[inputs.STORAGE_ACCOUNT]
        if self.cloud is not clouds.PUBLIC and re.fullmatch(r"[a-z0-9]{3,24}", account):
            account = f"https://{account}.{self.cloud.storage[0]}"
        return StorageSettings(
            account,
            self[inputs.STORAGE_CONNECTION_STRING],
            self.text(inputs.STORAGE_SAS),
            self[inputs.STORE_FOLDER],
        )

    def models_of(self, content: bytes) -> tuple[ModelSettings, ...]:
        """Return the models as another state of ``speechops.yml`` describes them. Raises as :func:`read`."""
        return _models(self.invocation, project.parse_project(self[inputs.CONFIG], content))


def read(invocation: Invocation) -> Settings:
    """Turn the given values into settings.

    Raises :class:`UsageError` that names the input, its value and what is expected.
    """
    operation = invocation.operation
    found = find_project(invocation) if operation.reads(inputs.CONFIG) else None
    levels = (Level.PROJECT, Level.RUN) if operation.reads(inputs.MODEL) else tuple(Level)
    rows = Lookup(invocation, found).all(*levels)
    models = _models(invocation, found) if operation.reads(inputs.MODEL) else ()
    several = found is not None and len(found.models) > 1
    settings = Settings(operation, *rows, models, several, invocation, found)
    _check_addresses(settings)
    _check_written(settings)
    return settings


def _models(invocation: Invocation, found: project.Project | None) -> tuple[ModelSettings, ...]:
    """Return the models named: those of ``speechops.yml``, or one from the inputs alone."""
    place = Place(input="model")
    named = [name.strip() for name in invocation.direct("model").split(",") if name.strip()]
    if found is None or not found.models:
        if len(named) > 1:
            raise UsageError("model: several models need a speechops.yml.", place=place)
        if found is None and not named and not invocation.direct("locale"):
            raise UsageError(
                f"{BY_NAME['config'].default} does not exist in {Path.cwd()}.",
                hint="Change to its folder, set --config, or describe one model by options "
                "(--locale en-US --test-data FOLDER). docs/configuration.md describes the file.",
                place=Place(input="config"),
            )
        return (_model(Lookup(invocation, found), named[0] if named else "default"),)
    unknown = [name for name in named if name not in found.models]
    if unknown:
        raise UsageError(
            f"model: {unknown[0]!r} is not in {found.path}.",
            hint=f"Its models: {', '.join(found.models)}.",
            place=place,
        )
    return tuple(_model(Lookup(invocation, found, name), name) for name in named or found.models)


LONGEST_NAME = 48
"""The most characters of a model's name."""

MODEL_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
_WRITTEN = (inputs.STORE_FOLDER, inputs.REPORT_FOLDER, inputs.LOCAL_FOLDER)


def _model(lookup: Lookup, name: str) -> ModelSettings:
    if not MODEL_NAME.fullmatch(name):
        raise lookup.invalid(
            inputs.MODEL,
            name,
            f"up to {LONGEST_NAME} letters, digits, dots, dashes and underscores, with no dot or dash first",
        )
    operation = lookup.invocation.operation
    model = ModelSettings(operation, *lookup.all(Level.MODEL), name)
    if model.reads(inputs.LOCALE) and not model.values["locale"]:
        raise UsageError(
            f"The model {name} has no locale.", hint="Use a form such as en-US.", place=lookup.place("locale")
        )
    return model


def _check_addresses(settings: Settings) -> None:
    """Raise :class:`UsageError` if two resources are named, or a host that only a caller may name."""
    region, endpoint = (str(settings.values.get(name, "")) for name in ("speech-region", "speech-endpoint"))
    given = settings.invocation.direct("speech-endpoint")
    if region and given not in {"", LOCAL}:
        raise UsageError(
            "speech-region and speech-endpoint are mutually exclusive.",
            place=settings.places["speech-region"],
        )
    account = str(settings.values.get("storage-account", ""))
    if settings.reads(inputs.SPEECH_ENDPOINT):
        _check_one_cloud(settings, account)
    named = {
        "storage-account": account if "/" in account else "",
        "speech-endpoint": "" if region or endpoint == LOCAL else endpoint,
    }
    for name, address in named.items():
        if address and not settings.invocation.direct(name):
            destinations.check_host(name, address, settings.places[name])


def _check_written(settings: Settings) -> None:
    """Raise :class:`UsageError` if a folder that the run writes to contains a link."""
    folders = {row.name: settings[row] for row in _WRITTEN if settings.reads(row)}
    if settings.developer_endpoint:
        folders[inputs.DEVELOPER_ENDPOINT.name] = settings.loop_folder
    lookup = Lookup(settings.invocation, settings.described)
    for name, folder in folders.items():
        lookup.check_written(name, folder)


def _check_one_cloud(settings: Settings, account: str) -> None:
    """Raise :class:`UsageError` if the storage account is in another cloud than the Speech resource."""
    here, there = clouds.of_address(settings.speech.url), clouds.of_address(account)
    if here and there and here is not there:
        raise UsageError(
            f"The Speech resource is in {here.name}, the storage account in {there.name}.",
            hint="A sign-in is for one cloud: use a storage account in the cloud of the Speech resource.",
            place=settings.places["storage-account"],
        )
