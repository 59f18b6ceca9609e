"""``deploy``: the approved candidate on an endpoint, tried with one test utterance, recorded as a release."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops import corpus, speech
from speechops.corpus import Kind, Purpose
from speechops.delivery import lineage, publication
from speechops.delivery.swaps import Swap
from speechops.errors import QuotaExceeded, ServiceError, SpeechOpsError, UsageError, WorkFailed
from speechops.evaluation import candidates, rules
from speechops.github.version import Version
from speechops.registry.documents import Release, ReleaseKind
from speechops.registry.store import Conflict, tries
from speechops.run import Outcome, percent
from speechops.speech import NewEndpoint, Status
from speechops.upkeep import deletion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speechops.github.entities import Release as GitHubRelease
    from speechops.registry.documents import Benchmark, Recognised, TestResult
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.scoring import Normaliser
    from speechops.speech import Endpoint

_LOOKS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """The test utterance that an endpoint is tried with: its WAV file, and what the model's test heard."""

    audio: str
    data: bytes
    expected: str
    normalise: Normaliser


def run(run: Run) -> Outcome:
    """Deploy the benchmark, if it is still the candidate that was approved.

    Raises :class:`UsageError` where there is nothing to deploy, or nobody knows the candidate, and
    :class:`WorkFailed` where the endpoint does not answer as the model did in its test; the endpoint then
    serves again what it served before.
    """
    approved = run.settings.candidate
    try:
        pointer, draft = promoted(run, approved)
    except candidates.Superseded as reason:
        settle(run)  # an earlier try of this run may have died with its model on the endpoint
        publication.serve_as_latest(run)  # or with its release published
        return superseded(approved, str(reason))
    if draft is not None:
        return waiting(draft, approved)
    if pointer is None or pointer.benchmark.reference.base:
        raise UsageError(
            f"The model {run.model.name} has nothing to deploy: no trained model has become the benchmark.",
            hint="Run train-data first.",
        )
    benchmark = pointer.benchmark
    result = run.registry.result_named(benchmark.result)
    if run.settings.github_release == "draft":
        if (draft := publication.prepare(run, benchmark, result)) is not None:
            return waiting(draft, benchmark.reference.id)
    else:
        publication.require_approval(run)
    endpoint = serve(run, benchmark.reference.id, sample(run, result))
    release = released(run, benchmark, endpoint, result)
    if release is None:
        put_back(run, endpoint.id, benchmark.reference.id, None)
        publication.serve_as_latest(run)
        return superseded(benchmark.reference.id, "a newer one was promoted meanwhile")
    settle(run)
    publication.serve_as_latest(run)
    return Outcome(
        f"Release {release.version}: endpoint {endpoint.id} serves {benchmark.reference.name} "
        f"({rules.rate_label(run.model)} {percent(benchmark.error_rate)}).",
        {
            "deployed": "true",
            "endpoint-id": endpoint.id,
            "version": release.version,
            "candidate": benchmark.reference.id,
        },
        result=result,
    )


def waiting(draft: GitHubRelease, candidate: str) -> Outcome:
    """Say that a person has to publish the release."""
    return Outcome(
        f"The draft release {draft.tag} waits for a person to publish it; then deploy puts its model on the "
        f"endpoint. {draft.url}",
        {"deployed": "false", "candidate": candidate},
    )


def promoted(run: Run, approved: str) -> tuple[Pointer | None, GitHubRelease | None]:
    """Return the benchmark pointer, moved to the approved candidate where the gate left that to a person.

    Where that person is to publish a draft release and has not, the draft is returned too.
    """
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = deletion.finish(run)
        if not approved or (pointer and pointer.benchmark.reference.id == approved):
            return pointer, None
        benchmark = candidates.approved(run, approved, pointer)
        if run.settings.github_release != "draft":
            publication.require_approval(run)
        elif draft := publication.prepare(run, benchmark, run.registry.result_named(benchmark.result)):
            return pointer, draft
        try:
            return run.registry.move_benchmark(benchmark, pointer=pointer), None
        except Conflict:
            continue
    raise AssertionError  # the tries end in a return or an error


