"""No secret leaves a run but to whom it is for: every operation, debug logs on, services that echo all."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import pytest
from azure.storage.blob import BlobServiceClient, generate_account_sas
from requests.adapters import HTTPAdapter

from speechops.operations import validate
from speechops.operations.table import OPERATIONS
from speechops.registry.registry import CONTAINERS
from tests.github_api.server import Fault as GitHubFault
from tests.identity.entra import CLIENT, OIDC_TOKEN, TENANT
from tests.kit.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

    from tests.operations.clinic import Clinic
    from tests.operations.project import Answer

SPEECH_KEY = "marked0speech0key0/with+signs=="
GITHUB_TOKEN = "job-token"  # the one that the server knows
CLIENT_SECRET = "marked~client/secret+value="
_PROPOSED = "17"
"""The run of the pull request."""

HERE = frozenset({"serve", "demo", "init", "migrate"})  # no secrets reach them


@dataclass
class Watch:
    """Keeps what a run sends, and finds secrets in it and in what the run leaves."""

    secrets: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str, str, str]] = field(default_factory=list)  # host, address, headers, body

    def install(self, patch: pytest.MonkeyPatch) -> None:
        send = HTTPAdapter.send

        def watched(
            adapter: HTTPAdapter,
            request: requests.PreparedRequest,
            **options: Any,  # noqa: ANN401 - passed on
        ) -> requests.Response:
            body = request.body if isinstance(request.body, (str, bytes)) else b""
            text = body.decode(errors="replace") if isinstance(body, bytes) else body
            parts = urlsplit(str(request.url))
            self.sent.append((parts.netloc, str(request.url), json.dumps(dict(request.headers)), text))
            return send(adapter, request, **options)

        patch.setattr(HTTPAdapter, "send", watched)

    def found_in(self, text: str) -> set[str]:
        return {
            name
            for name, secret in self.secrets.items()
            if any(spelling in text for spelling in spellings(secret))
        }


@cache
def spellings(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }


# --- the ways to give secrets; each returns them by name, with the hosts that they are for ---


def by_federation(clinic: Clinic) -> dict[str, str]:
    del clinic
    return {"oidc": OIDC_TOKEN}


def by_service_principal(clinic: Clinic) -> dict[str, str]:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        del clinic.environment[name]
    values = {
        "clientId": CLIENT,
        "clientSecret": CLIENT_SECRET,
        "tenantId": TENANT,
        "activeDirectoryEndpointUrl": clinic.entra.url,
    }
    clinic.give(azure_client_id="", azure_tenant_id="", azure_credentials=json.dumps(values))
    return {"client secret": CLIENT_SECRET}


def by_key_and_connection_string(clinic: Clinic) -> dict[str, str]:
    clinic.give(azure_client_id="", azure_tenant_id="", storage_account="", speech_key=SPEECH_KEY)
    clinic.give(storage_connection_string=clinic.storage.connection_string)
    return {"speech key": SPEECH_KEY, "account key": clinic.storage.key}


def by_key_and_signature(clinic: Clinic) -> dict[str, str]:
    token = generate_account_sas(
        clinic.storage.account,
        clinic.storage.key,
        resource_types="sco",
        permission="rwdlac",
        expiry=clinic.project.clock.now() + timedelta(days=3650),
    )
    clinic.give(azure_client_id="", azure_tenant_id="", speech_key=SPEECH_KEY, storage_sas=token)
    return {"speech key": SPEECH_KEY, "signature": parse_qs(token)["sig"][0]}


GOES_TO: dict[Callable[[Clinic], dict[str, str]], dict[str, set[str]]] = {
    by_federation: {"entra": {"oidc", "token"}, "speech": {"token"}, "storage": {"token"}},
    by_service_principal: {"entra": {"client secret"}, "speech": {"token"}, "storage": {"token"}},
    by_key_and_connection_string: {"speech": {"speech key"}},  # an account key signs and stays here
    by_key_and_signature: {"speech": {"speech key"}, "storage": {"signature"}},
}
"""Which host got which credential, besides GitHub's."""

POSTED = ("comments", "check_runs", "releases", "issues")
"""What is written on GitHub for people, besides reactions and tags."""

WAYS = (by_federation, by_service_principal, by_key_and_connection_string, by_key_and_signature)


