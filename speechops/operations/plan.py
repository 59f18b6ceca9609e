"""``plan``: which models need which work, from the commit, the store, and what people request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops import corpus, costs
from speechops.errors import PlatformError, UsageError
from speechops.evaluation import candidates, quota
from speechops.inputs import BASE, CONFIG, PRICES, SCOPE
from speechops.planning import choice, judged, state
from speechops.planning.checkout import open_checkout
from speechops.planning.choice import Choice, Work
from speechops.registry.documents import short
from speechops.run import Outcome, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speechops.console import Console
    from speechops.github.event import Event
    from speechops.planning.checkout import Checkout
    from speechops.planning.git import Git
    from speechops.run import Run
    from speechops.settings import ModelSettings, Settings

_SCOPES = {
    "test-data": (Work.TEST_DATA,),
    "train-data": (Work.TRAIN_DATA,),
    "everything": (Work.TEST_DATA, Work.TRAIN_DATA),
}
_SHOWN = 3  # reasons, files
_MERGES = frozenset({"pull_request", "merge_group"})
_BY_STATE = frozenset({"", "push", "workflow_dispatch", "repository_dispatch", "schedule"})


def run(run: Run) -> Outcome:
    """Report which models need ``test-data``, ``train-data`` or ``compare``.

    Raises :class:`~speechops.errors.PlatformError` outside git and for a commit that cannot be fetched,
    :class:`~speechops.errors.StoreError` if the store is needed and cannot be read.
    """
    settings, console = run.settings, run.console
    git = run.connections.git(settings[CONFIG].parent)
    if not run.output.in_actions:
        _show_state(run)
    checkout = open_checkout(git)
    choices = _choices(run, git, checkout)
    console.table(
        "Plan",
        ("model", *Work, "because"),
        [
            (
                chosen.model,
                *("yes" if work in chosen.works else "no" for work in Work),
                _shortened((*chosen.reasons, *chosen.notes)),
            )
            for chosen in choices
        ],
    )
    if used := costs.sentence(_usages(settings, choices), settings[PRICES]):
        console.line(used)
    return Outcome(
        _sentence(choices),
        {
            "models": json.dumps([chosen.model for chosen in choices if chosen.works]),
            "models-to-test": _names(choices, Work.TEST_DATA),
            "models-to-train": _names(choices, Work.TRAIN_DATA),
            "local": "true" if settings.speech.is_local else "false",
        },
        warnings=(
            *_uncommitted(settings, checkout),
            *(_unnamed(settings) if run.event.name else ()),
            *(_forgotten(settings) if run.event.name not in _MERGES else ()),
            *_foreseen(settings),
            *(warning for chosen in choices for warning in chosen.warnings),
        ),
    )


def _show_state(run: Run) -> None:
    """Show the state of each model: its benchmark, what is deployed, which candidates wait for approval."""
    rows = []
    for model in run.settings.models:
        pointer, releases = run.registry.benchmark(model.name), run.registry.releases(model.name)
        benchmark = pointer.benchmark if pointer else None
        waiting = candidates.pending(run.of(model), pointer) if pointer else ()
        rows.append(
            (
                model.name,
                benchmark.reference.name if benchmark else "not tested yet",
                percent(benchmark.error_rate if benchmark else None),
                f"{releases[-1].version} on {', '.join(releases[-1].places)}" if releases else "nothing",
                ", ".join(sorted(waiting)),
                benchmark.frozen if benchmark else "",
            )
        )
    console, columns = run.console, ("model", "benchmark", "error rate", "deployed", "waiting", "frozen")
    console.table("State of the project", columns, rows)


def _usages(settings: Settings, choices: Sequence[Choice]) -> Iterator[costs.Usage]:
    """Yield what the required work consumes: each test has two models."""
    models = {model.name: model for model in settings.models}
    for owed in choices:
        model = models[owed.model]
        trains = bool({Work.TRAIN_DATA, Work.COMPARE} & set(owed.works))
        if not owed.works:
            continue
        audio = None if model.test_data is None else corpus.seconds_of_audio(model.test_data)
        spoken = [file.path for file in model.training if file.kind is corpus.Kind.ACOUSTIC] if trains else []
        lengths = [corpus.seconds_of_audio(path) for path in spoken]
        yield costs.Usage(
            tested=None if audio is None else 2 * audio * len(owed.works),
            trained=None if None in lengths else sum(filter(None, lengths)),
            text=trains and not spoken,
            endpoint=Work.TRAIN_DATA in owed.works,
        )


def _choices(run: Run, git: Git, checkout: Checkout | None) -> tuple[Choice, ...]:
    settings = run.settings
    if works := _SCOPES.get(settings[SCOPE]):
        return _by_hand(settings, works, "requested")
    if run.event.baseline:
        reason = f"the tag {run.event.tag} requests a test of the newest base model"
        return _by_hand(settings, (Work.TEST_DATA,), reason)
    if settings[BASE] and not settings[BASE].strip("0"):  # how git hosts write a missing commit
        return _by_hand(settings, _SCOPES["everything"], "no commit to compare with")
    if checkout is None:
        raise PlatformError(
            f"{git.folder} is not in a git repository with a commit: there is nothing to plan from.",
            hint="Set --scope.",
        )
    return _owed(run, git, checkout)


def _owed(run: Run, git: Git, checkout: Checkout) -> tuple[Choice, ...]:
    """Return the work for the commit that is checked out, according to git or to the store."""
    event, settings = run.event, run.settings
    if settings[BASE]:
        return _since(git.resolve(settings[BASE]), settings, checkout, _SCOPES["everything"])
    if event.name in _MERGES:
        return _since(_merged_into(event, checkout, run.console), settings, checkout, (Work.COMPARE,))
    if event.name not in _BY_STATE or (event.name == "push" and (event.tag or event.deleted)):
        what = f"the tag {event.tag}" if event.tag else f"the event {event.name}"
        run.console.line(f"No work for {what}.")
        return tuple(Choice(model.name) for model in settings.models)
    return tuple(
        choice.owed(
            model.name,
            state.of_model(model, checkout),
            judged.read(run.registry, model.name, event.branch, run=run.id, now=run.clock.now()),
        )
        for model in settings.models
    )


def _by_hand(settings: Settings, works: Sequence[Work], reason: str) -> tuple[Choice, ...]:
    return tuple(
        choice.by_hand(
            model.name,
            choice.possible(works, test=model.test_data is not None, training=bool(model.training)),
            reason,
        )
        for model in settings.models
    )


def _since(base: str, settings: Settings, checkout: Checkout, works: Sequence[Work]) -> tuple[Choice, ...]:
    """Return the work for what differs between the commit ``base`` and the one that is checked out."""
    tree = checkout.at(base)
    models: Sequence[ModelSettings] = settings.models
    if settings[CONFIG].is_file():  # else the options describe the model in both commits
        models = _described(settings, tree.file(checkout.place(settings[CONFIG])))
    before = {model.name: model for model in models}
    return tuple(
        choice.changed(
            model.name,
            state.of_model(before[model.name], checkout, tree) if model.name in before else None,
            state.of_model(model, checkout),
            works,
        )
        for model in settings.models
    )


def _described(settings: Settings, content: bytes | None) -> Sequence[ModelSettings]:
    """Return the models of another commit's ``speechops.yml``; an invalid one had no usable models."""
    try:
        return () if content is None else settings.models_of(content)
    except UsageError:
        return ()


