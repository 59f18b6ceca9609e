"""Reports for tests, made from sentences through the same door as real ones."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops import report, scoring
from speechops.registry.documents import (
    Cause,
    Ending,
    Hypothesis,
    ModelReference,
    Recognised,
    Release,
    ReleaseKind,
    RunRecord,
    ServiceRates,
    TestResult,
)
from speechops.registry.summaries import ResultSummary
from speechops.scoring import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speechops.report import Report

TERMS = ("amoxicillin", "metformin", "never said")

BASE = ModelReference("base-1", "20260901", base=True, expires="2028-01-15")
CANDIDATE = ModelReference(
    "model-2", "pharmacy-train-data-abc1234-e7671c3c", base=False, expires="2028-01-15"
)

WORDS = tuple(
    "refill amoxicillin capsules before friday metformin twice daily with food order lisinopril tablets "  # noqa: SIM905
    "allergic penicillin sulfa atorvastatin refills warfarin dose insulin pens refrigerator inhaler".split()
)


def sentences(number: int, *, words: Sequence[str] = WORDS, seed: int = 1) -> list[tuple[str, str, str]]:
    """Return utterances: what was said, what the benchmark heard, what the better candidate heard."""
    chance = random.Random(seed)  # noqa: S311 - no secret

    def heard(said: list[str], rate: float) -> str:
        return " ".join(chance.choice(words) if chance.random() < rate else word for word in said)

    made = []
    for _ in range(number):
        said = [chance.choice(words) for _ in range(chance.randint(4, 14))]
        made.append((" ".join(said), heard(said, 0.3), heard(said, 0.12)))
    return made


def result(  # noqa: PLR0913 - each of them is what some test varies
    rows: Iterable[tuple[str, str, str | None]],
    *,
    locale: str = "en-US",
    names: Sequence[str] = (),
    created: str = "2026-11-25T09:41:00.000000Z",
    fingerprint: str = "f" * 64,
    model: str = "pharmacy",
    group: str = "",
    gate: Gate | None = None,
    leaked: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> TestResult:
    """Return a judged test result of these utterances: said, heard by the benchmark, by the candidate.

    Those that are ``leaked`` are left out of the verdict.
    """
    rows = list(rows)
    ids = [names[index] if index < len(names) else f"{index + 1:03}.wav" for index in range(len(rows))]
    normaliser = scoring.normaliser(locale)
    before = scoring.score(
        (scoring.Utterance(key, row[0], row[1], group) for key, row in zip(ids, rows, strict=True)),
        normaliser,
    )
    alone = any(row[2] is None for row in rows)
    made = TestResult(
        key="k" * 64,
        model=model,
        locale=locale,
        cause=Cause.TEST_DATA if alone else Cause.PULL_REQUEST,
        commit="abc1234" + "0" * 33,
        run="17",
        created=created,
        test=fingerprint,
        benchmark=BASE,
        candidate=None if alone else CANDIDATE,
        utterances=tuple(
            Recognised(key, row[0], Hypothesis(row[1]), None if row[2] is None else Hypothesis(row[2]))
            for key, row in zip(ids, rows, strict=True)
        ),
        missing=tuple(missing),
        leaked=tuple(leaked),
        leaks=len(leaked),
        service={"benchmark": ServiceRates(before.total.error_rate, None, None)},
        benchmark_counts=before.total,
    )
    if alone:
        return made
    after = scoring.score(
        (scoring.Utterance(key, row[0], row[2] or "", group) for key, row in zip(ids, rows, strict=True)),
        normaliser,
    )
    verdict = scoring.judge(before, after, gate or Gate(), exclude=leaked, missing=missing)
    return replace(made, verdict=verdict.without_pairs())


def history(*results: TestResult) -> report.History:
    """Return a history of these results with one release."""
    runs = [
        RunRecord(
            "1", "train-data", "pharmacy", "", "2026-11-01T00:00:00Z", ending=Ending.DONE, trained=True
        ),
        RunRecord("2", "train-data", "pharmacy", "", "2026-11-02T00:00:00Z", ending=Ending.DONE),
        RunRecord("3", "compare", "pharmacy", "", "2026-11-03T00:00:00Z", ending=Ending.REFUSED),
    ]
    release = Release(
        "1.2.0",
        "pharmacy",
        ReleaseKind.DEPLOY,
        "2026-11-26T00:00:00Z",
        "1",
        "abc1234",
        "endpoint",
        CANDIDATE,
        0.109,
        "better",
        "",
    )
    return report.history(map(ResultSummary.of, results), runs, [release])


def made(
    rows: Iterable[tuple[str, str, str | None]],
    *,
    locale: str = "en-US",
    names: Sequence[str] = (),
    gate: Gate | None = None,
    leaked: Sequence[str] = (),
    missing: Sequence[str] = (),
    frozen: str = "",
) -> Report:
    """Return a report on these utterances, of a pull request."""
    tested = result(rows, locale=locale, names=names, gate=gate, leaked=leaked, missing=missing)
    return report.Report(
        "pharmacy",
        locale,
        report.Origin(
            "compare",
            "2026-11-25T09:41:00Z",
            "17",
            tested.commit,
            "https://github.example/o/r/actions/runs/17",
            "https://github.example/o/r",
            7,
        ),
        report.of_result(tested, scoring.normaliser(locale), dict.fromkeys(names, "phone"), TERMS),
        replace(history(tested), frozen=frozen),
    )
