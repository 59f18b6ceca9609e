"""A report value, built from records, and its faces: terminal, Markdown, HTML, JSON."""

from speechops.report.building import of_result
from speechops.report.histories import history
from speechops.report.report import History, Origin, Report, Test
from speechops.report.serial import MAX_JSON, from_json, to_json

__all__ = ["MAX_JSON", "History", "Origin", "Report", "Test", "from_json", "history", "of_result", "to_json"]
