"""The badge: the error rate of the deployed model, in the form of shields.io's endpoint badge.

https://shields.io/badges/endpoint-badge
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops.report import figures

if TYPE_CHECKING:
    from speechops.report.report import Report


def badge(report: Report) -> bytes:
    """Return the JSON of the badge; without a release it says that nothing is deployed."""
    releases = report.history.releases
    message = figures.rate(releases[-1].error_rate) if releases else "not deployed"
    content = {
        "schemaVersion": 1,
        "label": f"{figures.label(report.test)} {report.model}",
        "message": message,
        "color": "blue" if releases else "lightgrey",
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
