"""Clouds: what a region or an address leads to, however it is spelled."""

from __future__ import annotations

import pytest

from speechops import clouds, command_line
from speechops import settings as settings_of
from speechops.errors import UsageError
from speechops.speech.hosts import recognition_address
from speechops.values import REGION

ROUTE = "speech/recognition/conversation/cognitiveservices/v1"
PUBLIC = ("api.cognitive.microsoft.com", "stt.speech.microsoft.com")
GOVERNMENT = ("api.cognitive.microsoft.us", "stt.speech.azure.us")
CHINA = ("api.cognitive.azure.cn", "stt.speech.azure.cn")


@pytest.mark.parametrize(
    ("spelling", "name", "hosts"),
    [
        ("westeurope", "westeurope", PUBLIC),
        ("West Europe", "westeurope", PUBLIC),
        ("WestEurope", "westeurope", PUBLIC),
        ("EAST US 2", "eastus2", PUBLIC),
        (" North Central US ", "northcentralus", PUBLIC),
        ("usgovvirginia", "usgovvirginia", GOVERNMENT),
        ("US Gov Virginia", "usgovvirginia", GOVERNMENT),
        ("USGov Arizona", "usgovarizona", GOVERNMENT),
        ("US DoD Central", "usdodcentral", GOVERNMENT),
        ("chinaeast2", "chinaeast2", CHINA),
        ("China East 2", "chinaeast2", CHINA),
        ("ChinaNorth3", "chinanorth3", CHINA),
    ],
)
def test_region__leads_to_the_hosts_of_its_cloud(spelling: str, name: str, hosts: tuple[str, str]) -> None:
    region = REGION.parse(spelling, lambda _: pytest.fail("not a path"))
    assert region == name
    service, recognition = hosts
    assert clouds.endpoint_of(region) == f"https://{name}.{service}"
    assert recognition_address(clouds.endpoint_of(region)) == f"https://{name}.{recognition}/{ROUTE}"


@pytest.mark.parametrize(
    "text", ["https://westus", "west.us", "evil.example/", "west-europe", "westeurope@x"]
)
def test_region__that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"west|evil"):
        clouds.region(text)


@pytest.mark.parametrize(
    ("address", "scope", "authority"),
    [
        ("https://n.cognitiveservices.azure.com", "azure.com", "login.microsoftonline.com"),
        ("https://n.cognitiveservices.azure.us", "azure.us", "login.microsoftonline.us"),
        ("https://n.cognitiveservices.azure.cn", "azure.cn", "login.partner.microsoftonline.cn"),
    ],
)
def test_domain__leads_to_the_tokens_of_its_cloud(address: str, scope: str, authority: str) -> None:
    cloud = clouds.of_address(address)
    assert cloud is not None
    assert cloud.scope == f"https://cognitiveservices.{scope}/.default"
    assert cloud.authority == authority
    assert recognition_address(address) == f"{address}/stt/{ROUTE}"


@pytest.mark.parametrize(
    ("options", "address"),
    [
        (["--speech-region", "US Gov Virginia"], "https://contosa.blob.core.usgovcloudapi.net"),
        (
            ["--speech-endpoint", "https://n.cognitiveservices.azure.cn"],
            "https://contosa.blob.core.chinacloudapi.cn",
        ),
        (["--speech-region", "westeurope"], "contosa"),
    ],
)
def test_storage__by_name_is_in_the_cloud_of_the_speech_resource(options: list[str], address: str) -> None:
    for operation in ("plan", "report"):  # the second does not read the Speech resource
        words = [operation, "--locale", "en-US", "--storage-account", "contosa", *options]
        assert settings_of.read(command_line.read(words, {})).storage.account == address


def test_storage__in_another_cloud_is_refused() -> None:
    words = ["plan", "--locale", "en-US", "--speech-region", "usgovvirginia"]
    account = "https://contosa.blob.core.windows.net"
    with pytest.raises(UsageError, match="Azure Government"):
        settings_of.read(command_line.read([*words, "--storage-account", account], {}))
