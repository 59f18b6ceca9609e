"""Oracles: NIST's own programs, where Debian's ``sctk`` is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from bench.scoring import corpus
from speechops.scoring import Counts, normaliser, score
from speechops.scoring.matched_pairs import matched_pairs

from . import nist_alignment

if TYPE_CHECKING:
    from pathlib import Path

SCLITE, SC_STATS = (
    shutil.which(name, path="/usr/lib/sctk/bin") or shutil.which(name) for name in ("sclite", "sc_stats")
)

pytestmark = pytest.mark.skipif(not (SCLITE and SC_STATS), reason="sctk is not installed")

UTTERANCES = 10_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with two models, and sclite's alignments of both."""
    folder = tmp_path_factory.mktemp("nist")
    corpus.write(folder, UTTERANCES)
    for model in "ab":
        files = ["-r", "ref.trn", "trn", "-h", f"{model}.trn", "trn", model, "-i", "rm"]
        run(folder, str(SCLITE), *files, "-o", "sgml", "-O", ".", "-n", model)
    return folder


def run(folder: Path, *command: str, given: bytes = b"") -> None:
    subprocess.run(command, cwd=folder, input=given, check=True, capture_output=True, timeout=120)


def theirs(folder: Path, model: str) -> list[str]:
    """Return the paths of sclite's alignments."""
    lines = (folder / f"{model}.sgml").read_text().splitlines()
    return [
        "".join(kind.replace("C", "=") for kind in re.findall(r"(?:^|:)([CSDI]),", line))
        for line in lines
        if not line.startswith("<")
    ]


def texts(folder: Path, model: str) -> tuple[list[str], list[str]]:
    rules = normaliser("en-US")
    said, recognized = ((folder / f"{name}.txt").read_text().splitlines() for name in ("ref", model))
    return [rules(text) for text in said], [rules(text) for text in recognized]


def ours(folder: Path, model: str) -> list[str]:
    said, recognized = ((folder / f"{name}.txt").read_text().splitlines() for name in ("ref", model))
    triples = zip(map(str, range(UTTERANCES)), said, recognized, strict=True)
    return list(score(triples, normaliser("en-US")).paths)


def sc_stats(folder: Path) -> dict[str, float]:
    """Return what sc_stats makes of the two alignments."""
    both = (folder / "a.sgml").read_bytes() + (folder / "b.sgml").read_bytes()
    run(folder, str(SC_STATS), "-p", "-t", "mapsswe", "-v", "-n", "out", given=both)
    text = (folder / "out.stats.mapsswe").read_text(errors="replace")
    (line,) = [line for line in text.splitlines() if line.startswith("MTCH_PR_RESULTS")]
    found = re.search(r"# segs: (\d+)\).*mean: (\S+)\) \(std dev: (\S+)\) \(Z Stat: (\S+)\)", line)
    assert found
    return dict(zip(("segments", "mean", "deviation", "z"), map(float, found.groups()), strict=True))


def test_totals__equal_sclite_where_both_are_minimal(folder: Path) -> None:
    both = list(zip(ours(folder, "a"), theirs(folder, "a"), strict=True))
    counts = [(Counts.of(one), Counts.of(other)) for one, other in both]
    assert all(one.errors <= other.errors for one, other in counts)
    minimal = [pair for pair in counts if pair[0].errors == pair[1].errors]
    assert len(minimal) > 0.99 * UTTERANCES
    total, oracle = (sum(side, Counts()) for side in zip(*minimal, strict=True))
    assert (total.errors, total.reference_words) == (oracle.errors, oracle.reference_words)


def test_nist_alignment__splits_as_sclite_does(folder: Path) -> None:
    for model in "ab":
        own, oracle = nist_alignment.paths(*texts(folder, model), str.split), theirs(folder, model)
        assert Counts.of("".join(own)) == Counts.of("".join(oracle))
        assert sum(one != other for one, other in zip(own, oracle, strict=True)) < 0.001 * UTTERANCES


def test_matched_pairs__equal_sc_stats_given_its_alignments(folder: Path) -> None:
    oracle, given = sc_stats(folder), matched_pairs(theirs(folder, "a"), theirs(folder, "b"))
    assert given.z is not None
    assert given.segments == oracle["segments"]
    assert -given.mean == pytest.approx(oracle["mean"], abs=5.1e-4)
    assert given.deviation == pytest.approx(oracle["deviation"], abs=5.1e-4)
    assert -given.z == pytest.approx(oracle["z"], abs=5.1e-4)


def test_matched_pairs__agree_with_sc_stats_on_our_alignments(folder: Path) -> None:
    oracle, own = sc_stats(folder), matched_pairs(ours(folder, "a"), ours(folder, "b"))
    assert own.z is not None
    assert own.segments == pytest.approx(oracle["segments"], rel=3e-4)
    assert -own.z == pytest.approx(oracle["z"], abs=0.005)
