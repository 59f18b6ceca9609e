"""What the template left behind in a fork's storage account and Speech resource, after ``migrate``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import BlobServiceClient, PublicAccess

from speechops.clock import SystemClock
from speechops.delivery.endpoint import serving
from speechops.registry.folder import FolderStore
from speechops.speech import KeyCredential, ModelReference, NewEndpoint, SpeechClient, open_session
from tests.identity.entra import CLIENT, SECRET, TENANT
from tests.operations.conftest import empty_account
from tests.operations.template_fork import Fork, git_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.azurite import Azurite
    from tests.certificate import Certificate
    from tests.github_api.server import GitHubServer
    from tests.identity.entra import Entra
    from tests.kit.server import RunningService

COMMIT = "1a2b3c4"
SUMMARY = f"test-summary-from-train-data-update-{COMMIT}.json"
SOMEBODY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fork:
    made = Fork(tmp_path / "fork").template()
    monkeypatch.chdir(made.folder)
    return made


def summary(model: str) -> bytes:
    """Return a test summary as the template stored it: ``model2`` is the fork's own."""
    address = "https://westus.api.cognitive.microsoft.com/speechtotext/v3.0/models"
    content = {
        "status": "Succeeded",
        "properties": {"wordErrorRate1": 0.732, "wordErrorRate2": 0.223},
        "model1": {"self": f"{address}/base/5f29dbd4-4e79-4fb9-a9d5-1ab3f6c1e8a0"},
        "model2": {"self": f"{address}/{model}"},
    }
    return json.dumps(content).encode()


def leave_benchmark(fork: Fork, model: str) -> None:
    """Lay out what the template left, in the store's folder."""
    store = FolderStore(fork.folder / ".speechops" / "store")
    store.write("configuration", "benchmark-test.txt", SUMMARY.encode())
    store.write("test-results", SUMMARY, summary(model))


def own_model(fork: Fork, service: RunningService) -> str:
    """Train the fork's own model, as the template did before, and return its id."""
    arguments = ("--speech-endpoint", service.url, "--commit", "a" * 40, "--old-benchmark", "none")
    elsewhere = str(fork.folder.parent / "elsewhere")
    assert fork.run("compare", *arguments, "--store-folder", elsewhere) == 0, fork.text
    return fork.outputs["candidate"]


@dataclass
class Cloud:
    """A fork's Speech resource, storage account and repository as the template left them."""

    fork: Fork
    speech: SpeechClient
    storage: BlobServiceClient
    github: GitHubServer
    environment: dict[str, str]

    def push(self, message: str) -> None:
        git_in(self.fork.folder, "add", "--all")
        git_in(self.fork.folder, *SOMEBODY, "commit", "--quiet", "--message", message)
        self.environment["GITHUB_RUN_ID"] = str(int(self.environment["GITHUB_RUN_ID"]) + 1)

    def run(self, operation: str, *more: str) -> int:
        return self.fork.run(operation, *more, **self.environment)


@pytest.fixture
def cloud(
    fork: Fork,
    service: RunningService,
    entra: Entra,
    storage: Azurite,
    own_certificate: Certificate,
    github_server: GitHubServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Cloud:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own_certificate.file))
    client = SpeechClient(
        service.url, credential=KeyCredential("k"), session=open_session(), clock=SystemClock()
    )
    empty_account(storage)  # other tests of this process may have left documents
    credentials = {"clientId": CLIENT, "clientSecret": SECRET, "tenantId": TENANT, "subscriptionId": TENANT}
    environment = {
        "AZURE_AUTHORITY_HOST": entra.url,
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": github_server.api_url,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": github_server.state.repository,
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": "https://github.example",
        "SPEECHOPS_AZURE_CREDENTIALS": json.dumps(credentials),
        "SPEECHOPS_GITHUB_TOKEN": "job-token",
        "SPEECHOPS_SPEECH_ENDPOINT": service.url,
        "SPEECHOPS_SPEECH_KEY": "k",
        "SPEECHOPS_STORAGE_ACCOUNT": storage.url,
    }
    account = BlobServiceClient.from_connection_string(storage.connection_string)
    return Cloud(fork, client, account, github_server, environment)


