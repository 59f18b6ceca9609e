"""``plan``: which models need which work, from what an event changed and from what people asked for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from speechops.errors import UsageError
from speechops.evaluation import quota
from speechops.github import changes
from speechops.github.changes import Changes
from speechops.inputs import Operation
from speechops.planning import choice
from speechops.planning.choice import ModelInputs, Occasion, Work
from speechops.run import OUTCOME, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from speechops.console import Console
    from speechops.github.changes import Git
    from speechops.github.event import Event
    from speechops.planning.choice import Choice
    from speechops.settings import ModelSettings, Settings

_WISHES = {
    "changed": frozenset[Work](),
    "test-data": frozenset({Work.TEST_DATA}),
    "train-data": frozenset({Work.TRAIN_DATA}),
    "everything": choice.ALL,
}
_BY_HAND = frozenset({"workflow_dispatch", "repository_dispatch"})
_OUTCOME_LIMIT = 2**20


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What a plan is made from: the event, the checkout, and ``speechops.yml`` as other commits had it.

    ``describe`` reads the content of ``speechops.yml`` of another commit and returns its models; it raises
    :class:`UsageError` where that is not valid.
    """

    event: Event
    git: Git
    config: Path
    describe: Callable[[bytes], Sequence[ModelSettings]]


def run(settings: Settings, occurrence: Occurrence, console: Console) -> Outcome:
    """Say which models need ``test-data`` and which ``train-data`` or, from ``verdicts``, ``deploy``.

    Raises :class:`~speechops.errors.PlatformError` where history is missing and cannot be fetched.
    """
    if settings.verdicts is not None:
        return after_training(settings.verdicts)
    occasion, models = describe(settings, occurrence, console)
    choices = choice.choose(models, occasion)
    console.table(
        "Plan",
        ("model", *Work, "because"),
        [
            (
                each.model,
                *("yes" if work in each.works else "no" for work in Work),
                _shortened((*each.reasons, *each.notes)),
            )
            for each in choices
        ],
    )
    return Outcome(
        _sentence(choices),
        {
            "models": json.dumps([each.model for each in choices if each.works]),
            "models-to-test": _names(choices, Work.TEST_DATA),
            "models-to-train": _names(choices, Work.TRAIN_DATA),
            "local": "true" if settings.speech.is_local else "false",
        },
        warnings=(*_unnamed(settings, occurrence), *_forgotten(settings), *_foreseen(settings)),
    )


def after_training(folder: Path) -> Outcome:
    """Say which candidates the outcomes of ``train-data`` below ``folder`` let through.

    Raises :class:`UsageError` for an outcome that is not one.
    """
    outcomes = [_outcome(path) for path in sorted(folder.rglob(OUTCOME))]
    promoted = [
        {"model": one["model"], "candidate": one["outputs"]["candidate"]}
        for one in outcomes
        if one["operation"] == Operation.TRAIN_DATA and _goes_on(one["outputs"])
    ]
    names = ", ".join(one["model"] for one in promoted)
    return Outcome(
        f"To deploy: {names}." if promoted else "Nothing to deploy: no candidate was promoted.",
        {"models-to-deploy": json.dumps(promoted)},
    )


def describe(
    settings: Settings, occurrence: Occurrence, console: Console
) -> tuple[Occasion, tuple[ModelInputs, ...]]:
    """Return the occasion, and what the work on each model depends on."""
    event, git = occurrence.event, occurrence.git
    root = _root(git)
    models = tuple(model_inputs(model, root) for model in settings.models)
    if wish := _WISHES[settings.work]:
        return Occasion(wish=wish), models
    if event.name in _BY_HAND or choice.is_baseline(event.tag):
        return Occasion(everything=True), models
    changed = _changed(settings, occurrence)
    if changed.note:
        console.line(changed.note)
    if changed.everything:
        return Occasion(everything=True), models
    before = _before(occurrence, changed, root)
    return Occasion(frozenset(changed.paths), before), models


def model_inputs(model: ModelSettings, root: Path | None) -> ModelInputs:
    """Return what the work on a model depends on, with paths from the ``root`` of the repository."""

    def path(file: Path) -> str:
        absolute = file.resolve()
        inside = root is not None and absolute.is_relative_to(root)
        return absolute.relative_to(root).as_posix() if inside and root else absolute.as_posix()

    return ModelInputs(
        name=model.name,
        test_paths=(path(model.test_data),) if model.test_data else (),
        training_paths=tuple(path(file.path) for file in model.training),
        judging_paths=tuple(path(each) for each in _judging_files(model)),
        test=(("locale", model.locale),),
        training=(
            ("locale", model.locale),
            ("base-model", model.base_model),
            ("custom-model-weight-percent", str(model.weight_percent or "")),
            ("kinds", ", ".join(file.kind for file in model.training)),
        ),
        judging=(
            ("leaks", model.leaks),
            ("groups", model.groups.rule or model.groups.column),
            ("clusters", model.clusters.rule or model.clusters.column),
            *((name, str(value)) for name, value in asdict(model.gate).items()),
        ),
    )


