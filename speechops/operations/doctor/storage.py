"""The store of results: whether it can be read and written, and who else may do so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from speechops import folders
from speechops.errors import IdentityError, StoreError
from speechops.operations.doctor import az
from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.registry.registry import CONTAINERS, RUN_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from speechops.registry.blob import BlobStore
    from speechops.run import Run

_NOBODYS = "doctor/there-is-no-such-document"
_RIGHTS = "rwdlc"
_SOON = timedelta(days=14)


def check(run: Run) -> Iterator[Diagnosis]:
    """Read, request a deletion of nothing, and list the containers."""
    storage = run.settings.storage
    if not storage.is_account:
        yield _folder(storage.folder)
        yield from _identity(run)
        return
    wrong = [*_signature(run)]
    yield from wrong
    if any(diagnosis.state is State.WRONG for diagnosis in wrong):
        return
    account = run.connections.access.account(run.settings.storage)
    try:
        account.read(RUN_RECORDS, _NOBODYS)
    except IdentityError:
        yield Diagnosis("storage", State.UNKNOWN, "It cannot be checked without a sign-in.")
        return
    except StoreError as error:
        yield Diagnosis("storage", State.WRONG, error.message, _filled(run, error.hint))
        return
    yield Diagnosis("storage", State.FINE, f"{account.host} can be read.")
    yield from _identity(run)
    yield _rights(run, account)
    yield from _privacy(account)


def can_be_read(run: Run) -> bool:
    """Whether the store as a whole can be read, whatever is wrong with one document."""
    storage = run.settings.storage
    if not storage.is_account:
        return _folder(storage.folder).state is State.FINE
    try:
        run.connections.access.account(storage).read(RUN_RECORDS, _NOBODYS)
    except (IdentityError, StoreError):
        return False
    return True


def _identity(run: Run) -> Iterator[Diagnosis]:
    """Check the store's ID, without which no run can begin."""
    try:
        run.registry.known_identity()
    except StoreError as error:
        if can_be_read(run):
            yield Diagnosis.of("storage, ID", error)


def _folder(folder: Path) -> Diagnosis:
    """Check whether the folder, or the one that it would be created in, is writable, without writing."""
    why = folders.obstacle(folder, [folder / ".lock", *(folder / container for container in CONTAINERS)])
    if not why:
        return Diagnosis("storage", State.FINE, f"The folder {folder} is used.")
    fix = "Give the user of the run write permission, or choose another store-folder."
    return Diagnosis("storage", State.WRONG, f"Results cannot be stored in {folder}: {why}.", fix)


def _rights(run: Run, account: BlobStore) -> Diagnosis:
    subject = "storage, permission to write"
    try:
        account.delete(RUN_RECORDS, _NOBODYS)
    except StoreError as error:
        return Diagnosis(subject, State.WRONG, error.message, _filled(run, error.hint))
    return Diagnosis(subject, State.FINE, "Documents can be written and deleted.")


def _privacy(account: BlobStore) -> Iterator[Diagnosis]:
    subject = "storage, containers"
    try:
        exposed = account.public_containers()
    except StoreError as error:
        yield Diagnosis(subject, State.UNKNOWN, error.message, error.hint)
        return
    for container in exposed:
        ours = container in CONTAINERS
        yield Diagnosis(
            subject,
            State.WRONG if ours else State.WARNING,
            f"The container {container} of {account.host} is public.",
            account.how_to_close(container),
        )
    if not exposed:
        yield Diagnosis(subject, State.FINE, "All are private; missing ones will be created private.")


def _signature(run: Run) -> Iterator[Diagnosis]:
    """Check the permissions and expiry in a shared access signature."""
    storage = run.settings.storage
    if not storage.sas:
        return
    parts = {name: values[0] for name, values in parse_qs(storage.sas.lstrip("?")).items()}
    subject, now = "storage-sas", run.clock.now()
    make = "Create one with services b, resource types sco and permissions rwdlac; or remove it and sign in."
    if "sr" in parts:
        yield Diagnosis(subject, State.WRONG, "The SAS is for one container; SpeechOps uses several.", make)
    missing = [right for right in _RIGHTS if right not in parts.get("sp", "")]
    if missing and "sp" in parts:
        yield Diagnosis(subject, State.WRONG, f"The SAS lacks the permissions {''.join(missing)}.", make)
    until = _moment(parts.get("se", ""))
    if until is not None and until <= now:
        yield Diagnosis(subject, State.WRONG, f"The SAS expired on {until:%Y-%m-%d %H:%M} UTC.", make)
    elif until is not None and until <= now + _SOON:
        yield Diagnosis(subject, State.WARNING, f"The SAS expires on {until:%Y-%m-%d %H:%M} UTC.", make)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _filled(run: Run, hint: str) -> str:
    """Insert this client and this account into a generic command."""
    return hint.replace("CLIENT", az.assignee(run)).replace("ACCOUNT_ID", az.storage_resource(run))