def test_harmful_change_after_migration__is_worse_than_the_forks_own_model(
    cloud: Cloud, service: RunningService
) -> None:
    """The storage account as the template laid it out, on Azurite: a public container with the pointer."""
    fork = cloud.fork
    assert fork.run("migrate", "--dry-run", "true") == 0
    assert fork.run("migrate") == 0, fork.text
    model = own_model(fork, service)
    endpoints = [
        cloud.speech.find_or_create_endpoint(
            NewEndpoint(
                display_name=f"endpoint_{commit}",
                locale="en-US",
                model=ModelReference(model),
                custom_properties={},
            )
        ).entity
        for commit in ("0d9e8f7", COMMIT)
    ]
    for tag in ("0.1.63", "0.1.64"):
        cloud.github.state.references[f"refs/tags/{tag}"] = {"type": "commit", "sha": "c" * 40}
    configuration = cloud.storage.create_container("configuration", public_access=PublicAccess.BLOB)
    configuration.upload_blob("benchmark-test.txt", f"{SUMMARY}\n".encode())
    results = cloud.storage.create_container("test-results")
    results.upload_blob(SUMMARY, summary(model))
    results.upload_blob(f"test-results-from-train-data-update-{COMMIT}.txt", summary(model))

    live = endpoints[-1].id
    config = fork.folder / "speechops.yml"
    config.write_text(f"{config.read_text()}    endpoint-id: {live}\n")
    cloud.push("Migrated")
    assert cloud.run("plan") == 0, fork.text
    assert (fork.outputs["models-to-test"], fork.outputs["models-to-train"]) == (
        '["custom-speech"]',
        '["custom-speech"]',
    )
    assert cloud.run("test-data") == 0, fork.text
    assert "had a WER of 22.3 %" in fork.text
    assert fork.outputs["benchmark"] == model

    endpoints = [cloud.speech.endpoint(endpoint.id) for endpoint in endpoints]

    fork.write("training/related-text.txt", "words of another trade\nnothing that is tested")
    cloud.push("Words of another trade")
    assert cloud.run("plan") == 0, fork.text
    assert (fork.outputs["models-to-test"], fork.outputs["models-to-train"]) == ("[]", '["custom-speech"]')
    assert cloud.run("train-data") == 3, fork.text
    assert fork.outputs["verdict"] == "worse"
    assert cloud.run("verdicts") == 0, fork.text
    assert fork.outputs["models-to-deploy"] == "[]"
    for endpoint in endpoints:
        assert cloud.speech.endpoint(endpoint.id) == endpoint
    assert cloud.github.state.releases == []
    assert results.download_blob(SUMMARY).readall() == summary(model)
    assert configuration.download_blob("benchmark-test.txt").readall() == f"{SUMMARY}\n".encode()

    assert cloud.run("deploy") == 0, fork.text
    assert (fork.outputs["candidate"], fork.outputs["endpoint-id"]) == (model, live)
    assert fork.outputs["version"] == "0.2.0"
    assert serving(cloud.speech.endpoint(live)) == model
    assert cloud.run("maintain") == 0, fork.text
    left = (
        f"left 1 endpoint, and each costs money for 730 hours a month: endpoint_0d9e8f7 ({endpoints[0].id})"
    )
    assert left in fork.text


@pytest.mark.parametrize("operation", ["test-data", "train-data"])
@pytest.mark.parametrize("fields", [{}, {"locale": "de-DE"}, {"status": "Failed"}], ids=str)
def test_old_model_is_gone_or_unusable__stops_and_says_so(
    fork: Fork, service: RunningService, operation: str, fields: dict[str, str]
) -> None:
    fork.run("migrate")
    gone = "5f29dbd4-4e79-4fb9-a9d5-1ab3f6c1e8a1"
    leave_benchmark(fork, service.control.seed("models", 1, **fields)[0] if fields else gone)
    endpoint = ("--speech-endpoint", service.url, "--commit", "a" * 40)
    assert fork.run(operation, *endpoint) == 2, fork.text
    assert "set old-benchmark to forget" in fork.text
    assert fork.run(operation, *endpoint, "--old-benchmark", "forget") == 0, fork.text


def test_old_benchmark_is_damaged__one_line(fork: Fork, service: RunningService) -> None:
    fork.run("migrate")
    store = FolderStore(fork.folder / ".speechops/store")
    store.write("configuration", "benchmark-test.txt", b"nothing-here.json")
    assert fork.run("test-data", "--speech-endpoint", service.url, "--commit", "a" * 40) == 1
    assert "names test-results/nothing-here.json, which does not exist" in fork.text
