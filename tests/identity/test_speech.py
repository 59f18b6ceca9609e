from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from speechops.errors import UsageError
from speechops.identity import Keyring, SignIn, SpeechToken, check_custom_domain
from speechops.speech import RenewableCredential
from tests.clock import FakeClock
from tests.identity.entra import CLIENT, SECRET, TENANT, Entra

if TYPE_CHECKING:
    import requests

ENDPOINT = "https://speech-of-a-team.cognitiveservices.azure.com"


@pytest.fixture
def sign_in(entra: Entra, session: requests.Session) -> SignIn:
    keyring = Keyring(client_id=CLIENT, tenant_id=TENANT, client_secret=SECRET, authority=entra.url)
    return SignIn(keyring, session=session, clock=FakeClock(datetime.now(UTC)))


def test_headers__carry_a_token_for_the_speech_service(sign_in: SignIn, entra: Entra) -> None:
    credential: RenewableCredential = SpeechToken(sign_in, ENDPOINT)
    assert credential.headers() == {"Authorization": f"Bearer {entra.issued[0]}"}
    assert credential.headers() == {"Authorization": f"Bearer {entra.issued[0]}"}
    assert entra.exchanges[0]["scope"].split()[0] == "https://cognitiveservices.azure.com/.default"
    credential.renew()
    assert credential.headers() == {"Authorization": f"Bearer {entra.issued[1]}"}
    assert isinstance(credential, RenewableCredential)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://westeurope.api.cognitive.microsoft.com",
        "https://westeurope.api.cognitive.microsoft.com/",
        "https://chinaeast2.api.cognitive.azure.cn",
        "https://westeurope.stt.speech.microsoft.com",
    ],
)
def test_endpoint__of_a_region__takes_keys_alone(sign_in: SignIn, endpoint: str) -> None:
    with pytest.raises(UsageError) as error:
        SpeechToken(sign_in, endpoint)
    assert "--custom-domain NAME" in error.value.hint
    assert error.value.place is not None
    assert error.value.place.input == "speech-endpoint"


@pytest.mark.parametrize(
    "endpoint", [ENDPOINT, f"{ENDPOINT}/", "http://127.0.0.1:5005", "https://speech.internal"]
)
def test_endpoint__of_a_resource__taken(endpoint: str) -> None:
    check_custom_domain(endpoint)