def _judging_files(model: ModelSettings) -> Iterator[Path]:
    for file in (model.replacements, model.groups.table, model.clusters.table):
        if file is not None:
            yield file


def _changed(settings: Settings, occurrence: Occurrence) -> Changes:
    """Return what changed: since the commit named by ``base``, else by the event."""
    event, git = occurrence.event, occurrence.git
    if settings.base and not settings.base.strip("0"):  # how git hosts write that there is none
        return Changes(
            everything=True, note="There is nothing to compare with: every file counts as changed."
        )
    if settings.base:
        head = git.resolve(settings.commit or event.commit or "HEAD")
        return changes.between(git, git.resolve(settings.base), head)
    if not event.name:
        raise UsageError(
            "There is no event that tells what changed.",
            hint="Name the commit to compare with as --base, or what to do as --work.",
        )
    return changes.of_event(git, event)


def _root(git: Git) -> Path | None:
    found = git.ask("rev-parse", "--show-toplevel")
    return None if found is None else git.folder / found.decode("utf-8", "surrogateescape").rstrip("\n")


def _before(occurrence: Occurrence, changed: Changes, root: Path | None) -> Mapping[str, ModelInputs] | None:
    """Return the models as the base commit described them; None where nothing describes them."""
    if not occurrence.config.is_file() or not changed.base:
        return None
    config = occurrence.config.resolve()
    if root is None or not config.is_relative_to(root):
        return None
    content = occurrence.git.file(changed.base, config.relative_to(root).as_posix())
    if content is None:
        return {}
    try:
        models = occurrence.describe(content)
    except UsageError:  # what was broken had no models that worked
        return {}
    return {model.name: model_inputs(model, root) for model in models}


def _unnamed(settings: Settings, occurrence: Occurrence) -> tuple[str, ...]:
    """Warn of a workflow that uses the embedded service because it names no Speech resource."""
    if settings.speech.chosen or not occurrence.event.name:
        return ()
    meant = "If that is meant, set speech-endpoint: local."
    return (f"No speech-endpoint is named: the embedded speech service is used. {meant}",)


def _forgotten(settings: Settings) -> tuple[str, ...]:
    """Warn of a Speech resource whose results would be gone with the runner."""
    storage = settings.storage
    if settings.speech.is_local or storage.account or storage.connection_string:
        return ()
    where = f"results and the benchmark stay in {storage.folder}"
    return (f"No storage-account is named: {where}, which most runners do not keep.",)


def _foreseen(settings: Settings) -> tuple[str, ...]:
    """Warn of training data that the Speech resource has no room for."""
    found = (quota.foresee(model, settings.speech.tier) for model in settings.models)
    return tuple(filter(None, found))


def _outcome(path: Path) -> dict[str, Any]:
    wrong = UsageError(f"{path} is not the outcome of an operation.", hint="It is an artifact of train-data.")
    if path.stat().st_size > _OUTCOME_LIMIT:
        raise wrong
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise wrong from error
    if not isinstance(content, dict) or not isinstance(content.get("outputs"), dict):
        raise wrong
    if not {"model", "operation"} <= content.keys():
        raise wrong
    if _goes_on(content["outputs"]) and "candidate" not in content["outputs"]:
        raise wrong
    return content


def _goes_on(outputs: Mapping[str, Any]) -> bool:
    """Whether deploy comes next: for what was promoted, and for what a person is asked about."""
    return outputs.get("improved") == "true" or outputs.get("decision") == "ask"


def _names(choices: Sequence[Choice], work: Work) -> str:
    return json.dumps([each.model for each in choices if work in each.works])


def _sentence(choices: Sequence[Choice]) -> str:
    needed = [f"{each.model} ({', then '.join(each.works)})" for each in choices if each.works]
    return f"To do: {'; '.join(needed)}." if needed else "Nothing to do: no model depends on what changed."


def _shortened(reasons: Sequence[str], most: int = 3) -> str:
    more = f"; {len(reasons) - most} more" if len(reasons) > most else ""
    return "; ".join(reasons[:most]) + more
