"""Every sign-in method, against a server that plays Entra, GitHub and the platform."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from speechops.errors import IdentityError
from speechops.identity import Keyring, SignIn, SignInMethod
from tests.clock import FakeClock
from tests.identity.entra import CLIENT, IDENTITY_HEADER, OIDC_TOKEN, SECRET, SUBJECT, TENANT, Entra

if TYPE_CHECKING:
    from pathlib import Path

    import requests

SCOPE = "https://cognitiveservices.azure.com/.default"
OTHER_SCOPE = "https://storage.azure.com/.default"
IDS = {"azure-client-id": CLIENT, "azure-tenant-id": TENANT}


class Run:
    """A run's environment and what it learned, with a clock that starts now."""

    def __init__(self, entra: Entra, session: requests.Session, folder: Path) -> None:
        self.entra = entra
        self.session = session
        self.clock = FakeClock(datetime.now(UTC))
        self.learned: list[str] = []
        self.token_file = folder / "token"

    def environment(self, method: SignInMethod) -> tuple[dict[str, str], dict[str, str]]:
        host = {"AZURE_AUTHORITY_HOST": self.entra.url}
        match method:
            case SignInMethod.GITHUB:
                url = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.entra.url}/github?v=1"}
                return {**host, **url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": OIDC_TOKEN}, IDS
            case SignInMethod.SERVICE_PRINCIPAL:
                values = {
                    "clientId": CLIENT,
                    "clientSecret": SECRET,
                    "tenantId": TENANT,
                    "activeDirectoryEndpointUrl": self.entra.url,
                }
                return {}, {"azure-credentials": json.dumps(values)}
            case SignInMethod.CLIENT_SECRET:
                return {**host, "AZURE_CLIENT_SECRET": SECRET}, IDS
            case SignInMethod.WORKLOAD:
                self.token_file.write_text(self.entra.id_token())
                return {**host, "AZURE_FEDERATED_TOKEN_FILE": str(self.token_file)}, IDS
            case SignInMethod.MANAGED_IDENTITY:
                return {"IDENTITY_ENDPOINT": f"{self.entra.url}/msi"}, {}
            case SignInMethod.AZURE_CLI:
                return {}, {}

    def sign_in(self, method: SignInMethod) -> SignIn:
        keyring = Keyring.gather(*self.environment(method))
        return SignIn(keyring, session=self.session, clock=self.clock, learn=self.learned.append)


@pytest.fixture
def run(entra: Entra, session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    # The Azure library itself looks here for the platform's identity, and for the Azure CLI.
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.url}/msi")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Run(entra, session, tmp_path)


SERVED = [method for method in SignInMethod if method is not SignInMethod.AZURE_CLI]


@pytest.mark.parametrize("method", SERVED)
def test_token__each_method__one_exchange_until_it_ages(run: Run, method: SignInMethod) -> None:
    sign_in = run.sign_in(method)
    assert sign_in.method is method
    first = sign_in.token(SCOPE)
    assert first == run.entra.issued[0] == sign_in.token(SCOPE)
    run.clock.advance(3600 - 600 - 60)  # a minute of room: the library counts on the machine's clock
    assert sign_in.token(SCOPE) == first
    run.clock.advance(120)
    second = sign_in.token(SCOPE)
    assert second == run.entra.issued[1] != first
    assert len(run.entra.exchanges) == 2
    assert {first, second} <= set(run.learned)


def test_token__github__a_new_id_token_for_each_exchange(run: Run) -> None:
    sign_in = run.sign_in(SignInMethod.GITHUB)
    sign_in.token(SCOPE)
    sign_in.token(OTHER_SCOPE)
    sign_in.renew()
    sign_in.token(SCOPE)
    assert [exchange["client_assertion"] for exchange in run.entra.exchanges] == run.entra.id_tokens
    assert len(set(run.entra.id_tokens)) == 3
    assert set(run.entra.id_tokens) <= set(run.learned)
    for exchange in run.entra.exchanges:
        assert exchange["client_id"] == CLIENT
        assert exchange["grant_type"] == "client_credentials"
        assert exchange["client_assertion_type"].endswith("jwt-bearer")


def test_token__workload__reads_the_rotated_file(run: Run) -> None:
    sign_in = run.sign_in(SignInMethod.WORKLOAD)
    sign_in.token(SCOPE)
    rotated = run.entra.id_token()
    run.token_file.write_text(rotated)
    sign_in.renew()
    sign_in.token(SCOPE)
    assert run.entra.exchanges[1]["client_assertion"] == rotated


def test_token__managed_identity__of_several__by_client_id(run: Run) -> None:
    environment, _ = run.environment(SignInMethod.MANAGED_IDENTITY)
    keyring = Keyring.gather(environment, {"azure-client-id": CLIENT})
    SignIn(keyring, session=run.session, clock=run.clock).token(SCOPE)
    assert run.entra.exchanges[0]["client_id"] == CLIENT
    assert run.entra.exchanges[0]["resource"] == SCOPE.removesuffix("/.default")


def test_token__two_scopes__two_tokens(run: Run) -> None:
    sign_in = run.sign_in(SignInMethod.CLIENT_SECRET)
    assert sign_in.token(SCOPE) != sign_in.token(OTHER_SCOPE)
    assert [exchange["scope"].split()[0] for exchange in run.entra.exchanges] == [SCOPE, OTHER_SCOPE]


def test_token__short_life__used_for_half_of_it(run: Run) -> None:
    run.entra.lifetime = 300
    sign_in = run.sign_in(SignInMethod.CLIENT_SECRET)
    first = sign_in.token(SCOPE)
    run.clock.advance(90)
    assert sign_in.token(SCOPE) == first
    run.clock.advance(120)
    assert sign_in.token(SCOPE) != first


def test_renew__exchanges_anew_although_the_token_is_fresh(run: Run) -> None:
    sign_in = run.sign_in(SignInMethod.SERVICE_PRINCIPAL)
    first = sign_in.token(SCOPE)
    sign_in.renew()
    assert sign_in.token(SCOPE) != first


def test_token__refresh_fails_while_the_present_one_is_good__present_one(run: Run) -> None:
    sign_in = run.sign_in(SignInMethod.CLIENT_SECRET)
    first = sign_in.token(SCOPE)
    run.clock.advance(3600 - 300)
    run.entra.refusals = ["AADSTS90033: A transient error has occurred."] * 2
    assert sign_in.token(SCOPE) == first
    run.clock.advance(300)
    with pytest.raises(IdentityError):
        sign_in.token(SCOPE)
    assert sign_in.token(SCOPE) != first  # and it recovers


def test_token__entra_is_busy__tries_again_on_our_clock(run: Run) -> None:
    run.entra.statuses = [503, 500]
    started = time.monotonic()
    assert run.sign_in(SignInMethod.CLIENT_SECRET).token(SCOPE) == run.entra.issued[0]
    assert run.clock.sleeps
    assert time.monotonic() - started < 10


def test_token__entra_cannot_be_reached__one_line(run: Run) -> None:
    environment, inputs = run.environment(SignInMethod.GITHUB)
    environment["AZURE_AUTHORITY_HOST"] = "https://localhost:1"
    sign_in = SignIn(Keyring.gather(environment, inputs), session=run.session, clock=run.clock)
    with pytest.raises(IdentityError, match="the sign-in host cannot be reached"):
        sign_in.token(SCOPE)


TRACE = (
    "Trace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333 Correlation ID: aaaa0000 Timestamp: 2026-01-07 12:00:00Z"
)
FEDERATION = (
    "No matching federated identity record found for presented assertion {}. Check your federated identity "
    f"credential Subject, Audience and Issuer against the presented assertion. {TRACE}"
)
NEW_SUBJECT = "repo:octo-org@65/speech@74:ref:refs/heads/main"


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("AADSTS700213", "subject 'x'", f"the application has the subject {SUBJECT}"),
        ("AADSTS7002138", "subject 'x'", f"differs from {SUBJECT} in letter case"),
        ("AADSTS700212", "audience 'x'", "has the audience api://AzureADTokenExchange"),
        ("AADSTS700211", "issuer 'x'", "has the issuer https://token.actions.githubusercontent.com"),
        ("AADSTS70021", "subject", f"has the subject {SUBJECT}"),
    ],
)  # fmt: skip
def test_token__federation_refused__names_the_command(run: Run, code: str, said: str, words: str) -> None:
    run.entra.refusals = [f"{code}: {FEDERATION.format(said)}"]
    with pytest.raises(IdentityError) as error:
        run.sign_in(SignInMethod.GITHUB).token(SCOPE)
    text = str(error.value)
    assert text.startswith("Signing in to Azure with GitHub OpenID Connect failed: ")
    assert words in text
    assert f"({code})" in text
    assert error.value.code == code
    assert f"az ad app federated-credential create --id {CLIENT} --parameters '" in text
    parameters = json.loads(text.split("--parameters '")[1].split("'", maxsplit=1)[0])
    assert parameters == {
        "name": "repo-octo-org-speech-ref-refs-heads-main",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": SUBJECT,
        "audiences": ["api://AzureADTokenExchange"],
    }
    assert f"subject {NEW_SUBJECT} does not match" in text
    _holds_no_secret(text, run)


