"""A project and the service it talks to; a clinic, which is a whole set-up in Azure and GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import BlobServiceClient

from tests import azurite
from tests.identity.conftest import entra, own_certificate
from tests.operations.clinic import Clinic, Detour
from tests.operations.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.azurite import Azurite
    from tests.certificate import Certificate
    from tests.clock import FakeClock
    from tests.github_api.server import GitHubServer
    from tests.identity.entra import Entra
    from tests.kit.server import RunningService

__all__ = ["entra", "own_certificate"]  # fixtures


@pytest.fixture
def project(tmp_path: Path, service: RunningService, service_clock: FakeClock) -> Project:
    return Project(tmp_path / "project", service.url, clock=service_clock)


@pytest.fixture(scope="session")
def storage(own_certificate: Certificate) -> Iterator[Azurite]:
    tls = ("--oauth", "basic", "--cert", own_certificate.file, "--key", own_certificate.key)
    with azurite.running("--inMemoryPersistence", "--silent", *tls) as server:
        yield server


@pytest.fixture
def laptop(
    project: Project,
    service: RunningService,
    entra: Entra,
    github_server: GitHubServer,
    own_certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Clinic:
    """A clinic that stores in a folder, outside of the Actions runner: it needs no Azurite."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own_certificate.file))
    monkeypatch.setenv("PATH", str(tmp_path))  # no Azure CLI
    Detour(service.url).install(monkeypatch)
    return Clinic(project, service, entra, github_server)


@pytest.fixture
def clinic(laptop: Clinic, storage: Azurite) -> Iterator[Clinic]:
    """A clinic in the Actions runner that stores in a storage account."""
    empty_account(storage)  # other tests of this process may have left documents
    laptop.move_to_account(storage)
    yield laptop
    empty_account(storage)


def empty_account(storage: Azurite) -> None:
    """Delete all containers."""
    account = BlobServiceClient.from_connection_string(storage.connection_string)
    for container in account.list_containers():
        account.delete_container(container.name)
