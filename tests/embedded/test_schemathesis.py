"""Schemathesis against the embedded service: requests made from each version's own description."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.contract import SPECS
from tests.embedded.api import Api, identity
from tests.embedded.conftest import TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.server import RunningService

EXAMPLES = 3  # of each of some 60 operations
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"

pytestmark = [
    pytest.mark.bad_requests,
    pytest.mark.skipif(not SPECS.exists(), reason="../shared/specs is absent"),
    pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed"),
]


def configuration(api: Api) -> str:
    """Return a configuration that names the version, and entities that are there."""
    dataset = api.dataset(TEXT.encode(), "Language")
    model = api.model(dataset)
    evaluated = api.dataset(TEXT.encode(), "Language")
    entities = {
        "datasets": evaluated,
        "models": model,
        "endpoints": api.endpoint(model),
        "models/base": api.base(),
    }
    lines = ["[parameters]", f'"query.api-version" = "{api.version}"', '"query.sasLifetimeMinutes" = 60']
    for collection, entity in entities.items():
        pattern = f"^/{collection}/\\\\{{id\\\\}}"
        lines += ["[[operations]]", f'include-path-regex = "{pattern}"', "[operations.parameters]"]
        lines += [f'"path.id" = "{identity(entity)}"']
    return "\n".join(lines)


@pytest.mark.parametrize("version", ["2025-10-15", "2024-11-15"])
def test_service__keeps_its_description_whatever_is_asked(
    service: RunningService, tmp_path: Path, version: str
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(Api(service.url, version)), encoding="utf-8")
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file", str(config),
        "run", str(SPECS / f"speechtotext-{version}.json"),
        "--url", f"{service.url}/speechtotext", "--header", "Ocp-Apim-Subscription-Key: k",
        "--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--generation-deterministic",
        "--checks", CHECKS, "--no-color",
    ]  # fmt: skip
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-1000:]
    assert "Test cases:" in result.stdout