def test_token__federation_refused_on_a_repository_named_by_ids__old_form_is_named(run: Run) -> None:
    run.entra.id_claims["sub"] = NEW_SUBJECT
    run.entra.refusals = [f"AADSTS700213: {FEDERATION.format('subject')}"]
    with pytest.raises(IdentityError) as error:
        run.sign_in(SignInMethod.GITHUB).token(SCOPE)
    assert f'"subject": "{NEW_SUBJECT}"' in error.value.hint
    assert f"subject {SUBJECT} does not match" in error.value.hint


def test_token__federation_refused_for_a_token_file__says_what_is_needed(run: Run) -> None:
    run.entra.refusals = [f"AADSTS700213: {FEDERATION.format('subject')}"]
    with pytest.raises(IdentityError, match="audience api://AzureADTokenExchange"):
        run.sign_in(SignInMethod.WORKLOAD).token(SCOPE)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("AADSTS7000215: Invalid client secret provided.", "the secret's value, not its id: az ad app"),
        ("AADSTS7000222: The client secret keys for app 'x' are expired.", f"credential reset --id {CLIENT}"),
        ("AADSTS700016: Application 'x' was not found in the directory 'y'.", "Check azure-client-id"),
        (
            "AADSTS90002: Tenant 'x' not found.",
            "the tenant does not exist (AADSTS90002). Check azure-client-id",
        ),
        ("AADSTS7000229: The client application x is missing service principal.", "az ad sp create"),
        ("AADSTS53003: Blocked by Conditional Access policies.", "Exclude the application"),
        ("AADSTS700024: Client assertion is not within its valid time range.", "check its clock"),
        (f"AADSTS999999: Something new: client_secret={SECRET}.\r\n{TRACE}", "AADSTS999999: Something new"),
        (f"The sky fell. {TRACE}", "The sky fell"),
    ],
)
def test_token__refused__one_line_with_the_next_step(run: Run, refusal: str, words: str) -> None:
    run.entra.refusals = [refusal]
    with pytest.raises(IdentityError) as error:
        run.sign_in(SignInMethod.SERVICE_PRINCIPAL).token(SCOPE)
    text = str(error.value)
    assert words in text
    assert "Trace ID" not in text
    assert "\n" not in text
    _holds_no_secret(text, run)


