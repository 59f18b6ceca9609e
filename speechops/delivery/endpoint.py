"""The endpoint protocol: a model is put on an endpoint, checked there, and taken back if the check fails.

Every function is for one :class:`Target`. Of runs that change an endpoint at once, each records its release
and then calls :func:`reconcile`: the last one leaves endpoint and record in agreement.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from speechops import corpus, speech, targets
from speechops.delivery.deployment import MOST_PROPERTIES, Deployment
from speechops.errors import Place, QuotaExceeded, SpeechOpsError, UsageError, WorkFailed, or_none
from speechops.inputs import MAX_WAIT
from speechops.speech import Model, NewEndpoint, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speechops.registry.documents import TargetRelease
    from speechops.run import Run
    from speechops.speech import Endpoint, ModelReference, SpeechClient

_ATTEMPTS = 10
_NAMED = 3  # endpoints that a hint names


@dataclass(frozen=True, slots=True)
class Target:
    """A place that serves the model of a run: one endpoint of the Speech resource behind ``client``.

    ``name`` is that of ``speechops.yml``, empty for the resource that trains if there are no targets.
    ``endpoint_id`` names an endpoint that exists. With ``has_endpoint`` false, the model alone is kept there.
    """

    run: Run
    client: SpeechClient
    name: str = ""
    endpoint_id: str = ""
    has_endpoint: bool = True
    source: SpeechClient | None = None  # of copies, if not the resource of the run

    @classmethod
    def all(cls, run: Run) -> tuple[Self, ...]:
        """Return the targets of a run: those of ``speechops.yml``, else the resource that trains."""
        named = targets.read(run.settings)
        if not named:
            return (cls(run, run.speech, endpoint_id=run.model.endpoint_id),)
        return tuple(
            cls(
                run,
                run.connections.target(target),
                target.name,
                target.endpoint_id,
                target.serve is targets.Serve.ENDPOINT,
            )
            for target in named
        )

    @property
    def where(self) -> str:
        """`` in NAME`` for messages; empty if the resource that trains is the one target."""
        return f" in {self.name}" if self.name else ""

    @property
    def trains(self) -> bool:
        """Whether this is the resource that trains: its models need no copy."""
        return self.client is self.trained_in

    @property
    def trained_in(self) -> SpeechClient:
        """The resource that trains."""
        return self.source or self.run.speech

    def releases(self) -> list[TargetRelease]:
        """Return what is recorded of this target, the last release at the end."""
        recorded = self.run.registry.releases(self.run.model.name)
        return [row for release in recorded if (row := release.at(self.name))]

    def released_on(self, identity: str) -> TargetRelease | None:
        """Return what the last release that names an endpoint says of it, whatever the target was called."""
        recorded = self.run.registry.releases(self.run.model.name)
        rows = (row for release in reversed(recorded) for row in release.rows)
        return next((row for row in rows if row.endpoint == identity), None)


def find(target: Target) -> Endpoint | None:
    """Return the endpoint named by ``endpoint-id``, else that of the last release, else the one that is ours.

    The last release that names one comes before the custom properties, which other tools may replace: a
    second endpoint would cost, and clients would stay with the first. A release in between may have been for
    batch transcription alone.
    """
    run, client = target.run, target.client
    if not target.has_endpoint:
        return None
    if target.endpoint_id:
        return client.endpoint(target.endpoint_id)
    endpoints = client.endpoints()
    recorded = [release.endpoint for release in target.releases() if release.endpoint][-1:]
    ours = [endpoint for endpoint in endpoints if endpoint.id in recorded] or [
        endpoint for endpoint in endpoints if run.owns(endpoint)
    ]
    return min(ours, key=lambda endpoint: endpoint.seniority, default=None)


def serving(endpoint: Endpoint) -> str:
    """Return the id of the model that an endpoint has; empty if it has none."""
    return endpoint.model.id if endpoint.model else ""


def serve(target: Target, model: str, check: Callable[[Endpoint], None]) -> Endpoint:
    """Let the endpoint serve ``model`` (an id) and check it; if the check fails, restore what was there.

    Raises :class:`SpeechOpsError` as ``check`` does, and :class:`WorkFailed` if the deployment fails; its
    hint begins with what became of the endpoint. Raises :class:`UsageError` before, if the endpoint is that
    of another model of this repository.
    """
    run, client = target.run, target.client
    before = find(target)
    _refuse_shared(target, before)
    note = Deployment(run.settings.operation.name, run.id, model, _served_before(target, before))
    with run.console.step(f"deploy to the endpoint{target.where}") as update:
        if before is None:
            identity = _create(target, note).id
        else:
            identity = before.id
            if serving(before) != model or before.status is Status.FAILED:
                _change(target, before, speech.ModelReference(model), note)
        try:
            endpoint = _deployed(target, client.endpoint(identity), lambda entity, _: update(entity.status))
        except WorkFailed as error:
            error.hint = f"{restore(target, identity, model, before)} {error.hint}".strip()
            raise
    try:
        check(endpoint)
    except SpeechOpsError as error:
        error.hint = f"{restore(target, identity, model, before)} {error.hint}".strip()
        raise
    return endpoint


def restore(target: Target, identity: str, model: str, before: Endpoint | None) -> str:
    """Take ``model`` from the endpoint again, unless another run has done so; return a sentence about that.

    The endpoint serves what it had ``before`` or, if that is not known, what the last release says. If no
    release names it, the first note says what it had, even before runs that died. An endpoint that no record
    mentions, under this or an earlier name of the target, was created for this model, and is deleted. The
    sentence is empty if nothing was to be done.
    """
    endpoint = target.client.endpoint(identity)
    if serving(endpoint) != model:
        return ""
    releases = target.releases()
    earlier = _unrecorded(releases, endpoint) or (before.model if before else None)
    if earlier and earlier.id != model:
        _change(target, endpoint, earlier, _restoring(target, earlier))
        if target.releases() == releases:
            return "The endpoint serves what it served before."
    elif not releases or releases[-1].endpoint != identity:
        if row := target.released_on(identity):
            wanted = speech.ModelReference(row.model)
            _change(target, endpoint, wanted, _restoring(target, wanted))
        elif target.endpoint_id or target.releases() != releases:
            return ""
        else:
            target.client.delete_endpoint(identity)
            return "The endpoint, which was new, is deleted."
    reconcile(target)
    return "The endpoint serves what the last release says."


def reconcile(target: Target) -> None:
    """Let the endpoint serve what the last release says.

    After a change it checks again, as another run may have recorded a release and checked the endpoint before
    the change. Raises :class:`WorkFailed` if that never ends.
    """
    for _ in range(_ATTEMPTS):
        releases = target.releases()
        if not releases or not releases[-1].endpoint:
            return
        last = releases[-1]
        endpoint = or_none(partial(target.client.endpoint, last.endpoint))
        if endpoint is None or serving(endpoint) == last.model:
            return
        wanted = speech.ModelReference(last.model)
        _change(target, endpoint, wanted, _restoring(target, wanted))
        _deployed(target, endpoint)
    raise WorkFailed(
        f"The endpoint of {target.run.model.name}{target.where} does not keep the model of the last release.",
        hint="Something else changes it: find out what, then run this again.",
    )


def _refuse_shared(target: Target, endpoint: Endpoint | None) -> None:
    """Raise :class:`UsageError` if ``endpoint-id`` names one that serves another model of this repository."""
    run, described = target.run, target.run.settings.described
    if endpoint is None or not target.endpoint_id or not described:
        return
    served = target.client.find_model(serving(endpoint), base=False) if run.settings.several else None
    if not isinstance(served, Model) or served.store != run.registry.identity():
        return
    name = served.custom_properties.get("speechops-model", "")
    if name != run.model.name and name in described.models:
        raise UsageError(
            f"Endpoint {endpoint.id} serves {name}, another model of this repository.",
            hint="Set another endpoint-id for each model, or none: each then finds or creates its own.",
            place=Place(input="endpoint-id"),
        )


def _served_before(target: Target, endpoint: Endpoint | None) -> ModelReference | None:
    """Return what an endpoint named by ``endpoint-id`` serves, for the note of the change that takes it away.

    If a run died that had put a model there, it is what that run found. What our own endpoint serves, the
    releases say.
    """
    if endpoint is None or not target.endpoint_id:
        return None
    return _unrecorded(target.releases(), endpoint) or endpoint.model


def _unrecorded(releases: Sequence[TargetRelease], endpoint: Endpoint) -> ModelReference | None:
    """Return what an endpoint that no release names served before ours, None if unknown."""
    note = Deployment.of(endpoint)
    if note is None or any(release.endpoint == endpoint.id for release in releases):
        return None
    return note.before


def _restoring(target: Target, model: ModelReference) -> Deployment:
    """Return the note for a change that restores what was there."""
    return Deployment("restore", target.run.id, model.id)


def _change(target: Target, endpoint: Endpoint, model: ModelReference, note: Deployment) -> None:
    """Replace the model, once work in progress on the endpoint has ended, and note which run did so."""
    if not endpoint.status.is_final:
        with contextlib.suppress(WorkFailed):
            _deployed(target, endpoint)
    properties = note.noted(_properties(target, endpoint))
    target.client.swap_model(endpoint.id, model, custom_properties=properties)


def _properties(target: Target, endpoint: Endpoint) -> dict[str, str]:
    """Return the custom properties of an endpoint, with our marks if another tool has replaced them."""
    properties = dict(endpoint.custom_properties)
    if target.endpoint_id or target.run.owns(endpoint):
        return properties
    marked = {**properties, **_marks(target)}
    return marked if len(marked) < MOST_PROPERTIES else properties


def _marks(target: Target) -> dict[str, str]:
    return target.run.marks(corpus.fingerprint(("endpoint", target.run.model.name)))


def _deployed(
    target: Target, endpoint: Endpoint, progress: Callable[[Endpoint, float], None] = lambda _entity, _: None
) -> Endpoint:
    return speech.wait(
        lambda: target.client.endpoint(endpoint.id),
        clock=target.run.clock,
        timeout=target.run.settings[MAX_WAIT],
        progress=progress,
    )


def _create(target: Target, note: Deployment) -> Endpoint:
    """Create the model's endpoint. Raises :class:`QuotaExceeded` with the endpoints that use up the quota."""
    model = target.run.model
    draft = NewEndpoint(
        display_name=f"{model.name}-{model.locale}",
        locale=model.locale,
        model=speech.ModelReference(note.model),
        custom_properties=note.noted(_marks(target)),
    )
    try:
        return target.client.find_or_create_endpoint(draft).entity
    except QuotaExceeded as refusal:
        present = [f"{endpoint.display_name} ({endpoint.id})" for endpoint in target.client.endpoints()]
        more = f" and {len(present) - _NAMED} more" if len(present) > _NAMED else ""
        refusal.hint = (
            f"There are {', '.join(present[:_NAMED])}{more}: set endpoint-id to one of them, to replace its "
            "model, or delete one."
        )
        raise
