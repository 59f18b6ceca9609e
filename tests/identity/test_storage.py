"""Signing in to storage for real: every method's token on Azurite with TLS and OAuth."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from speechops.clock import SystemClock
from speechops.errors import StoreError
from speechops.identity import SignIn, SignInMethod
from speechops.registry import Blob
from speechops.registry.blob import BlobStore
from tests import azurite
from tests.identity.test_sign_in import SERVED, Run, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.azurite import Azurite
    from tests.certificate import Certificate

__all__ = ["run"]  # the fixture


@pytest.fixture(scope="session")
def storage(own_certificate: Certificate) -> Iterator[Azurite]:
    tls = ("--oauth", "basic", "--cert", own_certificate.file, "--key", own_certificate.key)
    with azurite.running("--inMemoryPersistence", "--silent", *tls) as server:
        yield server


def _open(storage: Azurite, sign_in: SignIn, run: Run) -> BlobStore:
    return BlobStore.signed_in(storage.url, sign_in, session=run.session, clock=SystemClock())


@pytest.mark.parametrize("method", SERVED)
def test_store__each_method__reads_and_writes(storage: Azurite, run: Run, method: SignInMethod) -> None:
    store = _open(storage, run.sign_in(method), run)
    box = f"box-{uuid.uuid4().hex}"
    etag = store.write(box, "a", b"1", if_absent=True)
    assert store.read(box, "a") == Blob(b"1", etag)
    assert store.write(box, "a", b"2", if_match=etag) != etag
    assert list(store.names(box)) == ["a"]
    assert box not in store.public_containers()
    assert len(run.entra.issued) == 1


def test_store__token_for_another_audience__one_line_after_one_renewal(storage: Azurite, run: Run) -> None:
    run.entra.audience = "https://management.azure.com"
    with pytest.raises(StoreError) as error:
        _open(storage, run.sign_in(SignInMethod.GITHUB), run).read("test-results", "a")
    assert "the token was rejected. Check that azure-tenant-id is the tenant" in str(error.value)
    assert len(run.entra.issued) == 2
    assert not any(token in str(error.value) for token in run.entra.issued)


def test_store__token_that_expires_before_its_promised_end__renewed_and_the_run_goes_on(
    storage: Azurite, run: Run
) -> None:
    sign_in = run.sign_in(SignInMethod.GITHUB)
    run.entra.real_lifetime = -1
    sign_in.token("https://storage.azure.com/.default")
    run.entra.real_lifetime = None
    store = _open(storage, sign_in, run)
    box = f"box-{uuid.uuid4().hex}"
    etag = store.write(box, "a", b"1")
    assert store.read(box, "a") == Blob(b"1", etag)
    assert len(run.entra.issued) == len(run.entra.id_tokens) == 2


def test_store__tokens_that_are_always_expired__one_line(storage: Azurite, run: Run) -> None:
    run.entra.real_lifetime = -1
    with pytest.raises(StoreError, match="the token was rejected"):
        _open(storage, run.sign_in(SignInMethod.CLIENT_SECRET), run).write("test-results", "a", b"1")
    assert len(run.entra.issued) == 2


def test_store__long_run__tokens_rotate_during_the_run(storage: Azurite, run: Run) -> None:
    """Three hours of polling pass on the run's clock; no request sees a token near its end."""
    store = _open(storage, run.sign_in(SignInMethod.GITHUB), run)
    box = f"box-{uuid.uuid4().hex}"
    for minute in range(0, 180, 10):
        run.entra.lifetime = 3600 + 60 * minute  # an hour on the run's clock, which the machine's trails
        store.write(box, f"minute-{minute:03}", b"")
        run.clock.advance(600)
    assert len(list(store.names(box))) == 18
    assert len(run.entra.issued) == 4
    assert len(set(run.entra.id_tokens)) == 4
