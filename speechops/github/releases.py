"""A release for each deployed model: exactly one, however many runs request it, and however often.

The order makes every intermediate state one that the next run can continue from: draft with the model's
marker, asset, annotated tag that names the model (creating its reference decides a race for a version),
publication. So nothing has to change after publication, as immutable releases demand.

The marker is the first line of a release's notes and the last line of its tag's message; the same text
anywhere else, in the name of a file that the notes quote, means nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from speechops import json_text
from speechops.errors import PlatformError
from speechops.github import text as github_text
from speechops.github.version import next_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from speechops.github.api import GitHub
    from speechops.github.entities import Release

ASSET = "release-endpoints.json"

_NOTES_LIMIT = 120_000  # GitHub's own limit is said to be 125,000 characters
_ASSET_LIMIT = 2**20
_RACES = 20  # versions that other runs may take first
_FORBIDDEN, _TAKEN = 403, 422


@dataclass(frozen=True, slots=True)
class ReleasedModel:
    """What is released: the content of ``release-endpoints.json``.

    ``wer`` is a fraction on the test data of ``commit``, None if it is not defined. ``commit`` is the commit
    that promoted the model and holds its data, ``trained_from`` the one that it was trained from.
    ``endpoints`` has the endpoint of each target that has one, if the repository has targets.
    """

    endpoint_id: str
    model: str
    model_id: str
    locale: str
    wer: float | None
    verdict: str
    commit: str
    trained_from: str = ""
    endpoints: Mapping[str, str] = field(default_factory=dict, hash=False)

    def to_json(self) -> bytes:
        """Return the asset. ``ENDPOINT_ID`` is spelled as clients of the original template expect it."""
        content = {
            "ENDPOINT_ID": self.endpoint_id,
            "model": self.model,
            "model_id": self.model_id,
            "locale": self.locale,
            "wer": self.wer,
            "verdict": self.verdict,
            "commit": self.commit,
            "trained_from": self.trained_from,
            **({"endpoints": dict(self.endpoints)} if self.endpoints else {}),
        }
        return (json.dumps(content, indent=2) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read the asset, that of the original template too, which has the endpoint alone.

        Raises ``ValueError`` for anything else.
        """
        content = json_text.read(data)
        if not isinstance(content, dict) or not isinstance(content.get("ENDPOINT_ID"), str):
            raise ValueError("ENDPOINT_ID is missing")  # noqa: TRY004 - one error for a wrong form

        def text(key: str) -> str:
            return str(content.get(key) or "")

        wer = content.get("wer")
        endpoints = content.get("endpoints")
        return cls(
            endpoint_id=content["ENDPOINT_ID"],
            model=text("model"),
            model_id=text("model_id"),
            locale=text("locale"),
            wer=float(wer) if isinstance(wer, int | float) else None,
            verdict=text("verdict"),
            commit=text("commit"),
            trained_from=text("trained_from"),
            endpoints={str(name): str(value) for name, value in endpoints.items()}
            if isinstance(endpoints, dict)
            else {},
        )


@dataclass(frozen=True, slots=True)
class Notes:
    """What people read of a release, and its version.

    ``prefix`` begins the tags; ``version``, without prefix, is the one to use, or the next free one if it
    is empty or taken.
    """

    title: str
    markdown: str
    prefix: str = "v"
    version: str = ""


class TagRefused(PlatformError):
    """GitHub does not let this token tag the commit: its workflow files match no branch's head."""


def find(github: GitHub, model_id: str) -> Release | None:
    """Return the release of a model, a public one before a draft. Raises :class:`PlatformError`."""
    return next(iter(_of_model(github, model_id)), None)


def publish(
    github: GitHub,
    released: ReleasedModel,
    notes: Notes,
    same_data: Callable[[], str] = lambda: "",
) -> Release:
    """Publish the release of a model with a tag on its commit, or return the one there is.

    A draft, from an interrupted run or from :func:`prepare`, is completed and published. In ``notes.title``
    and ``notes.markdown``, ``{version}`` stands for the tag. ``same_data`` returns another commit with the
    same data, or nothing; it is called if GitHub refuses a tag on the model's own.

    Raises :class:`TagRefused`, with the draft left for a person to publish, and :class:`PlatformError`.
    """
    release = find(github, released.model_id)
    if release is None or release.draft:
        return _publish(github, release or _draft(github, released, notes), released, notes, same_data)
    return _complete(github, release, released)