@pytest.fixture
def watch(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Watch:
    clinic.environment["RUNNER_DEBUG"] = "1"
    watch = Watch()
    watch.install(monkeypatch)
    return watch


@dataclass
class Case:
    """One set-up under watch."""

    clinic: Clinic
    watch: Watch
    folder: Path
    received: dict[str, set[str]] = field(default_factory=dict)  # by host

    def give(self, way: Callable[[Clinic], dict[str, str]]) -> None:
        self.watch.secrets = {"github token": GITHUB_TOKEN, **way(self.clinic)}

    def learn(self) -> None:
        """Add the tokens that were issued meanwhile."""
        entra = self.clinic.entra
        for number, token in enumerate((*entra.issued, *entra.id_tokens)):
            self.watch.secrets[f"token {number}"] = token

    def run(self, operation: str) -> Answer:
        summary = self.folder / "summary.md"
        self.clinic.environment["GITHUB_STEP_SUMMARY"] = str(summary)
        more = {
            "plan": ["--scope", "everything"],
            "deploy": ["--require-approval", "false"],
            "rollback": ["--require-approval", "false"],
            "freeze": ["--reason", "a look first"],
            "maintain": ["--maintenance-issue", "true", "--expiry-days", "3000"],
            "publish-report": ["--reports", str(self.folder / "report")],
            "link-report": ["--report-page", f"{self._run_url()}/artifacts/1"],
        }
        if operation == "compare":
            self._propose()
        elif operation not in {"publish-report", "link-report"}:
            for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_RUN_ID"):
                self.clinic.environment.pop(name, None)
        options = ["--report-folder", str(self.folder / "report"), *more.get(operation, [])]
        return self.clinic.run(operation, *options)

    def _propose(self) -> None:
        """Let the run be about a pull request, so that it comments and checks."""
        event = self.folder / "event.json"
        head = {"sha": self.clinic.project.commit, "ref": "topic"}
        head["repo"] = {"full_name": self.clinic.github.state.repository}  # type: ignore[assignment]
        base = {"sha": "b" * 40, "ref": "main"}
        payload = {"pull_request": {"number": 7, "head": head, "base": base}}
        event.write_text(json.dumps(payload), encoding="utf-8")
        self.clinic.environment |= {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
        self.clinic.environment["GITHUB_RUN_ID"] = _PROPOSED
        self.clinic.github.state.add_pull_request(7, head=self.clinic.project.commit)

    def _run_url(self) -> str:
        return f"https://github.com/{self.clinic.github.state.repository}/actions/runs/{_PROPOSED}"

    def check(self, answer: Answer) -> None:
        """Look for secrets in the output, in every file, in the store and in what was sent."""
        self.learn()
        lines = [line for line in answer.text.splitlines() if not line.startswith("::add-mask::")]
        assert not self.watch.found_in("\n".join(lines)), "\n".join(lines)
        for path in self.folder.rglob("*"):
            if path.is_file():
                assert not self.watch.found_in(path.read_bytes().decode(errors="replace")), path
        account = BlobServiceClient.from_connection_string(self.clinic.storage.connection_string)
        for container in account.list_containers():
            box = account.get_container_client(container.name)
            for name in box.list_blob_names():
                content = box.download_blob(name).readall().decode(errors="replace")
                assert not self.watch.found_in(f"{name} {content}"), name
        state = self.clinic.github.state
        for kind in (*POSTED, "reactions", "tags", "references"):
            assert not self.watch.found_in(json.dumps(getattr(state, kind), default=str)), kind
        self.check_sent()

    def check_sent(self) -> None:
        hosts = {
            "speech": urlsplit(self.clinic.service.url).netloc,
            "storage": urlsplit(self.clinic.storage.url).netloc,
            "entra": urlsplit(self.clinic.entra.url).netloc,
            "github": urlsplit(self.clinic.github.api_url).netloc,
            "assets": urlsplit(self.clinic.github.api_url).netloc.replace("127.0.0.1", "localhost"),
        }
        names = {address: name for name, address in hosts.items()}
        for host, address, headers, body in self.watch.sent:
            name = names.get(host, host)
            in_address = self.watch.found_in(address) - ({"signature"} if name == "storage" else set())
            assert not in_address, address
            in_headers, in_body = self.watch.found_in(headers), self.watch.found_in(body)
            tokens = {secret for secret in self.watch.secrets if secret.startswith("token ")}
            allowed = {
                "speech": {"speech key", *tokens},
                "storage": tokens,
                "entra": {"oidc"},
                "github": {"github token"},
                "assets": set(),  # the token stays with the API
            }[name]
            assert in_headers <= allowed, (address, in_headers)
            for secret in in_headers | self.watch.found_in(address) | in_body:
                self.received.setdefault(name, set()).add(secret.rstrip("0123456789 "))
            assert not in_body - ({"client secret", *tokens} if name == "entra" else set()), address


@pytest.fixture
def case(clinic: Clinic, watch: Watch, tmp_path: Path) -> Case:
    return Case(clinic, watch, tmp_path)


ORDER = [
    "validate",
    "doctor",
    "plan",
    "test-data",
    "compare",
    "link-report",
    "train-data",
    "verdicts",
    "deploy",
    "freeze",
    "unfreeze",
    "maintain",
    "rollback",
    "report",
    "clean",
    "score",
    "publish-report",
]


def test_order__every_operation_is_watched() -> None:
    assert set(ORDER) | HERE == set(OPERATIONS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_operations__all_goes_well__no_secret_anywhere(
    case: Case, way: Callable[[Clinic], dict[str, str]]
) -> None:
    case.give(way)
    said = []
    for operation in ORDER:
        answer = case.run(operation)
        case.check(answer)
        said.append(answer)
        if operation in {"doctor", "train-data", "deploy", "maintain"}:
            assert answer.code == 0, answer.text
    assert all(getattr(case.clinic.github.state, kind) for kind in POSTED)
    assert {path.name for path in (case.folder / "report").rglob("*")} >= {"report.json", "index.html"}
    account = BlobServiceClient.from_connection_string(case.clinic.storage.connection_string)
    assert {container.name for container in account.list_containers()} >= {*CONTAINERS}
    assert any(
        "/artifacts/1#u=" in comment["body"] or "/artifacts/1)" in comment["body"]
        for comment in case.clinic.github.state.comments
    )
    assert any("debug: urllib3.connectionpool:" in answer.text for answer in said)
    assert len(case.watch.sent) > 100
    assert case.received == {"github": {"github token"}} | GOES_TO[way]


@pytest.mark.bad_requests
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("operation", ORDER)
def test_operations__services_echo_all_secrets__none_gets_out(
    case: Case, way: Callable[[Clinic], dict[str, str]], operation: str
) -> None:
    case.give(way)
    echo = " ".join(f"{name} {secret}" for name, secret in case.watch.secrets.items())
    if operation == "link-report":
        case.run("compare")
        case.learn()
        echo += " ".join(case.watch.secrets.values())
    if operation in {"deploy", "rollback", "maintain"}:
        case.run("train-data")
        case.learn()
        echo += " ".join(case.watch.secrets.values())
    case.clinic.service.control.plant(
        Fault(kind=FaultKind.STATUS, method="GET", path="", status=400, message=echo, times=0)
    )
    case.clinic.github.faults.append(GitHubFault("", "", 422, content={"message": echo}, times=99))
    case.check(case.run(operation))


@pytest.mark.parametrize("way", WAYS[:2], ids=lambda way: way.__name__)
def test_sign_in__refusal_echoes_all_secrets__none_gets_out(
    case: Case, way: Callable[[Clinic], dict[str, str]]
) -> None:
    case.give(way)
    echo = " ".join(case.watch.secrets.values())
    case.clinic.entra.refusals += [f"AADSTS50000: no sign-in with {echo}"] * 20
    answer = case.run("train-data")
    assert answer.code == 1
    case.check(answer)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_fault_of_ours__trace_back_without_secrets(
    case: Case, way: Callable[[Clinic], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    case.give(way)

    def fail(*_: object) -> None:
        raise RuntimeError(f"oh no: {' '.join(case.watch.secrets.values())}")

    monkeypatch.setattr(validate, "run", fail)
    answer = case.run("validate")
    assert answer.code == 1
    assert "RuntimeError: oh no: ***" in answer.text
    assert "This is a bug in SpeechOps" in answer.text
    case.check(answer)


@pytest.mark.parametrize("option", ["--speech-kay", "--storage-sass", "--azure-credential"])
def test_misspelt_option__its_value_is_not_shown(case: Case, option: str) -> None:
    case.watch.secrets = {"github token": GITHUB_TOKEN, "speech key": SPEECH_KEY}
    answer = case.clinic.run("test-data", option, SPEECH_KEY, f"{option}={SPEECH_KEY}")
    assert answer.code == 2
    assert option in answer.text
    case.check(answer)
