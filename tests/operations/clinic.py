"""A set-up in which nothing is wrong, for tests that then plant what is.

A Speech resource with a custom domain (the embedded service behind a detour), a sign-in by GitHub's ID token
at a stand-in for Entra, GitHub with a protected environment, and as store a folder or a storage account
(Azurite with TLS and OAuth).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

from speechops import speech
from tests.identity.entra import CLIENT, OIDC_TOKEN, TENANT

if TYPE_CHECKING:
    import pytest
    import requests

    from tests.azurite import Azurite
    from tests.github_api.server import GitHubServer
    from tests.identity.entra import Entra
    from tests.kit.server import RunningService
    from tests.operations.project import Answer, Project

DOMAIN = "https://contoso.cognitiveservices.azure.com"
ENVIRONMENT = "production"


class Detour(HTTPAdapter):
    """Leads what goes to a resource's domain to an embedded service, references in bodies as well."""

    def __init__(self, address: str, domain: str = DOMAIN) -> None:
        super().__init__(pool_maxsize=32)
        self.address, self.domain = address, domain

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> requests.Response:
        request.url = str(request.url).replace(self.domain, self.address)
        if isinstance(request.body, bytes) and self.domain.encode() in request.body:
            request.prepare_body(request.body.replace(self.domain.encode(), self.address.encode()), None)
        return super().send(request, **options)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Have every session of the run take the detour."""
        opened = speech.open_session

        def open_session() -> requests.Session:
            session = opened()
            session.mount(self.domain, self)
            return session

        patch.setattr(speech, "open_session", open_session)


@dataclass
class Clinic:
    """The set-up. ``options`` and ``environment`` are what a run is given."""

    project: Project
    service: RunningService
    entra: Entra
    github: GitHubServer
    account: Azurite | None = None
    options: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.project.endpoint = DOMAIN
        self.github.state.add_environment(ENVIRONMENT, reviewers=["octocat"])
        self.options = {
            "azure-client-id": CLIENT,
            "azure-tenant-id": TENANT,
            "environment": ENVIRONMENT,
            "require-approval": "true",
            "github-token": "job-token",
        }
        self.environment = {
            "GITHUB_REPOSITORY": self.github.state.repository,
            "GITHUB_API_URL": self.github.api_url,
            "AZURE_AUTHORITY_HOST": self.entra.url,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.entra.url}/github?v=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": OIDC_TOKEN,
        }

    @property
    def storage(self) -> Azurite:
        """The storage account, of a clinic that has one."""
        assert self.account is not None
        return self.account

    def move_to_account(self, storage: Azurite) -> None:
        """Store in an account, and run in the Actions runner, which keeps no folder."""
        self.account = storage
        self.give(storage_account=storage.url)
        self.environment["GITHUB_ACTIONS"] = "true"

    def give(self, **options: str) -> None:
        """Give inputs, with underscores for dashes; a blank one takes the input back."""
        self.options |= {name.replace("_", "-"): value for name, value in options.items()}

    def run(self, operation: str, *more: str) -> Answer:
        options = [word for name, value in self.options.items() if value for word in (f"--{name}", value)]
        environment = {"GITHUB_RUN_ID": str(uuid.uuid4().int % 10**9), **self.environment}
        return self.project.run(operation, *options, *more, environment=environment)
