"""The store in Azure Blob Storage.

Compare-and-swap is the service's own: ``If-Match`` and ``If-None-Match`` on Put Blob. The module loads the
Azure libraries; import it only where a storage account is used.
"""

from __future__ import annotations

import contextlib
import re
import uuid
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

from azure.core import MatchConditions
from azure.core.credentials import AzureSasCredential
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobServiceClient, ExponentialRetry

from speechops.azure_transport import Transport
from speechops.errors import Place, StoreError, UsageError
from speechops.redaction import Redactor, redact, secret_parts
from speechops.registry import refusal
from speechops.registry.refusal import Access
from speechops.registry.store import MAX_DOCUMENT, Blob, Conflict, check_container, check_name, check_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests
    from azure.storage.blob import BlobClient

    from speechops.clock import Clock

_SCOPE = "https://storage.azure.com/.default"
_MARK = "speechopswrite"  # metadata by which a write recognizes itself


class SignIn(Protocol):
    """Renewable tokens, such as :class:`speechops.identity.SignIn`."""

    def token(self, scope: str) -> str:
        """Return a token for ``scope`` that is valid for at least a few minutes."""
        ...

    def renew(self) -> None:
        """Discard the current tokens."""
        ...


class BlobStore:
    """A :class:`~speechops.registry.store.Store` in a storage account.

    Made by :meth:`signed_in`, :meth:`with_sas` or :meth:`with_connection_string`. A request is attempted up
    to five times; containers are created by the first write, without public access.
    """

    def __init__(self, service: BlobServiceClient, access: Access, *, secrets: tuple[str, ...] = ()) -> None:
        self._service = service
        self._access = access
        self._redact = Redactor(secrets)

    @classmethod
    def signed_in(
        cls, account: str, sign_in: SignIn, *, session: requests.Session, clock: Clock
    ) -> BlobStore:
        """Use ``account``, a name or ``https://`` address, with the tokens of ``sign_in``."""
        address = _address(account)
        if not address.startswith("https:"):
            raise UsageError(
                f"A sign-in would send its token to {address} in the clear.",
                hint="Name the account by its https:// address.",
                place=Place(input="storage-account"),
            )
        transport = _SignedTransport(sign_in, session, clock)
        return cls(BlobServiceClient(address, **_options(transport, clock)), Access.SIGN_IN)

    @classmethod
    def with_sas(cls, account: str, sas: str, *, session: requests.Session, clock: Clock) -> BlobStore:
        """Use ``account``, a name or ``https://`` address, with a shared access signature."""
        token = sas.strip().lstrip("?")
        if "sig" not in parse_qs(token):
            raise UsageError(
                "The SAS of the storage account has no signature.",
                hint="Copy it completely, from sv= to sig=.",
                place=Place(input="storage-sas"),
            )
        options = _options(_StorageTransport(session, clock), clock)
        service = BlobServiceClient(_address(account), AzureSasCredential(token), **options)
        return cls(service, Access.SAS, secrets=secret_parts(token))

    @classmethod
    def with_connection_string(cls, text: str, *, session: requests.Session, clock: Clock) -> BlobStore:
        """Use the account and the key, or SAS, that a connection string names."""
        options = _options(_StorageTransport(session, clock), clock)
        try:
            service = BlobServiceClient.from_connection_string(text, **options)
        except ValueError:
            raise UsageError(
                "The connection string of the storage account cannot be read.",
                hint="Copy it from the portal, Access keys: ...AccountName=NAME;AccountKey=KEY...",
                place=Place(input="storage-connection-string"),
            ) from None
        access = Access.KEY if "accountkey=" in text.lower() else Access.SAS
        return cls(service, access, secrets=secret_parts(text))

    @property
    def host(self) -> str:
        """The storage account's host, to name it in messages."""
        return urlsplit(self._service.url).hostname or ""

    def __repr__(self) -> str:
        return f"BlobStore({self.host!r}, {self._access.value!r})"

    def read(self, container: str, name: str) -> Blob | None:
        """Return the document, or None if it is absent."""
        blob = self._blob(container, name)
        with self._explained(f"read {container}/{name}"):
            try:
                download = blob.download_blob()
                check_size(container, name, download.size)
                return Blob(download.readall(), download.properties.etag)
            except ResourceNotFoundError:
                return None

    def write(
        self, container: str, name: str, data: bytes, *, if_match: str | None = None, if_absent: bool = False
    ) -> str:
        """Replace or create the document and return its ETag; :class:`Conflict` if the condition fails.

        A response may be lost and the write retried; then the condition fails on our own first attempt.
        Each write therefore carries a mark, by which it recognizes itself.
        """
        blob = self._blob(container, name)
        check_size(container, name, len(data))
        condition: dict[str, Any] = {"overwrite": not if_absent}
        if if_match is not None:
            condition |= {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
        with self._explained(f"write {container}/{name}"):
            try:
                return self._put_marked(blob, data, **condition)
            except ResourceNotFoundError:
                if if_match is not None:
                    raise Conflict(container, name) from None
                self._create(container)
                return self._put_marked(blob, data, **condition)

    def names(self, container: str, prefix: str = "") -> Iterator[str]:
        """Yield the names that start with ``prefix``, sorted."""
        yield from sorted(self._listed(container, "list_blob_names", prefix))

    def states(self, container: str, prefix: str = "") -> dict[str, str]:
        """Return the names that start with ``prefix``, sorted, each with its ETag."""
        blobs = self._listed(container, "list_blobs", prefix)
        return dict(sorted((blob.name, str(blob.etag)) for blob in blobs))

    def delete(self, container: str, name: str) -> None:
        """Remove the document with its snapshots; if it is absent, do nothing."""
        blob = self._blob(container, name)
        with self._explained(f"delete {container}/{name}"), contextlib.suppress(ResourceNotFoundError):
            blob.delete_blob(delete_snapshots="include")

    def public_containers(self) -> tuple[str, ...]:
        """Return the containers of the account that anyone may read without signing in."""
        with self._explained("list the containers"):
            return tuple(item.name for item in self._service.list_containers() if item.public_access)

    def how_to_close(self, container: str) -> str:
        """Return the command that makes a container private. It needs the account's key."""
        name = self.host.partition(".")[0]
        return (
            f"az storage container set-permission --account-name {name} --name {container} "
            "--public-access off --auth-mode key"
        )

    def _blob(self, container: str, name: str) -> BlobClient:
        check_container(container)
        check_name(name)
        return self._service.get_blob_client(container, name)

    def _listed(self, container: str, method: str, prefix: str) -> list[Any]:
        check_container(container)
        listing = getattr(self._service.get_container_client(container), method)
        with self._explained(f"list {container}"), contextlib.suppress(ResourceNotFoundError):
            return list(listing(name_starts_with=prefix or None))
        return []

    def _create(self, container: str) -> None:
        try:
            self._service.create_container(container)
        except ResourceExistsError as error:
            if refusal.code(error) != "ContainerAlreadyExists":
                raise

    def _put_marked(self, blob: BlobClient, data: bytes, **condition: Any) -> str:  # noqa: ANN401
        mark = uuid.uuid4().hex
        try:
            return str(blob.upload_blob(data, metadata={_MARK: mark}, **condition)["etag"])
        except (ResourceExistsError, ResourceModifiedError) as error:
            if not refusal.is_unmet_condition(error):
                raise
            if (etag := _etag_of_mark(blob, mark)) is not None:
                return etag
            raise Conflict(blob.container_name, blob.blob_name) from None

    @contextlib.contextmanager
    def _explained(self, act: str) -> Iterator[None]:
        try:
            yield
        except AzureError as error:
            reason, hint = refusal.explain(error, self._access)
            raise StoreError(
                f"Storage {self.host} would not {act}: {self._redact(reason)}.", hint=hint
            ) from error


def _etag_of_mark(blob: BlobClient, mark: str) -> str | None:
    """Return the ETag of the document if the write with this mark created it."""
    try:
        found = blob.get_blob_properties()
    except ResourceNotFoundError:
        return None
    return str(found.etag) if (found.metadata or {}).get(_MARK) == mark else None


class _StorageTransport(Transport):
    """Lets through only answers of a storage account; the library accepts any page."""

    def send(self, request: Any, **options: Any) -> Any:  # noqa: ANN401 - as the base class has it
        """Send ``request``."""
        response = super().send(request, **options)
        if response.status_code < 400 and "x-ms-version" not in response.headers:  # noqa: PLR2004
            response.internal_response.close()
            raise DecodeError("not an answer of a storage account")
        return response


class _SignedTransport(_StorageTransport):
    """Signs each request with a token, and again with a new one if the service rejects it.

    The library's own policy keeps a token until it expires; a revoked token, or one that a wrong clock
    considers valid, would end the run.
    """

    def __init__(self, sign_in: SignIn, session: requests.Session, clock: Clock) -> None:
        super().__init__(session, clock)
        self._sign_in = sign_in

    def send(self, request: Any, **options: Any) -> Any:  # noqa: ANN401 - as the base class has it
        """Send ``request`` with a token."""
        response = self._send_signed(request, **options)
        if not _token_refused(response):
            return response
        response.internal_response.close()
        self._sign_in.renew()
        return self._send_signed(request, **options)

    def _send_signed(self, request: Any, **options: Any) -> Any:  # noqa: ANN401
        request.headers["Authorization"] = f"Bearer {self._sign_in.token(_SCOPE)}"
        return super().send(request, **options)


def _token_refused(response: Any) -> bool:  # noqa: ANN401
    """Whether the token is to blame: Azure answers 401, Azurite 403."""
    code = response.headers.get("x-ms-error-code")
    return response.status_code == 401 or (response.status_code, code) == (403, "AuthenticationFailed")  # noqa: PLR2004


class _Retry(ExponentialRetry):
    """Attempts a request up to five times, with pauses of about 3, 5, 9 and 17 seconds."""

    def __init__(self, clock: Clock) -> None:
        kinds: dict[str, Any] = {f"retry_{kind}": 4 for kind in ("connect", "read", "status")}
        super().__init__(initial_backoff=1, increment_base=2, random_jitter_range=1, retry_total=4, **kinds)
        self._clock = clock

    def sleep(self, settings: dict[str, Any], _transport: object) -> None:
        """Wait until the next attempt: a container's or blob's client sleeps outside our transport."""
        self._clock.sleep(self.get_backoff_time(settings))


def _options(transport: Transport, clock: Clock) -> dict[str, Any]:
    # A document goes in one request, so that its condition is checked as it is written.
    return {"transport": transport, "retry_policy": _Retry(clock), "max_single_put_size": MAX_DOCUMENT}


def _address(account: str) -> str:
    """Return the address of the account's blob service."""
    if re.fullmatch(r"[a-z0-9]{3,24}", account):
        return f"https://{account}.blob.core.windows.net"
    parts = urlsplit(account)
    if parts.scheme in {"https", "http"} and parts.hostname and not parts.query:
        return account
    raise UsageError(
        f"{redact(account)!r} is not a valid storage account.",
        hint="Use its name, 3 to 24 lower-case letters and digits, or the https:// address of its blob "
        "service without a SAS.",
        place=Place(input="storage-account"),
    )
