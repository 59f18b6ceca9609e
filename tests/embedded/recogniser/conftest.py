"""Fixtures of the recogniser: data, cache and processes, shared since they take seconds to make."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.recogniser import PocketSphinxEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
CODE = ROOT / "speechops" / "embedded" / "recogniser"
PHARMACY = ROOT / "examples" / "pharmacy" / "data"


@pytest.fixture(scope="session")
def cache(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what the recognizer works out once, for all workers and later runs of its code."""
    if pytestconfig.cache is None:
        return tmp_path_factory.mktemp("recognizer")
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(CODE.glob("*.py")))).hexdigest()
    return pytestconfig.cache.mkdir(f"recognizer-{code[:12]}")


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