def _merged_into(event: Event, checkout: Checkout, console: Console) -> str:
    """Return the commit that a pull request or a merge group is merged into.

    It is the first parent of the merge commit that GitHub made for the run: ``base.sha`` of a pull request's
    event is the branch as it was when the pull request was last pushed to. Where a workflow checks out the
    pull request's own last commit, that may be a merge too, with a parent that has the pull request's data. A
    group, whose commit may be a squashed or a rebased one, names the commit that it was made on.
    """
    if event.name == "merge_group" and event.base:
        return event.base
    parents = checkout.git.parents(checkout.commit)
    if len(parents) > 1 and checkout.commit != event.commit:
        return parents[0]
    console.line(
        f"{short(checkout.commit)} is not GitHub's merge: it is compared with the base of the pull request's "
        "event."
    )
    if not event.base:
        raise PlatformError(
            "The event names no base commit.", hint="Set --base to the commit to compare with."
        )
    return event.base


def _unnamed(settings: Settings) -> tuple[str, ...]:
    """Warn about a workflow that uses the embedded service because no Speech resource is set."""
    if settings.speech.chosen:
        return ()
    meant = "If that is intended, set speech-endpoint: local."
    return (f"No speech-endpoint is set: the embedded speech service is used. {meant}",)


def _forgotten(settings: Settings) -> tuple[str, ...]:
    """Warn about a Speech resource whose results would be lost with the runner."""
    storage = settings.storage
    if settings.speech.is_local or storage.account or storage.connection_string:
        return ()
    where = f"results and the benchmark are stored in {storage.folder}"
    return (f"No storage-account is set: {where}, which most runners do not keep.",)


def _foreseen(settings: Settings) -> tuple[str, ...]:
    """Warn about training data that exceeds the capacity of the Speech resource."""
    found = (quota.foresee(model, settings.tier) for model in settings.models)
    return tuple(filter(None, found))


def _uncommitted(settings: Settings, checkout: Checkout | None) -> tuple[str, ...]:
    """Warn about changes that a plan does not see, because it reads the commit."""
    if checkout is None:
        return ()
    files = [settings[CONFIG], *(path for model in settings.models for path in state.files(model))]
    found = checkout.uncommitted(files)
    if not found:
        return ()
    listed = _shortened(found)
    return (f"Not committed, so not part of this plan for commit {short(checkout.commit)}: {listed}.",)


def _names(choices: Sequence[Choice], work: Work) -> str:
    return json.dumps([chosen.model for chosen in choices if work in chosen.works])


def _sentence(choices: Sequence[Choice]) -> str:
    needed = [f"{chosen.model} ({', then '.join(chosen.works)})" for chosen in choices if chosen.works]
    return f"To do: {'; '.join(needed)}." if needed else "Nothing to do."


def _shortened(reasons: Sequence[str]) -> str:
    more = f"; {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    return "; ".join(reasons[:_SHOWN]) + more