def superseded(candidate: str, reason: str) -> Outcome:
    """Return the outcome for a candidate in whose place another has been promoted."""
    message = (
        f"Nothing was deployed: the candidate {candidate} is superseded ({reason}); approve the newer run."
    )
    return Outcome(message, {"deployed": "false"}, warnings=(message,))


def find_endpoint(run: Run) -> Endpoint | None:
    """Return the endpoint of the model: the one named by ``endpoint-id``, else the one that is ours."""
    if run.model.endpoint_id:
        return run.speech.endpoint(run.model.endpoint_id)
    ours = [endpoint for endpoint in run.speech.endpoints() if run.owns(endpoint)]
    return min(ours, key=lambda endpoint: (endpoint.created, endpoint.id), default=None)


def serve(run: Run, model: str, tried_with: Sample | None) -> Endpoint:
    """Make the endpoint serve ``model`` and try it; where the trial fails, bring back what was there."""
    before = find_endpoint(run)
    by = Swap(run.settings.operation, run.id, model, _served_before(run, before))
    with run.console.step("deploy to the endpoint") as update:
        if before is None:
            draft = NewEndpoint(
                display_name=f"{run.model.name}-{run.model.locale}",
                locale=run.model.locale,
                model=speech.ModelReference(model),
                custom_properties=by.noted(run.marks(corpus.fingerprint(("endpoint", run.model.name)))),
            )
            identity = create(run, draft).id
        else:
            identity = before.id
            if serving(before) != model or before.status is Status.FAILED:
                _swap(run, before, speech.ModelReference(model), by)
        try:
            endpoint = _deployed(run, identity, lambda entity, _elapsed: update(entity.status))
        except WorkFailed:
            put_back(run, identity, model, before)
            raise
    try:
        smoke_test(run, endpoint, model, tried_with)
    except SpeechOpsError:
        put_back(run, identity, model, before)
        raise
    return endpoint


def _served_before(run: Run, endpoint: Endpoint | None) -> speech.ModelReference | None:
    """Return what an endpoint named by ``endpoint-id`` serves, for the swap that takes it away.

    Where a run died that had put a model there, it is what that run found. What our own endpoint serves, the
    releases say.
    """
    if endpoint is None or not run.model.endpoint_id:
        return None
    return _unrecorded(run.registry.releases(run.model.name), endpoint) or endpoint.model


def _unrecorded(releases: Sequence[Release], endpoint: Endpoint) -> speech.ModelReference | None:
    """Return what an endpoint that no release names served before ours, None where nothing tells."""
    swap = Swap.of(endpoint)
    if swap is None or any(release.endpoint == endpoint.id for release in releases):
        return None
    return swap.before


def put_back(run: Run, identity: str, model: str, before: Endpoint | None) -> None:
    """Take ``model`` from the endpoint again, unless another run has done so.

    The endpoint serves what it had ``before`` or, where that is not known, what the last release says. Where
    no release names it, the note of the first swap tells what it had, also before runs that died. One that
    nothing says anything of was made for this model, and is deleted.
    """
    endpoint = run.speech.endpoint(identity)
    if serving(endpoint) != model:
        return
    releases = run.registry.releases(run.model.name)
    earlier = _unrecorded(releases, endpoint) or (before.model if before else None)
    if earlier and earlier.id != model:
        _swap(run, endpoint, earlier, _back(run, earlier))
        if run.registry.releases(run.model.name) != releases:
            settle(run)
    elif releases and releases[-1].endpoint == identity:
        settle(run)
    elif not run.model.endpoint_id and run.registry.releases(run.model.name) == releases:
        run.speech.delete_endpoint(identity)


