"""Fixtures of the recogniser: data, cache and processes, shared since they take seconds to make."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.recogniser import PocketSphinxEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PHARMACY = ROOT / "examples" / "pharmacy" / "data"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what the recogniser works out once; parallel test runs share it."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "recogniser-cache"


@pytest.fixture(scope="session")
def engine(cache: Path) -> Iterator[PocketSphinxEngine]:
    with PocketSphinxEngine(cache) as engine:
        yield engine


@pytest.fixture(scope="session")
def sample() -> Path:
    """Return Microsoft's sample data, which is no part of the repository."""
    folder = ROOT.parent / "shared" / "sample-data"
    if not folder.is_dir():
        pytest.skip("Microsoft's sample data is not here")
    return folder


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of half a dozen of those sentences."""
    folder = tmp_path_factory.mktemp("recordings")
    transcripts = (PHARMACY / "test" / "trans.txt").read_text("utf-8-sig").splitlines()[:6]
    for line in transcripts:
        name = line.partition("\t")[0]
        shutil.copy(PHARMACY / "test" / name, folder / name)
    (folder / "trans.txt").write_text("\n".join(transcripts))
    return folder


@pytest.fixture(scope="session")
def spoken() -> list[Path]:
    """Return a few sentences that a synthesiser speaks."""
    return sorted((PHARMACY / "test").glob("*.wav"))[:3]
