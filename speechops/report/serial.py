"""The report as JSON: what :func:`to_json` wrote, :func:`from_json` reads strictly."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from speechops import json_text
from speechops.errors import DataError
from speechops.report.report import SCHEMA, Report

_DECODER = msgspec.json.Decoder(Report)

MAX_JSON = 64 * 2**20
"""The largest report that is read, in bytes."""


def to_json(report: Report) -> bytes:
    """Return the report as JSON: UTF-8, indented, without the pairs that the utterances already tell."""
    test = report.test
    if test is not None and test.verdict is not None:
        report = replace(report, test=replace(test, verdict=test.verdict.without_pairs()))
    return json_text.write(report)


def from_json(data: bytes) -> Report:
    """Read a report of any origin: every type is checked, the size is bounded.

    Raises :class:`DataError` if it is not a report that this version can read.
    """
    if len(data) > MAX_JSON:
        raise DataError(f"The report is larger than {MAX_JSON >> 20} MB.")
    try:
        report = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"The report cannot be read: {error}.") from error
    if report.schema != SCHEMA:
        raise DataError(f"The report has schema {report.schema}; this version reads {SCHEMA}.")
    return report
