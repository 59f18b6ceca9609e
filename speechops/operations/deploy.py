"""``deploy``: the approved candidate on an endpoint, tried with one test utterance, recorded as a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import corpus, scoring, speech
from speechops.corpus import Kind, Purpose
from speechops.errors import QuotaExceeded, ServiceError, UsageError, WorkFailed
from speechops.github.version import Version
from speechops.operations import publication, train_data, trial
from speechops.operations.job import Outcome, percent
from speechops.registry.documents import Release, ReleaseKind
from speechops.registry.store import Conflict
from speechops.speech import NewEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.operations.job import Job
    from speechops.registry.documents import Benchmark, Recognised, TestResult
    from speechops.speech import Endpoint


def run(job: Job) -> Outcome:
    """Deploy the benchmark, if it is still the candidate that was approved.

    Raises :class:`UsageError` where there is nothing to deploy and :class:`WorkFailed` where the endpoint
    does not answer as the model did in its test; the endpoint then serves again what it served before.
    """
    held = job.registry.benchmark(job.model.name)
    approved = job.settings.candidate
    if approved and (held is None or held.benchmark.reference.id != approved):
        publication.require_approval(job)
        held = train_data.promote_asked(job, approved, held) or held
    if held is None or held.benchmark.reference.base:
        raise UsageError(
            f"The model {job.model.name} has nothing to deploy: no trained model has become the benchmark.",
            hint="Run train-data first.",
        )
    benchmark = held.benchmark
    if approved and approved != benchmark.reference.id:
        message = (
            f"The approved candidate {approved} is no longer the benchmark; {benchmark.reference.name} is. "
            "Nothing was deployed: approve the newer run."
        )
        return Outcome(message, {"deployed": "false"}, warnings=(message,))
    publication.require_approval(job)
    result = job.registry.result_named(benchmark.result)
    endpoint = serve(job, benchmark.reference.id, result)
    release = released(job, benchmark, endpoint, result)
    return Outcome(
        f"Release {release.version}: endpoint {endpoint.id} serves {benchmark.reference.name} "
        f"(WER {percent(benchmark.error_rate)}).",
        {
            "deployed": "true",
            "endpoint-id": endpoint.id,
            "version": release.version,
            "candidate": benchmark.reference.id,
        },
        result=result,
    )


def find_endpoint(job: Job) -> Endpoint | None:
    """Return the endpoint of the model: the one named by ``endpoint-id``, else the one that is ours."""
    if job.model.endpoint_id:
        return job.speech.endpoint(job.model.endpoint_id)
    ours = [
        endpoint
        for endpoint in job.speech.endpoints()
        if endpoint.custom_properties.get("speechops-model") == job.model.name
    ]
    return min(ours, key=lambda endpoint: (endpoint.created, endpoint.id), default=None)


def serve(job: Job, model: str, result: TestResult | None) -> Endpoint:
    """Make the endpoint serve ``model`` and try it; where the trial fails, bring back what was there."""
    client = job.speech
    before = find_endpoint(job)
    with job.console.step("deploy to the endpoint") as update:
        if before is None:
            draft = NewEndpoint(
                display_name=f"{job.model.name}-{job.model.locale}",
                locale=job.model.locale,
                model=speech.ModelReference(model),
                custom_properties={
                    "speechops-model": job.model.name,
                    "speechops-fingerprint": corpus.fingerprint(("endpoint", job.model.name)),
                    "speechops-commit": job.commit or "local",
                    "speechops-run": job.run,
                },
            )
            identity = create(job, draft).id
        else:
            identity = before.id
            if serving(before) != model:
                client.swap_model(identity, speech.ModelReference(model))
        endpoint = speech.wait(
            lambda: client.endpoint(identity),
            clock=job.clock,
            timeout=job.settings.max_wait,
            progress=lambda entity, _elapsed: update(entity.status),
        )
    try:
        smoke_test(job, endpoint, model, result)
    except ServiceError:
        if before is None:
            client.delete_endpoint(identity)
        elif before.model and serving(before) != model:
            client.swap_model(identity, before.model)
        raise
    return endpoint


def create(job: Job, draft: NewEndpoint) -> Endpoint:
    """Make the model's endpoint. Raises :class:`QuotaExceeded` with the endpoints that take the places."""
    try:
        return job.speech.find_or_create_endpoint(draft).entity
    except QuotaExceeded as refusal:
        present = [f"{each.display_name} ({each.id})" for each in job.speech.endpoints()]
        named = ", ".join(present[:3]) + (f" and {len(present) - 3} more" if len(present) > 3 else "")  # noqa: PLR2004
        refusal.hint = (
            f"There are {named}: set endpoint-id to one of them, and its model is swapped; or delete one."
        )
        raise


