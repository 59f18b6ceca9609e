"""A release for each deployed model: one, however often and by how many runs it is asked for.

The order makes every half-way state one that the next run goes on from: draft with the model's marker,
asset, annotated tag that names the model (creating its reference decides a race for a version), publication.
So nothing has to change after publication, as immutable releases demand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from speechops.errors import PlatformError
from speechops.github import text as github_text
from speechops.github.version import Step, next_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.github.api import GitHub
    from speechops.github.entities import Release

ASSET = "release-endpoints.json"

_NOTES_LIMIT = 120_000  # GitHub's own limit is said to be 125,000 characters
_ASSET_LIMIT = 2**20
_RACES = 20  # versions that others may take under our hands
_TAKEN = 422


@dataclass(frozen=True, slots=True)
class ReleasedModel:
    """What is released: the content of ``release-endpoints.json``.

    ``wer`` is a fraction on the test data of ``commit``, None where it is not defined.
    """

    endpoint_id: str
    model: str
    model_id: str
    locale: str
    wer: float | None
    verdict: str
    commit: str

    def to_json(self) -> bytes:
        """Return the asset. ``ENDPOINT_ID`` is spelled as clients of the original template read it."""
        content = {
            "ENDPOINT_ID": self.endpoint_id,
            "model": self.model,
            "model_id": self.model_id,
            "locale": self.locale,
            "wer": self.wer,
            "verdict": self.verdict,
            "commit": self.commit,
        }
        return (json.dumps(content, indent=2) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read the asset, that of the original template too, which has the endpoint alone.

        Raises ``ValueError`` for anything else.
        """
        content = json.loads(data)
        if not isinstance(content, dict) or not isinstance(content.get("ENDPOINT_ID"), str):
            raise ValueError("ENDPOINT_ID is missing")  # noqa: TRY004 - one error for a wrong form

        def text(key: str) -> str:
            return str(content.get(key) or "")

        wer = content.get("wer")
        return cls(
            endpoint_id=content["ENDPOINT_ID"],
            model=text("model"),
            model_id=text("model_id"),
            locale=text("locale"),
            wer=float(wer) if isinstance(wer, int | float) else None,
            verdict=text("verdict"),
            commit=text("commit"),
        )


@dataclass(frozen=True, slots=True)
class Notes:
    """What people read of a release, and how its version follows.

    ``prefix`` begins the tags; ``after`` is a version, without prefix, that is in use without a tag.
    """

    title: str
    markdown: str
    prefix: str = "v"
    step: Step = Step.MINOR
    after: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """A release, and whether this run was the one that made it public."""

    release: Release
    published_now: bool


def find(github: GitHub, model_id: str) -> Release | None:
    """Return the release of a model, a public one before a draft. Raises :class:`PlatformError`."""
    return next(iter(_of_model(github, model_id)), None)


def publish(github: GitHub, released: ReleasedModel, notes: Notes) -> Publication:
    """Publish the release of a model with a tag on its commit, or return the one there is.

    A draft, from a run that stopped or from :func:`prepare`, is completed and published. In ``notes.title``
    and ``notes.markdown``, ``{version}`` stands for the tag. Raises :class:`PlatformError`.
    """
    release = find(github, released.model_id)
    if release is None or release.draft:
        return _publish(github, release or _draft(github, released, notes), released, notes)
    return Publication(_complete(github, release, released), published_now=False)


def prepare(github: GitHub, released: ReleasedModel, notes: Notes) -> Release:
    """Make the draft of a release, for a person to publish, or return the release there is.

    Raises :class:`PlatformError`.
    """
    return find(github, released.model_id) or _draft(github, released, notes)


def keep_latest(github: GitHub, released: ReleasedModel) -> None:
    """Let the public release of a model name its endpoint and be GitHub's latest; there may be none.

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
    """Return what a release deployed, None where it has no ``release-endpoints.json`` of a known form.

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


def _of_model(github: GitHub, model_id: str) -> list[Release]:
    """Return the releases of a model: public ones, then drafts, the oldest first."""
    marker = _marker(model_id)
    found = [release for release in github.releases() if marker in release.body]
    return sorted(found, key=lambda release: (release.draft, release.id))


