"""Three identities with the roles of examples/infra: what each may do, and who received which credential."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from azure.storage.blob import BlobServiceClient
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from speechops.embedded.copies import RESOURCE
from tests.github_api.server import Fault as GitHubFault
from tests.identity.resource_manager import ResourceManager
from tests.kit.faults import Fault, FaultKind
from tests.operations.clinic import DOMAIN, Detour
from tests.operations.project import HELPFUL

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from requests import Response

    from tests.kit.server import RunningService
    from tests.operations.clinic import Clinic
    from tests.operations.project import Answer

TEMPLATE = json.loads((Path(__file__).parents[2] / "examples/infra/main.json").read_bytes())["variables"]
PULLS, MAIN, DEPLOY = (f"{letter * 8}-0000-0000-0000-000000000000" for letter in "abc")
JOBS = (PULLS, MAIN, DEPLOY)  # in the order of the template
WEST, EAST = (f"https://contoso-{name}.cognitiveservices.azure.com" for name in ("west", "east"))
SPEECH, STORAGE = "https://cognitiveservices.azure.com", "https://storage.azure.com"
MANAGEMENT = "https://management.azure.com/"
A, B = HELPFUL[:4], HELPFUL


@dataclass
class Azure:
    """The set-up with two targets, its role assignments, and the credentials that each host received."""

    clinic: Clinic
    places: dict[str, str]  # host: train, west, east, storage, github
    manager: ResourceManager
    services: dict[str, RunningService]
    received: dict[str, set[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def owner(self, token: str) -> tuple[str, str]:
        """Who has a token, and for which service."""
        entra = self.clinic.entra
        form = entra.exchanges[entra.issued.index(token)]
        return form["client_id"], form["scope"].split()[0].removesuffix("/.default")

    def credential(self, headers: requests.structures.CaseInsensitiveDict[str]) -> str:
        key = headers.get("Ocp-Apim-Subscription-Key", "")
        token = headers.get("Authorization", "").rpartition(" ")[2]
        if token in self.clinic.entra.issued:
            return " ".join((*self.owner(token), key)).strip()
        return key or ("job token" if token == "job-token" else "")

    def may(self, client: str, place: str, method: str, path: str) -> bool:
        """Whether the template lets an identity do this."""
        job = JOBS.index(client)
        reads = method in {"GET", "HEAD"}
        if place == "storage":
            container = path.strip("/").split("/")[1:2]
            if not container:
                return reads
            roles = {
                grant["role"]
                for grant in TEMPLATE["grants"]
                if grant["job"] == job and TEMPLATE["containers"][grant["container"]] == container[0]
            }
            return any(reads or "Contributor" in role for role in roles)
        if place in {"west", "east"}:
            return client == DEPLOY or (client == MAIN and reads)
        return True

    def install(self, patch: pytest.MonkeyPatch) -> None:
        send = HTTPAdapter.send

        def watched(
            adapter: HTTPAdapter,
            request: requests.PreparedRequest,
            **options: Any,  # noqa: ANN401 - passed on
        ) -> requests.Response:
            parts = urlsplit(str(request.url))
            place = self.places.get(parts.netloc, "")
            credential = self.credential(request.headers)
            if credential and place:
                self.received.setdefault(place, set()).add(credential)
            client = credential.partition(" ")[0]
            if client in JOBS and not self.may(client, place, str(request.method), parts.path):
                self.refused.append(f"{place} {request.method} {parts.path}")
                return _forbidden(request, place)
            return send(adapter, request, **options)

        patch.setattr(HTTPAdapter, "send", watched)

    def run(self, client: str, operation: str, *more: str, code: int = 0) -> Answer:
        """Run an operation in the job of an identity; what was received and refused before is forgotten."""
        self.received.clear()
        self.manager.received.clear()
        self.refused.clear()
        own, deploying = (MAIN, DEPLOY) if client == DEPLOY else (client, "")
        self.clinic.give(azure_client_id=own, deploy_client_id=deploying)
        answer = self.clinic.run(operation, "--require-approval", "false", *more)
        assert answer.code == code, answer.text
        return answer

    def train(self, sentences: list[str]) -> None:
        self.clinic.project.write_training(sentences)
        self.run(MAIN, "train-data")


def _forbidden(request: requests.PreparedRequest, place: str) -> Response:
    """The refusal of a service whose role assignments do not allow a request."""
    code, kind = "Forbidden", "application/json"
    text = json.dumps({"code": code, "message": "no role"})
    if place == "storage":
        code, kind = "AuthorizationPermissionMismatch", "application/xml"
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no role</Message></Error>"
    raw = HTTPResponse(
        BytesIO(text.encode()),
        headers={"Content-Type": kind, "x-ms-error-code": code},
        status=403,
        reason="Forbidden",
        preload_content=False,
    )
    return HTTPAdapter().build_response(request, raw)


@pytest.fixture
def azure(
    clinic: Clinic, start_service: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Azure:
    places = {
        urlsplit(clinic.service.url).netloc: "train",
        urlsplit(clinic.storage.url).netloc: "storage",
        urlsplit(clinic.github.api_url).netloc: "github",
    }
    services = {}
    for name, domain in (("west", WEST), ("east", EAST)):
        service = services[name] = start_service(tmp_path / name)
        Detour(service.url, domain).install(monkeypatch)
        places[urlsplit(service.url).netloc] = name
    manager = ResourceManager({"/subscriptions/other/x": f"{WEST}/", RESOURCE: f"{DOMAIN}/"})
    manager.install(monkeypatch)
    account = BlobServiceClient.from_connection_string(clinic.storage.connection_string)
    for container in TEMPLATE["containers"]:
        account.create_container(container)
    clinic.project.settings = (
        "    gate: any-improvement\ntargets:\n"
        f"  west: {{ speech-endpoint: {WEST} }}\n  east: {{ speech-endpoint: {EAST} }}\n"
    )
    clinic.project.write_training(B)
    made = Azure(clinic, places, manager, services)
    made.install(monkeypatch)
    return made


def test_credentials__each_host_receives_those_of_its_job(azure: Azure) -> None:
    azure.train(B)
    assert azure.received == {"train": {f"{MAIN} {SPEECH}"}, "storage": {f"{MAIN} {STORAGE}"}}
    answer = azure.run(DEPLOY, "deploy")
    signed = {f"{DEPLOY} {SPEECH}"}
    assert azure.received == {
        "train": signed,
        "west": signed,
        "east": signed,
        "storage": {f"{DEPLOY} {STORAGE}"},
        "github": {"job token"},
    }
    tokens = {azure.owner(seen["Authorization"].rpartition(" ")[2]) for seen in azure.manager.received}
    assert tokens == {(DEPLOY, MANAGEMENT.rstrip("/"))}
    shown = [line for line in answer.text.splitlines() if not line.startswith("::add-mask::")]
    assert not [token for token in azure.clinic.entra.issued if token in "\n".join(shown)]
    azure.run(MAIN, "maintain")
    assert azure.received["west"] == azure.received["east"] == {f"{MAIN} {SPEECH}"}


def test_credentials__a_key_goes_to_its_target_in_place_of_a_token(azure: Azure) -> None:
    azure.train(B)
    azure.run(DEPLOY, "deploy", "--target-keys", f"west={'w' * 32}")
    assert azure.received["west"] == {"w" * 32}
    assert azure.received["train"] == azure.received["east"] == {f"{DEPLOY} {SPEECH}"}


def test_roles__of_the_template_are_enough_for_each_job(azure: Azure) -> None:
    azure.run(MAIN, "test-data")
    azure.train(A)
    azure.run(DEPLOY, "deploy")
    azure.clinic.project.write_training(B)
    azure.run(PULLS, "compare")
    assert not [line for line in azure.refused if not line.startswith("storage PUT")]
    azure.run(MAIN, "train-data")
    azure.run(DEPLOY, "deploy")
    assert azure.refused == []
    azure.run(DEPLOY, "rollback")
    assert azure.refused == []
    answer = azure.run(MAIN, "maintain")
    assert "Target west" not in answer.text
    assert not [line for line in azure.refused if "west" in line or "east" in line]


def test_maintain__that_may_not_write_releases_leaves_them_to_deploy(azure: Azure) -> None:
    azure.train(B)
    azure.clinic.github.faults.append(GitHubFault("POST", "/releases", 500, times=99))
    azure.run(DEPLOY, "deploy", code=1)
    azure.clinic.github.faults.clear()
    answer = azure.run(MAIN, "maintain")
    assert "releases on GitHub: " in answer.text
    assert "storage PUT" in " ".join(azure.refused)
    azure.run(DEPLOY, "deploy")
    assert "releases on GitHub: " not in azure.run(MAIN, "maintain").text
    assert len(azure.clinic.github.state.releases) == 1


@pytest.mark.parametrize("client", [PULLS, MAIN])
def test_deploy__by_another_identity_is_refused_and_changes_nothing(azure: Azure, client: str) -> None:
    azure.train(B)
    answer = azure.run(client, "deploy", code=1)
    assert "Cognitive Services Speech Contributor" in answer.text
    assert not [line for line in azure.refused if line.startswith("storage")]
    azure.run(DEPLOY, "deploy")


def test_resource_id__that_no_sign_in_sees_is_asked_for(azure: Azure) -> None:
    azure.train(B)
    del azure.manager.resources[RESOURCE]
    answer = azure.run(DEPLOY, "deploy", code=2)
    assert "speech-resource-id is missing" in answer.text
    azure.manager.status = 403
    answer = azure.run(DEPLOY, "deploy", code=2)
    assert "refused the look-up (403)" in answer.text
    azure.run(DEPLOY, "deploy", "--speech-resource-id", RESOURCE)


def test_doctor__says_who_deploys_and_what_it_may(azure: Azure) -> None:
    answer = azure.run(MAIN, "doctor", code=1)  # without another identity it would have to deploy
    assert "sign in as the identity that deploys" in " ".join(answer.text.split())
    azure.clinic.give(azure_client_id=MAIN, deploy_client_id=MAIN.upper())
    assert "sign in as the identity that deploys" in " ".join(azure.clinic.run("doctor").text.split())
    azure.clinic.give(azure_client_id=MAIN, deploy_client_id=DEPLOY)
    answer = azure.clinic.run("doctor")
    assert answer.code == 0, answer.text
    shown = " ".join(answer.text.split())
    assert f"{DEPLOY} deploys, {MAIN} runs everything else" in shown
    assert f"Models are copied from {RESOURCE}" in shown
    assert shown.count("may not change it, as intended") == 2


def test_release__on_github_has_the_endpoints_of_all_targets(azure: Azure) -> None:
    azure.train(B)
    azure.services["east"].control.plant(
        Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck.")
    )
    azure.run(DEPLOY, "deploy", code=1)
    assert set(endpoints(azure)) == {"ENDPOINT_ID", "west"}
    azure.run(DEPLOY, "deploy")
    assert set(endpoints(azure)) == {"ENDPOINT_ID", "west", "east"}
    assert endpoints(azure)["ENDPOINT_ID"] == endpoints(azure)["west"]


def endpoints(azure: Azure) -> dict[str, str]:
    """What the asset of the one release names."""
    (release,) = azure.clinic.github.state.releases
    (asset,) = release["assets"]
    content = json.loads(b64decode(asset["content"]))
    return {"ENDPOINT_ID": content["ENDPOINT_ID"], **content["endpoints"]}