def test_token__id_token_refused_by_github__passes_through(run: Run) -> None:
    environment, inputs = run.environment(SignInMethod.GITHUB)
    environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "another"
    sign_in = SignIn(Keyring.gather(environment, inputs), session=run.session, clock=run.clock)
    with pytest.raises(IdentityError, match="GitHub refused this job an ID token"):
        sign_in.token(SCOPE)


def test_token__managed_identity_refused__one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with pytest.raises(IdentityError, match="Assign a managed identity to the machine"):
        run.sign_in(SignInMethod.MANAGED_IDENTITY).token(SCOPE)


# --- the Azure CLI, played by a script ---


def _install_cli(run: Run, script: str) -> None:
    program = run.token_file.parent / "az"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_token__azure_cli__signed_in(run: Run) -> None:
    expires = int(run.clock.now().timestamp()) + 3600
    _install_cli(run, f"""echo '{{"accessToken": "from-the-cli", "expires_on": {expires}}}'""")
    assert run.sign_in(SignInMethod.AZURE_CLI).token(SCOPE) == "from-the-cli"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", "nobody is signed in. Run az login."),
        ("echo 'ERROR: AADSTS70043: The refresh token has expired.' >&2; exit 1", "AADSTS70043"),
    ],
)
def test_token__azure_cli__not_signed_in__one_line(run: Run, script: str, words: str) -> None:
    _install_cli(run, script or "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1")
    with pytest.raises(IdentityError) as error:
        run.sign_in(SignInMethod.AZURE_CLI).token(SCOPE)
    assert words in str(error.value)


def test_token__nothing_given_and_no_azure_cli__says_what_to_give(run: Run) -> None:
    with pytest.raises(IdentityError) as error:
        run.sign_in(SignInMethod.AZURE_CLI).token(SCOPE)
    assert "the Azure CLI is not installed. In a workflow, set azure-client-id" in str(error.value)


# --- secrets ---


def _holds_no_secret(text: str, run: Run) -> None:
    for secret in (
        SECRET,
        OIDC_TOKEN,
        IDENTITY_HEADER,
        *run.entra.issued,
        *run.entra.id_tokens,
        *run.learned,
    ):
        assert secret not in text


@pytest.mark.parametrize("method", SERVED)
def test_sign_in__at_debug_level__no_secret_in_logs_and_representations(
    run: Run, method: SignInMethod, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in = run.sign_in(method)
    sign_in.token(SCOPE)
    run.entra.refusals = [f"AADSTS7000215: Invalid client secret provided. {TRACE}"]
    sign_in.renew()
    if method is not SignInMethod.MANAGED_IDENTITY:
        with pytest.raises(IdentityError):
            sign_in.token(SCOPE)
    assert caplog.text
    _holds_no_secret(caplog.text, run)
    _holds_no_secret(repr(sign_in) + repr(vars(sign_in)), run)
    assert repr(sign_in) == f"SignIn({method.value!r})"