def serving(endpoint: Endpoint) -> str:
    """Return the id of the model that an endpoint has; empty where it has none."""
    return endpoint.model.id if endpoint.model else ""


def smoke_test(job: Job, endpoint: Endpoint, model: str, result: TestResult | None) -> None:
    """Transcribe one test utterance through the endpoint and compare it with the model's own test.

    Raises :class:`WorkFailed` where the endpoint has another model or hears nothing.
    """
    if serving(endpoint) != model:
        raise WorkFailed(
            f"Endpoint {endpoint.id} has model {serving(endpoint)}, not {model}.",
            hint="Another run may have swapped it: run deploy again.",
        )
    if job.model.test_data is None or result is None:
        job.console.line("No test data at hand: the endpoint was not tried.")
        return
    utterance = shortest(result.utterances)
    data = corpus.read(job.model.test_data, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale=job.model.locale)
    if utterance.audio not in {item.audio for item in data.utterances}:
        job.console.line(f"{utterance.audio} is no longer in the test data: the endpoint was not tried.")
        return
    with (
        job.console.step(f"transcribe {utterance.audio} through the endpoint"),
        data.open_audio(utterance.audio) as audio,
    ):
        heard = job.speech.recognise(endpoint.id, locale=job.model.locale, audio=audio)
    normalise = scoring.normaliser(job.model.locale, trial.replacements(job.model))
    expected = utterance.candidate if utterance.candidate is not None else utterance.benchmark
    if not normalise(heard.lexical or heard.display):
        raise WorkFailed(
            f"Endpoint {endpoint.id} heard nothing in {utterance.audio}, where the model's test heard words.",
            hint="The endpoint serves what it served before; run deploy again.",
        )
    if job.settings.show_transcripts:
        job.console.line(f"{utterance.audio}: {heard.display or heard.lexical}")
    same = normalise(heard.lexical or heard.display) == normalise(expected)
    job.console.line(
        f"The endpoint answers as the model did in its test ({utterance.audio})."
        if same
        else f"The endpoint's answer for {utterance.audio} differs from the model's test."
    )


def shortest(utterances: Sequence[Recognised]) -> Recognised:
    """Return the utterance with the fewest words of those in which the tested model heard some."""
    heard = [item for item in utterances if (item.candidate or item.benchmark).strip()]
    return min(heard or utterances, key=lambda item: (len(item.reference.split()), item.audio))


def released(job: Job, benchmark: Benchmark, endpoint: Endpoint, result: TestResult | None) -> Release:
    """Return the release of the benchmark on this endpoint: the last one if that is it, else a new one."""
    while True:
        releases = job.registry.releases(job.model.name)
        last = releases[-1] if releases else None
        version = last.version if last else ""
        published = publication.publish(job, benchmark, endpoint, result, after=version)
        if last and last.reference.id == benchmark.reference.id and last.endpoint == endpoint.id:
            return last
        tag = published.tag.removeprefix(publication.prefix(job)) if published else ""
        release = Release(
            version=tag if newer(tag, version) else next_version(version),
            model=job.model.name,
            kind=ReleaseKind.DEPLOY,
            created=job.now(),
            run=job.run,
            commit=benchmark.reference.commit,
            endpoint=endpoint.id,
            reference=benchmark.reference,
            error_rate=benchmark.error_rate,
            outcome=str((result.verdict or {}).get("outcome", "")) if result else "",
            result=benchmark.result,
        )
        try:
            job.registry.add_release(release)
        except Conflict:
            continue
        return release


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