def prepare(github: GitHub, released: ReleasedModel, notes: Notes) -> Release:
    """Create the draft of a release, for a person to publish, or return the release there is.

    Raises :class:`PlatformError`.
    """
    return find(github, released.model_id) or _draft(github, released, notes)


def keep_latest(github: GitHub, released: ReleasedModel) -> None:
    """Make the public release of a model, if there is one, name its endpoint and be GitHub's latest.

    Raises :class:`PlatformError`.
    """
    release = find(github, released.model_id)
    if release is None or release.draft:
        return
    release = _complete(github, release, released)
    if release.prerelease:  # a person made it one, and GitHub refuses those
        return
    latest = github.latest_release()
    if latest is None or latest.id != release.id:
        github.update_release(release.id, make_latest="true")


def read_asset(github: GitHub, release: Release) -> ReleasedModel | None:
    """Return what a release deployed, None if it has no ``release-endpoints.json`` in a known form.

    Raises :class:`PlatformError`.
    """
    asset = release.asset(ASSET)
    if asset is None or asset.state != "uploaded":
        return None
    try:
        return ReleasedModel.from_json(github.download_asset(asset, limit=_ASSET_LIMIT))
    except ValueError:
        return None


def _marker(model_id: str) -> str:
    return f"<!-- speechops:release model={quote(model_id, safe='').replace('-', '%2D')} -->"


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0].strip()


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()


def _of_model(github: GitHub, model_id: str) -> list[Release]:
    """Return the releases of a model: public ones, then drafts, the oldest first."""
    marker = _marker(model_id)
    found = [release for release in github.releases() if _first_line(release.body) == marker]
    return sorted(found, key=lambda release: (release.draft, release.id))


def _draft(github: GitHub, released: ReleasedModel, notes: Notes) -> Release:
    """Create the draft. If several runs do so at once, the one with the lowest id stays."""
    taken = set(_tags(github, notes))
    tag = f"{notes.prefix}{notes.version}"
    if not notes.version or tag in taken:
        tag = next_tag(taken, prefix=notes.prefix)
    fields = _fields(tag, released, notes)
    try:
        created = github.create_draft(tag, commit=released.commit, name=fields["name"], body=fields["body"])
    except PlatformError as error:
        if not _is_foreign(error):
            raise
        # A draft for the default branch is not refused; its notes say which commit is meant.
        created = github.create_draft(tag, commit="", name=fields["name"], body=fields["body"])
    first = next(iter(_of_model(github, released.model_id)), created)
    if first.id != created.id:
        github.delete_release(created.id)
    return first


def _is_foreign(error: PlatformError) -> bool:
    """Whether GitHub refuses a ref because the commit's workflow files match no branch's head."""
    return error.status == _FORBIDDEN and "workflows=write" in error.accepted


def _publish(
    github: GitHub, draft: Release, released: ReleasedModel, notes: Notes, same_data: Callable[[], str]
) -> Release:
    _attach(github, draft, released)
    tag = draft.tag
    for _ in range(_RACES):
        commit = _claim(github, tag, released, same_data)
        if commit:
            break
        tag = next_tag({tag, *_tags(github, notes)}, prefix=notes.prefix)
    else:
        raise PlatformError(
            f"{_RACES} versions in a row were taken by other releases.",
            hint="Give each model of this repository its own tag prefix, or run the job again.",
        )
    fields = _fields(tag, released, notes) | {"draft": False, "target_commitish": commit}
    if tag == draft.tag:  # a person may have edited the draft
        del fields["name"], fields["body"]
    try:
        return github.update_release(draft.id, **fields)
    except PlatformError:
        # Another run with the same model may have been faster; an immutable release cannot be changed.
        present = find(github, released.model_id)
        if present is None or present.draft:
            raise
        if present.id != draft.id:
            github.delete_release(draft.id)
        return present


