"""``init``: ``speechops.yml``, the three workflows and what else a repository needs, from its data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import inputs
from speechops.errors import Place, UsageError
from speechops.run import Outcome
from speechops.scoring import counted
from speechops.settings import LONGEST_NAME
from speechops.setup import configuration, discovery, sample, writing
from speechops.setup.callers import Callers
from speechops.setup.locale import proper_case
from speechops.setup.repository import ACTION, Repository, published_action

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from speechops.console import Console
    from speechops.run import Run
    from speechops.setup.discovery import Discovery, FoundModel

CONFIG = Path("speechops.yml")
ATTRIBUTES = Path(".gitattributes")
README = Path("README.md")
_MARKER = "<!-- speechops -->"
_VARIABLES = {
    "speech-endpoint": "${{ vars.SPEECH_ENDPOINT }}",
    "storage-account": "${{ vars.STORAGE_ACCOUNT }}",
    "azure-client-id": "${{ vars.AZURE_CLIENT_ID }}",
    "azure-tenant-id": "${{ vars.AZURE_TENANT_ID }}",
}
_DEPLOYS = {"deploy-client-id": "${{ vars.AZURE_CLIENT_ID_DEPLOY }}"}
_PULL_REQUESTS = {"azure-client-id": "${{ vars.AZURE_CLIENT_ID_PULL_REQUEST }}"}
"""Three identities, as examples/infra makes them: that of pull requests cannot deploy."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the caller: the Action to call, the locale if no folder names it, the sample or not."""

    action: str = ACTION
    locale: str = ""
    from_sample: bool = field(default=False, kw_only=True)
    dry_run: bool = field(default=False, kw_only=True)


def run(run: Run) -> Outcome:
    """Set up the repository in the working directory. Raises as :func:`initialize`."""
    settings = run.settings
    options = Options(
        settings[inputs.ACTION] or _action(_config(Path())) or published_action(),
        settings.invocation.direct("locale"),
        from_sample=settings[inputs.FROM_SAMPLE],
        dry_run=settings[inputs.DRY_RUN],
    )
    return initialize(Path(), Repository(run.connections.git(Path()).ask), options, run.console)


def initialize(folder: Path, repository: Repository, options: Options, console: Console) -> Outcome:
    """Write what is missing and nothing over what exists.

    The sample stands in where there is nothing to test with: in an empty folder, and beside recordings
    without transcripts. Raises :class:`UsageError`, having written nothing, if there is no data or the locale
    is unknown.
    """
    writing.check_action(options.action)
    found = discovery.discover(folder)
    config = _config(folder)
    target = "" if config else _sample_folder(folder, found, options)
    if target:
        found = replace(found, models=(sample.model(target),))
    models = [] if config else list(_models(found, folder, options.locale))
    local = bool(target) or bool(re.search(r"^speech-endpoint:\s*['\"]?local\b", config, re.MULTILINE))
    new = _missing(folder, _files(found, models, repository, options, local=local), console)
    files = writing.Files(folder, new)
    files.refuse_links()
    if not options.dry_run:
        if target:
            sample.copy(folder / target)
        files.write()
    if target:
        console.line(f"{'would copy' if options.dry_run else 'copied'} the sample data to {target}")
    for path in new:
        console.line(f"{'would write' if options.dry_run else 'wrote'} {path}")
    console.heading("Next steps")
    for number, text in enumerate(_next_steps(found, options, repository, target, local=local), 1):
        console.line(f"{number}. {text}")
    if options.dry_run:
        return Outcome("Dry run: nothing was changed.")
    return Outcome(
        f"{counted(len(new), 'file')} written." if new else "Everything exists already: nothing was changed."
    )


def _action(config: str) -> str:
    """Return the Action that an earlier ``init`` named in the schema line, empty if there is none."""
    found = re.search(r"raw\.githubusercontent\.com/([\w.-]+/[\w.-]+)/([\w./-]+)/schema/speechops", config)
    return f"{found[1]}@{found[2]}" if found else ""


def _config(folder: Path) -> str:
    """Return what is in ``speechops.yml``, empty if there is none."""
    path = folder / CONFIG
    return path.read_bytes().decode("utf-8", "replace") or "\n" if path.exists() else ""


def _sample_folder(folder: Path, found: Discovery, options: Options) -> str:
    """Return the folder that the sample's data goes to, empty if the repository has data of its own.

    Raises :class:`UsageError` if it has, and the sample is wanted.
    """
    if found.models:
        if options.from_sample:
            raise UsageError(
                f"The folder has data of its own ({_data(found.models[0])}): nothing was changed.",
                hint="Run init without --from-sample, or in an empty folder.",
                place=Place(input="from-sample"),
            )
        return ""
    if not (options.from_sample or found.untranscribed or _is_empty(folder)):
        return ""
    return "sample" if (folder / "data").exists() else "data"


def _data(model: FoundModel) -> str:
    return model.test_data or next(iter(model.training.values()))[0]


def _is_empty(folder: Path) -> bool:
    """Whether the folder only has what a new repository contains."""
    return all(
        path.name.startswith(".") or path.name in {"LICENSE", "README.md"} for path in folder.iterdir()
    )


def _models(found: Discovery, folder: Path, locale: str) -> Iterator[configuration.Model]:
    """Yield the models for ``speechops.yml``. Raises :class:`UsageError` if no data was found."""
    if not found.models:
        raise UsageError(
            "No audio with transcripts and no training text found.",
            hint="Add recordings and beside them trans.txt, with a line FILE.wav<TAB>TEXT for each; or run "
            "init with --from-sample true.",
        )
    names = [_name(model, folder) for model in found.models]
    taken = set(names)
    for model, name in zip(found.models, names, strict=True):
        known = model.locale or proper_case(locale)
        if not known:
            raise UsageError(
                f"The locale of {model.test_data or model.folder} is unknown.",
                hint="Run init with --locale, such as --locale en-US.",
                place=Place(input="locale"),
            )
        unique = name if names.count(name) == 1 else _unlike(taken, name, known)
        taken.add(unique)
        yield configuration.Model(unique, known, model.test_data, model.training)