def settle(run: Run) -> None:
    """Let the endpoint serve what the last release says.

    Of runs that swap at once, each records its release and then looks: whoever comes last leaves both alike.
    After a swap it looks again, as another may have recorded a release before the swap and looked before it
    too. Raises :class:`WorkFailed` where that goes on for ever.
    """
    for _ in range(_LOOKS):
        releases = run.registry.releases(run.model.name)
        if not releases:
            return
        last = releases[-1]
        try:
            endpoint = run.speech.endpoint(last.endpoint)
        except ServiceError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return
            raise
        if serving(endpoint) == last.reference.id:
            return
        wanted = speech.ModelReference(last.reference.id)
        _swap(run, endpoint, wanted, _back(run, wanted))
        _deployed(run, endpoint.id)
    raise WorkFailed(
        f"The endpoint of {run.model.name} does not keep the model of the last release.",
        hint="Something else swaps it: find out what, then run this again.",
    )


def _back(run: Run, model: speech.ModelReference) -> Swap:
    """Return the note for a swap that brings back what was there."""
    return Swap("put-back", run.id, model.id)


def _swap(run: Run, endpoint: Endpoint, model: speech.ModelReference, by: Swap) -> None:
    """Exchange the model, once what is under way with the endpoint has ended, and note who did so."""
    if not endpoint.status.is_final:
        with contextlib.suppress(WorkFailed):
            _deployed(run, endpoint.id)
    noted = by.noted(dict(endpoint.custom_properties))
    run.speech.swap_model(endpoint.id, model, custom_properties=noted)


def _deployed(
    run: Run, identity: str, progress: Callable[[Endpoint, float], None] = lambda _entity, _elapsed: None
) -> Endpoint:
    return speech.wait(
        lambda: run.speech.endpoint(identity),
        clock=run.clock,
        timeout=run.settings.max_wait,
        progress=progress,
    )


def create(run: Run, draft: NewEndpoint) -> Endpoint:
    """Make the model's endpoint. Raises :class:`QuotaExceeded` with the endpoints that take the places."""
    try:
        return run.speech.find_or_create_endpoint(draft).entity
    except QuotaExceeded as refusal:
        present = [f"{each.display_name} ({each.id})" for each in run.speech.endpoints()]
        named = ", ".join(present[:3]) + (f" and {len(present) - 3} more" if len(present) > 3 else "")  # noqa: PLR2004
        refusal.hint = (
            f"There are {named}: set endpoint-id to one of them, and its model is swapped; or delete one."
        )
        raise


def serving(endpoint: Endpoint) -> str:
    """Return the id of the model that an endpoint has; empty where it has none."""
    return endpoint.model.id if endpoint.model else ""


def sample(run: Run, result: TestResult | None) -> Sample | None:
    """Read the test utterance to try the endpoint with; None, and why, where there is none.

    To be called before anything is swapped. Raises :class:`DataError` where the test data cannot be read and
    :class:`UsageError` where the rules of comparison cannot.
    """
    if run.model.test_data is None or result is None or not result.utterances:
        run.console.line("No test data at hand: the endpoint will not be tried.")
        return None
    utterance = shortest(result.utterances)
    data = corpus.read(run.model.test_data, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale=run.model.locale)
    if utterance.audio not in {item.audio for item in data.utterances}:
        run.console.line(f"{utterance.audio} is no longer in the test data: the endpoint will not be tried.")
        return None
    with data.open_audio(utterance.audio) as audio:
        heard = utterance.candidate if utterance.candidate is not None else utterance.benchmark
        return Sample(utterance.audio, audio.read(), heard, rules.normaliser(run.model))


