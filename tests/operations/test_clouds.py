"""Azure Government and China through the command: hosts, tokens, and recognition of their own cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.clinic import Detour
from tests.operations.project import HELPFUL

if TYPE_CHECKING:
    from tests.kit.server import RunningService
    from tests.operations.clinic import Clinic
    from tests.operations.project import Project

REGIONS = [
    ("US Gov Virginia", "usgovvirginia.api.cognitive.microsoft.us", "usgovvirginia.stt.speech.azure.us"),
    ("usgovarizona", "usgovarizona.api.cognitive.microsoft.us", "usgovarizona.stt.speech.azure.us"),
    ("China East 2", "chinaeast2.api.cognitive.azure.cn", "chinaeast2.stt.speech.azure.cn"),
    ("chinanorth3", "chinanorth3.api.cognitive.azure.cn", "chinanorth3.stt.speech.azure.cn"),
    ("WestEurope", "westeurope.api.cognitive.microsoft.com", "westeurope.stt.speech.microsoft.com"),
]


@pytest.mark.parametrize(("region", "entities", "recognition"), REGIONS, ids=[row[0] for row in REGIONS])
def test_region__is_trained_and_served_in_its_own_cloud(
    project: Project,
    service: RunningService,
    monkeypatch: pytest.MonkeyPatch,
    region: str,
    entities: str,
    recognition: str,
) -> None:
    Detour(service.url, f"https://{entities}").install(monkeypatch)
    Detour(f"{service.url}/stt", f"https://{recognition}").install(monkeypatch)
    project.endpoint = ""
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL)
    given = ("--speech-region", region, "--speech-key", "k" * 32)
    assert project.run("train-data", *given).code == 0
    answer = project.run("deploy", *given)
    assert answer.code == 0, answer.text
    assert f"goes to {entities}" in answer.text
    assert "answers as the model did in its test" in answer.text  # on the host for recognition


@pytest.mark.parametrize("cloud", ["com", "us", "cn"])
def test_domain__is_signed_in_to_for_its_own_cloud(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, cloud: str
) -> None:
    domain = f"https://contoso.cognitiveservices.azure.{cloud}"
    if cloud != "com":
        Detour(clinic.service.url, domain).install(monkeypatch)
    clinic.project.endpoint = domain
    answer = clinic.run("doctor")
    assert answer.code == 0, answer.text
    scopes = {form["scope"].split()[0] for form in clinic.entra.exchanges}
    assert scopes == {
        f"https://cognitiveservices.azure.{cloud}/.default",
        "https://storage.azure.com/.default",
    }
    assert f"The token for the Speech resource goes to {domain.removeprefix('https://')}." in answer.text


def test_target__in_another_cloud_is_refused(project: Project) -> None:
    project.endpoint = "https://contoso.cognitiveservices.azure.com"
    project.settings = "targets:\n  gov: { speech-region: US Gov Virginia }\n"
    project.write_training(HELPFUL)
    answer = project.run("deploy", "--speech-key", "k" * 32)
    assert answer.code == 2
    assert "gov is in Azure Government" in answer.text