def _complete(github: GitHub, release: Release, released: ReleasedModel) -> Release:
    """Add the endpoints that a published release lacks, or correct them.

    A release that a person published has none yet; a free endpoint that expired was recreated with another
    ID; a target that was down serves by now.
    """
    # Files of an immutable release are sealed, notes are not.
    content = released.to_json().decode()
    if release.immutable and content in release.body:
        return release
    present = read_asset(github, release)
    if present is not None and _endpoints(present) == _endpoints(released):
        return release
    if not release.immutable:
        _attach(github, release, released)
        return github.release(release.id)
    return github.update_release(release.id, body=f"{release.body}\n\n```json\n{content}```\n")


def _endpoints(released: ReleasedModel) -> tuple[str, dict[str, str]]:
    return released.endpoint_id, dict(released.endpoints)


def _attach(github: GitHub, release: Release, released: ReleasedModel) -> None:
    """Upload the asset, replacing what is left of a broken upload or an older version."""
    data = released.to_json()
    present = github.release(release.id).asset(ASSET)
    if present is not None:
        if present.state == "uploaded" and github.download_asset(present, limit=_ASSET_LIMIT) == data:
            return
        github.delete_asset(present.id)
    try:
        github.upload_asset(release, ASSET, data, content_type="application/json")
    except PlatformError as error:
        present = github.release(release.id).asset(ASSET)
        # Another run with the same model may have been faster, or the answer was lost.
        if present is None or present.state != "uploaded" or present.size != len(data):
            raise PlatformError(
                error.message, hint="Run the job again: the draft release is continued.", status=error.status
            ) from error


def _claim(github: GitHub, tag: str, released: ReleasedModel, same_data: Callable[[], str]) -> str:
    """Claim ``tag`` for this model and return the commit that it names; None if it is another model's.

    Only one creation of a reference succeeds. Raises :class:`TagRefused`.
    """
    reference = github.reference(f"tags/{tag}")
    if reference is None:
        try:
            return _set_tag(github, tag, released, same_data)
        except PlatformError as error:
            reference = github.reference(f"tags/{tag}") if error.status == _TAKEN else None
            if reference is None:
                raise
    if reference.kind != "tag":
        return ""
    present = github.tag(reference.object)
    return present.commit if _last_line(present.message) == _marker(released.model_id) else ""


def _set_tag(github: GitHub, tag: str, released: ReleasedModel, same_data: Callable[[], str]) -> str:
    """Set the tag on the model's commit or, if GitHub refuses that, on another one with the same data."""
    marker = _marker(released.model_id)
    message = f"{released.model} {released.locale}: {released.verdict}\n\n{marker}"

    def set_on(commit: str) -> str:
        made = github.create_tag(tag, commit=commit, message=message)
        github.create_reference(f"tags/{tag}", made)
        return commit

    try:
        return set_on(released.commit)
    except PlatformError as error:
        if not _is_foreign(error):
            raise
        refusal = error
    if same := same_data():
        return set_on(same)
    raise TagRefused(
        f"GitHub refuses the tag {tag} on commit {released.commit[:7]}. {refusal.hint}",
        hint=f"A person may publish the draft release {tag}, with that commit as its target.",
        status=refusal.status,
        accepted=refusal.accepted,
    )


def _tags(github: GitHub, notes: Notes) -> Iterator[str]:
    """Yield the tags in use: existing ones, and those that drafts have reserved."""
    for reference in github.references(f"tags/{notes.prefix}"):
        yield reference.name.removeprefix("refs/tags/")
    for release in github.releases():
        yield release.tag


def _fields(tag: str, released: ReleasedModel, notes: Notes) -> dict[str, Any]:
    body = github_text.cut(notes.markdown.replace("{version}", tag), _NOTES_LIMIT, "…")
    return {
        "tag_name": tag,
        "target_commitish": released.commit,
        "name": notes.title.replace("{version}", tag),
        "body": f"{_marker(released.model_id)}\n{body.rstrip()}\n",
    }