def smoke_test(run: Run, endpoint: Endpoint, model: str, tried_with: Sample | None) -> None:
    """Transcribe one test utterance through the endpoint and compare it with the model's own test.

    Raises :class:`WorkFailed` where the endpoint has another model or hears nothing.
    """
    if serving(endpoint) != model:
        raise WorkFailed(
            f"Endpoint {endpoint.id} has model {serving(endpoint)}, not {model}.",
            hint="Another run may have swapped it: run deploy again.",
        )
    if tried_with is None:
        return
    audio, normalise = tried_with.audio, tried_with.normalise
    with run.console.step(f"transcribe {audio} through the endpoint"):
        heard = run.speech.recognise(endpoint.id, locale=run.model.locale, audio=io.BytesIO(tried_with.data))
    if not normalise(heard.lexical or heard.display):
        raise WorkFailed(
            f"Endpoint {endpoint.id} heard nothing in {audio}, where the model's test heard words.",
            hint="The endpoint serves what it served before; run deploy again.",
        )
    if run.settings.show_transcripts:
        run.console.line(f"{audio}: {heard.display or heard.lexical}")
    same = normalise(heard.lexical or heard.display) == normalise(tried_with.expected)
    run.console.line(
        f"The endpoint answers as the model did in its test ({audio})."
        if same
        else f"The endpoint's answer for {audio} differs from the model's test."
    )


def shortest(utterances: Sequence[Recognised]) -> Recognised:
    """Return the utterance with the fewest words of those in which the tested model heard some."""
    heard = [item for item in utterances if (item.candidate or item.benchmark).strip()]
    return min(heard or utterances, key=lambda item: (len(item.reference.split()), item.audio))


def released(run: Run, benchmark: Benchmark, endpoint: Endpoint, result: TestResult | None) -> Release | None:
    """Return the release of the benchmark on this endpoint: the last one if that is it, else a new one.

    None where it is not the benchmark any more: another run has promoted a better one meanwhile.
    """
    for _ in tries(f"the next release of {run.model.name}"):
        version = latest_version(run)
        releases = run.registry.releases(run.model.name)
        last = releases[-1] if releases else None
        if not is_benchmark(run, benchmark.reference.id):
            return None
        published = publication.publish(run, benchmark, endpoint, result, after=version)
        # GitHub may have taken its time. Where the version is a tag's, no conflict tells of a rollback since.
        if published and (latest_version(run) != version or not is_benchmark(run, benchmark.reference.id)):
            continue
        if last and last.reference.id == benchmark.reference.id and last.endpoint == endpoint.id:
            return last
        tag = published.tag.removeprefix(publication.prefix(run)) if published else ""
        # A rollback that died has moved the pointer back: this completes it.
        back = lineage.earlier(releases, benchmark.reference.id)
        release = Release(
            version=tag if newer(tag, version) else next_version(version),
            model=run.model.name,
            kind=ReleaseKind.ROLLBACK if back else ReleaseKind.DEPLOY,
            created=run.now(),
            run=run.id,
            commit=benchmark.reference.commit,
            endpoint=endpoint.id,
            reference=benchmark.reference,
            error_rate=benchmark.error_rate,
            outcome=str((result.verdict or {}).get("outcome", "")) if result else "",
            result=benchmark.result,
            returns_to=back.version if back else "",
        )
        try:
            run.registry.add_release(release)
        except Conflict:
            continue
        return release
    raise AssertionError  # the tries end in a return or an error


def is_benchmark(run: Run, model: str) -> bool:
    """Whether the pointer still names ``model``."""
    pointer = run.registry.benchmark(run.model.name)
    return pointer is not None and pointer.benchmark.reference.id == model


def latest_version(run: Run) -> str:
    """Return the last version that is taken, empty before the first."""
    taken = run.registry.versions(run.model.name)
    return taken[-1] if taken else ""


def newer(tag: str, version: str) -> bool:
    """Whether a tag, without prefix, names a version after ``version``."""
    one, other = Version.parse(tag), Version.parse(version)
    return one is not None and (other is None or one > other)


def next_version(version: str) -> str:
    """Return the next minor version; the first is 1.0.0."""
    if not version:
        return "1.0.0"
    major, minor, _ = (int(part) for part in version.split("."))
    return f"{major}.{minor + 1}.0"