def _name(model: FoundModel, folder: Path) -> str:
    """Return a name for a model: its folder's, else the repository's."""
    words = folder.resolve().name if model.folder == "." else model.folder.replace("/", "-")
    name = "".join(character if character.isalnum() or character in "._-" else "-" for character in words)
    return name.strip("._-")[:LONGEST_NAME] or "model"


def _unlike(taken: Collection[str], name: str, locale: str) -> str:
    """Return a name that no other model has, with the locale in it, and a number if it has to be."""
    suffixes = (f"-{locale}{f'-{number}' if number > 1 else ''}" for number in count(1))
    names = (f"{name[: LONGEST_NAME - len(suffix)]}{suffix}" for suffix in suffixes)
    return next(unique for unique in names if unique not in taken)


def _files(
    found: Discovery,
    models: list[configuration.Model],
    repository: Repository,
    options: Options,
    *,
    local: bool,
) -> Mapping[Path, str]:
    owner, _, version = options.action.partition("@")
    schema = f"https://raw.githubusercontent.com/{owner}/{version}/schema/speechops.schema.json"
    top = {"speech-endpoint": "local"} if local else {}
    values = dict(_LOCAL if local else _VARIABLES)
    if found.large:
        values["lfs"] = "true"
    callers = Callers(
        options.action,
        "init",
        branches=(repository.default_branch(),),
        by_hand=True,
        endpoint="local" if local else "https://NAME.cognitiveservices.azure.com",
        values=values,
        release_values=_UNATTENDED if local else {**_DEPLOYS, "environment": "production"},
        pull_request_values={} if local else _PULL_REQUESTS,
    )
    written = {
        CONFIG: configuration.text(models, written_by="init", schema=schema, top=top),
        **callers.files(),
        README: _README,
    }
    if found.large:
        suffixes = sorted({Path(path).suffix for path in found.large})
        written[ATTRIBUTES] = "".join(
            f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in suffixes
        )
    return written


_LOCAL: Mapping[str, str] = {"speech-endpoint": "local"}
_UNATTENDED: Mapping[str, str] = {
    "environment": '""',
    "require-approval": "false # nothing in production use is deployed",
}


def _missing(folder: Path, files: Mapping[Path, str], console: Console) -> dict[Path, str]:
    """Return what is to be written: files that do not exist, and sections that an existing file lacks."""
    new: dict[Path, str] = {}
    for path, text in files.items():
        target = folder / path
        if not target.exists():
            new[path] = text
            continue
        present = target.read_bytes().decode("utf-8", "replace")
        if path == README and _MARKER not in present:
            new[path] = f"{present.rstrip()}\n\n{text}"
        elif path == ATTRIBUTES and text not in present:
            new[path] = f"{present.rstrip()}\n{text}"
        else:
            console.line(f"{path} exists: unchanged")
    return new


def _next_steps(
    found: Discovery, options: Options, repository: Repository, sample_folder: str, *, local: bool
) -> Iterator[str]:
    if options.action.startswith("OWNER/"):
        yield "Replace OWNER in speechops.yml and the three workflows with the owner of the Action."
    for path in found.untranscribed:
        lacks = f"{path} contains recordings without a transcript"
        if sample_folder:
            yield (
                f"{lacks}, so the sample is used until there is one: write {path}/trans.txt with a line "
                f"FILE.wav<TAB>TEXT for each, delete {sample_folder}, speechops.yml and the workflows, and "
                "run init again."
            )
        else:
            yield f"{lacks}: they are not used."
    if found.large:
        yield f"git lfs install && git lfs migrate import --include='{','.join(found.large)}'"
    yield "speechops validate"
    yield "speechops test-data && speechops train-data"
    if local:
        yield "Commit and push: the workflows run on the embedded speech service, without an account."
        yield (
            "With a Speech resource: remove the line speech-endpoint: local from speechops.yml, delete the "
            "three workflows, and run init again."
        )
        return
    name, source = repository.github() or "OWNER/REPOSITORY", options.action.partition("@")[0]
    yield (
        f"In a clone of https://github.com/{source}: examples/infra/setup.sh --group GROUP --name NAME "
        f"--storage STORAGE --repository {name} creates the resources, the identities, the environment "
        "production with you as its reviewer, and the variables."
    )
    yield "Replace NAME in speech-pull-request.yml with the custom domain of the Speech resource."
    yield "Commit and push."
    yield f"Require the check of pull requests: echo '{_RULESET}' | gh api repos/{name}/rulesets --input -"


_RULESET = json.dumps(
    {
        "name": "Speech",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
            {
                "type": "required_status_checks",
                "parameters": {
                    "strict_required_status_checks_policy": False,
                    "required_status_checks": [{"context": "Speech / Speech"}],
                },
            }
        ],
    }
)
"""A rule set of GitHub's REST API that requires the check of the reusable workflow for pull requests."""

_README = f"""\
{_MARKER}
## Speech models

[SpeechOps](speechops.yml) tests and trains the custom speech models of this repository.

* Change test data or training data in a pull request: its check shows whether the model improves.
* After the merge the better model waits for approval, then goes to its endpoint and a release.
* On a laptop, without an account: `speechops validate`, `speechops test-data`, `speechops train-data`.
"""
