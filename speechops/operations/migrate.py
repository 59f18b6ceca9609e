"""``migrate``: a fork of Microsoft's Speech DevOps template becomes a SpeechOps repository.

The template's workflows are read for what the fork had set, never run. The operation ends with a list of
everything that it found and what became of it: nothing is dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import inputs
from speechops.errors import DataError, UsageError
from speechops.run import Outcome
from speechops.scoring import counted
from speechops.setup import account, configuration, fork, writing
from speechops.setup.callers import ENDPOINT, Callers
from speechops.setup.repository import ACTION, Repository, published_action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.console import Console
    from speechops.run import Run
    from speechops.setup.configuration import Model
    from speechops.setup.fork import Fork

CONFIG = Path("speechops.yml")

FAULTS = """\
The old workflows had these faults, which are now gone:
- both ran on a push that changed both kinds of data, and raced for the benchmark;
- the newest model in the list counted as the benchmark, whoever created it;
- word error rates were compared as text, so that 9.5 counted as more than 10.1;
- every release created a new endpoint, and older ones kept costing money: maintain lists them."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the caller: the Action to call, the endpoint to keep, the Speech resource to use."""

    action: str = ACTION
    endpoint_id: str = ""
    speech_endpoint: str = ""
    speech_region: str = ""
    dry_run: bool = field(default=False, kw_only=True)


def run(run: Run) -> Outcome:
    """Migrate the repository in the working directory. Raises as :func:`migrate`."""
    settings = run.settings
    options = Options(
        settings[inputs.ACTION] or published_action(),
        settings[inputs.ENDPOINT_ID],
        settings.invocation.direct("speech-endpoint"),
        settings[inputs.SPEECH_REGION],
        dry_run=settings[inputs.DRY_RUN],
    )
    return migrate(Path(), Repository(run.connections.git(Path()).ask), options, run.console)


def migrate(folder: Path, repository: Repository, options: Options, console: Console) -> Outcome:
    """Write ``speechops.yml`` and the callers, remove the template's workflows, and list what was found.

    Raises :class:`UsageError`, having changed nothing, if this is not a fork, or no longer one.
    """
    if (folder / CONFIG).exists():
        raise UsageError(f"{CONFIG} already exists: nothing was changed.", hint="Remove it to migrate again.")
    writing.check_action(options.action)
    found = fork.read(folder, repository)
    files = writing.Files(
        folder, {CONFIG: _configuration(found, options), **_callers(found, options).files()}
    )
    files.check(replaced=found.workflows)
    if not options.dry_run:
        for path in found.workflows:
            (folder / path).unlink()
        files.write()
    for path in found.workflows:
        console.line(f"{'would remove' if options.dry_run else 'removed'} {path}")
    for path, text in files.contents.items():
        console.line(f"{'would write' if options.dry_run else 'wrote'} {path}")
        if options.dry_run:
            console.line(text)
    console.heading("What the old set-up contained")
    for line in account.lines(found.account):
        console.line(line)
    console.line(FAULTS)
    console.heading("Next steps")
    releases = f"https://github.com/{remote}/releases" if (remote := repository.github()) else "GitHub"
    for number, text in enumerate(_next_steps(folder, found, options, releases), 1):
        console.line(f"{number}. {text}")
    done = f"{counted(len(found.workflows), 'workflow')} removed, {len(files.contents)} files written"
    return Outcome("Dry run: nothing was changed." if options.dry_run else f"The fork is migrated: {done}.")


def _configuration(found: Fork, options: Options) -> str:
    models = []
    for number, model in enumerate(found.models):
        # The template had one benchmark for the storage account, whatever the number of its workflows.
        settings = {"old-benchmark": "forget" if number else "adopt"}
        if options.endpoint_id and not number:
            settings["endpoint-id"] = options.endpoint_id
        models.append(replace(model, settings=settings))
    notes = ["gate: any-improvement is the template's rule; the default is better beyond chance."]
    return configuration.text(models, written_by="migrate", notes=notes)


def _callers(found: Fork, options: Options) -> Callers:
    values = {"lfs": "true"} if found.lfs else {}
    if found.runs_on:
        values["runs-on"] = configuration.scalar(found.runs_on)
    return Callers(
        options.action,
        "migrate",
        branches=found.branches,
        baseline=found.baseline,
        by_hand=found.by_hand,
        endpoint=options.speech_endpoint or ENDPOINT,
        region=options.speech_region,
        values=values,
        secrets=found.secrets,
    )


def _next_steps(folder: Path, found: Fork, options: Options, releases: str) -> Iterator[str]:
    if options.action.startswith("OWNER/"):
        yield "Replace OWNER in the three workflows with the owner of the Action, or set it with --action."
    if not options.speech_endpoint and not options.speech_region:
        yield (
            "Replace NAME in speech-pull-request.yml with the custom domain of the Speech resource, or set "
            "--speech-endpoint or --speech-region: a run for a fork's pull request reads no secret."
        )
    left = sum(bool(entry.to_do) for entry in found.account)
    if left:
        yield f"Decide on the {counted(left, 'thing')} listed above as not carried over."
    for model in found.models:
        yield from _few_utterances(folder, model)
    if not options.endpoint_id:
        yield (
            f"To keep the endpoint that clients use, set endpoint-id in {CONFIG} to the ENDPOINT_ID in "
            f"release-endpoints.json of the last release on {releases}; otherwise the first deployment "
            "creates a new one."
        )
    yield (
        "Close the template's container to the public, as the new benchmark is kept there too: az storage "
        "container set-permission --name configuration --public-access off --account-name ACCOUNT"
    )
    yield "Give the environment production required reviewers, or set require-approval: false in speech.yml."
    cost = "; ".join(_first_push(folder, model) for model in found.models)
    yield f"Commit and push. The first push {cost}."
    yield "When everything works, sign in with OpenID Connect instead of AZURE_CREDENTIALS."


def _few_utterances(folder: Path, model: Model) -> Iterator[str]:
    least = int(inputs.BY_NAME["min-utterances"].default)
    read = _test_data(folder, model)
    if read and read[0] < least:
        yield (
            f"{model.test_data} has {counted(read[0], 'utterance')}, and a verdict needs {least} "
            "(min-utterances): until there are more, every verdict is inconclusive and the job fails. "
            "on-inconclusive: pass keeps it green."
        )


def _first_push(folder: Path, model: Model) -> str:
    """Describe the cost of a model's first push, in audio and models; prices differ by region and change."""
    if not model.test_data:
        return f"does nothing for {model.name} until its test data is named"
    read = _test_data(folder, model)
    audio = f"{read[1] / 60:.1f} minutes" if read else "the audio"
    tested = f"tests {model.name} on {audio} of test data, once for each of two models"
    return f"trains one model and {tested}" if model.training else tested


def _test_data(folder: Path, model: Model) -> tuple[int, float] | None:
    """Return how many utterances and seconds there are to test on, None if it cannot be read."""
    from speechops import corpus  # noqa: PLC0415 - only if there is data to read

    if not model.test_data:
        return None
    path, purpose = folder / model.test_data, corpus.Purpose.TEST
    try:
        data = corpus.read(path, kind=corpus.Kind.ACOUSTIC, purpose=purpose, locale=model.locale)
    except DataError:  # such as a Git LFS pointer, which validate explains
        return None
    return len(data.utterances), sum(utterance.seconds for utterance in data.utterances)
