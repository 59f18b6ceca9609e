"""A report value, built from records, and its faces: terminal, Markdown, HTML, JSON."""

from speechops.report.report import (
    MAX_JSON,
    History,
    Origin,
    Report,
    Test,
    from_json,
    history,
    of_result,
    to_json,
)

__all__ = ["MAX_JSON", "History", "Origin", "Report", "Test", "from_json", "history", "of_result", "to_json"]