def _draft(github: GitHub, released: ReleasedModel, notes: Notes) -> Release:
    """Create the draft. Of runs that do so at once, the one with the lowest id stays."""
    tag = next_tag(_tags(github, notes), prefix=notes.prefix, step=notes.step)
    fields = _fields(tag, released, notes)
    created = github.create_draft(tag, commit=released.commit, name=fields["name"], body=fields["body"])
    first = next(iter(_of_model(github, released.model_id)), created)
    if first.id != created.id:
        github.delete_release(created.id)
    return first


def _publish(github: GitHub, draft: Release, released: ReleasedModel, notes: Notes) -> Publication:
    _attach(github, draft, released)
    tag = draft.tag
    for _ in range(_RACES):
        if _claim(github, tag, released):
            break
        tag = next_tag({tag, *_tags(github, notes)}, prefix=notes.prefix, step=notes.step)
    else:
        raise PlatformError(
            f"{_RACES} versions in a row were taken by other releases.",
            hint="Give the models of this repository a tag prefix each, or run the job again.",
        )
    fields = _fields(tag, released, notes) | {"draft": False}
    if tag == draft.tag:  # a person may have edited the draft
        del fields["name"], fields["body"]
    try:
        return Publication(github.update_release(draft.id, **fields), published_now=True)
    except PlatformError:
        # Another run with the same model may have been faster; an immutable release takes no second word.
        present = find(github, released.model_id)
        if present is None or present.draft:
            raise
        if present.id != draft.id:
            github.delete_release(draft.id)
        return Publication(present, published_now=False)


def _complete(github: GitHub, release: Release, released: ReleasedModel) -> Release:
    """Add what a published release lacks, or has no longer right: its endpoint.

    One that a person published has none yet; a free one that expired was made anew with another id.
    """
    # Files of an immutable release are sealed, notes are not.
    content = released.to_json().decode()
    if release.immutable and content in release.body:
        return release
    present = read_asset(github, release)
    if present is not None and present.endpoint_id == released.endpoint_id:
        return release
    if not release.immutable:
        _attach(github, release, released)
        return github.release(release.id)
    return github.update_release(release.id, body=f"{release.body}\n\n```json\n{content}```\n")


def _attach(github: GitHub, release: Release, released: ReleasedModel) -> None:
    """Make the asset what it has to be, in place of the rest of a broken upload or of an older one."""
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
        # Another run with the same model may have been faster, or the answer was lost on its way.
        if present is None or present.state != "uploaded" or present.size != len(data):
            raise PlatformError(
                error.message, hint="Run the job again: the draft release is continued.", status=error.status
            ) from error


def _claim(github: GitHub, tag: str, released: ReleasedModel) -> bool:
    """Take ``tag`` for this model; False where it is another's. Only one creation of a reference succeeds."""
    marker = _marker(released.model_id)
    reference = github.reference(f"tags/{tag}")
    if reference is None:
        message = f"{released.model} {released.locale}: {released.verdict}\n\n{marker}"
        made = github.create_tag(tag, commit=released.commit, message=message)
        try:
            github.create_reference(f"tags/{tag}", made)
        except PlatformError as error:
            reference = github.reference(f"tags/{tag}") if error.status == _TAKEN else None
            if reference is None:
                raise
        else:
            return True
    return reference.kind == "tag" and marker in github.tag(reference.object).message


def _tags(github: GitHub, notes: Notes) -> Iterator[str]:
    """Yield the tags in use: those there are, and those that drafts have in mind."""
    if notes.after:
        yield f"{notes.prefix}{notes.after}"
    for reference in github.references(f"tags/{notes.prefix}"):
        yield reference.name.removeprefix("refs/tags/")
    for release in github.releases():
        yield release.tag


def _fields(tag: str, released: ReleasedModel, notes: Notes) -> dict[str, Any]:
    marker = f"\n\n{_marker(released.model_id)}\n"
    body = github_text.cut(notes.markdown.replace("{version}", tag), _NOTES_LIMIT, "…")
    return {
        "tag_name": tag,
        "target_commitish": released.commit,
        "name": notes.title.replace("{version}", tag),
        "body": body.rstrip() + marker,
    }
