from __future__ import annotations

import pytest

from speechops.errors import UsageError
from speechops.speech import SpeechClient
from speechops.speech.hosts import checked_endpoint, recognition_address

ROUTE = "speech/recognition/conversation/cognitiveservices/v1"


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("https://westus.api.cognitive.microsoft.com", f"https://westus.stt.speech.microsoft.com/{ROUTE}"),
        ("https://chinaeast2.api.cognitive.azure.cn", f"https://chinaeast2.stt.speech.azure.cn/{ROUTE}"),
        ("https://name.cognitiveservices.azure.com", f"https://name.cognitiveservices.azure.com/stt/{ROUTE}"),
        ("http://127.0.0.1:5005", f"http://127.0.0.1:5005/stt/{ROUTE}"),
    ],
)
def test_recognition_address__follows_the_resource(endpoint: str, address: str) -> None:
    assert recognition_address(endpoint) == address


@pytest.mark.parametrize(
    ("endpoint", "checked"),
    [
        ("https://name.cognitiveservices.azure.com/", "https://name.cognitiveservices.azure.com"),
        (" http://127.0.0.1:5005 ", "http://127.0.0.1:5005"),
        ("https://gateway.example/speech/", "https://gateway.example/speech"),
    ],
)
def test_checked_endpoint(endpoint: str, checked: str) -> None:
    assert checked_endpoint(endpoint) == checked


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "name.cognitiveservices.azure.com",
        "ftp://name.example",
        "https://",
        "https://name.example:port",
        "https://[name",
        "https://user:SECRET@name.example",
        "https://name.example/?key=SECRET",
        "https://name.example/#SECRET",
        "https://name.example/speechtotext/v3.2",
    ],
)
def test_client__refuses_what_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(UsageError) as caught:
        SpeechClient(endpoint, credential=None, session=None, clock=None)  # type: ignore[arg-type]
    assert caught.value.place is not None
    assert caught.value.place.input == "speech-endpoint"
    assert "SECRET" not in str(caught.value)
