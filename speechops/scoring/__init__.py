"""Normalize, align, count, compare, decide: pure functions over frozen values.

Names are imported at their first use: counting needs a tenth of what a verdict needs, and --help nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .alignment import Column
    from .comparison import Comparison, GroupComparison, Pair, compare, some
    from .counts import Counts
    from .gate import Action, Gate, Margin, Metric, OtherMetric, Policy, RecallDemand
    from .groups import grouping, read_groups
    from .kinds import (
        align,
        counted_words,
    )
    from .matched_pairs import MatchedPairs
    from .normalise import Normaliser, Unit, has_character_rate, normaliser
    from .scores import Scores, Utterance, UtterancePair, UtteranceScore, score, score_pair
    from .terms import TermIndex, TermRecall, TermScore, read_terms, term_recall, term_scores
    from .tokens import TokenClass, are_display, display_tokens, error_classes
    from .units import Interval
    from .verdict import Outcome, Verdict, decide, judge
    from .wording import counted, in_percent

_HOMES = {
    "alignment": ("Column",),
    "comparison": ("Comparison", "GroupComparison", "Pair", "compare", "some"),
    "counts": ("Counts",),
    "gate": ("Action", "Gate", "Margin", "Metric", "OtherMetric", "Policy", "RecallDemand"),
    "groups": ("grouping", "read_groups"),
    "kinds": (
        "align",
        "counted_words",
    ),
    "matched_pairs": ("MatchedPairs",),
    "normalise": ("Normaliser", "Unit", "has_character_rate", "normaliser"),
    "scores": ("Scores", "Utterance", "UtterancePair", "UtteranceScore", "score", "score_pair"),
    "terms": ("TermIndex", "TermRecall", "TermScore", "read_terms", "term_recall", "term_scores"),
    "tokens": ("TokenClass", "are_display", "display_tokens", "error_classes"),
    "units": ("Interval",),
    "verdict": ("Outcome", "Verdict", "decide", "judge"),
    "wording": ("counted", "in_percent"),
}

__all__ = [
    "Action",
    "Column",
    "Comparison",
    "Counts",
    "Gate",
    "GroupComparison",
    "Interval",
    "Margin",
    "MatchedPairs",
    "Metric",
    "Normaliser",
    "OtherMetric",
    "Outcome",
    "Pair",
    "Policy",
    "RecallDemand",
    "Scores",
    "TermIndex",
    "TermRecall",
    "TermScore",
    "TokenClass",
    "Unit",
    "Utterance",
    "UtterancePair",
    "UtteranceScore",
    "Verdict",
    "align",
    "are_display",
    "compare",
    "counted",
    "counted_words",
    "decide",
    "display_tokens",
    "error_classes",
    "grouping",
    "has_character_rate",
    "in_percent",
    "judge",
    "normaliser",
    "read_groups",
    "read_terms",
    "score",
    "score_pair",
    "some",
    "term_recall",
    "term_scores",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    for module, names in _HOMES.items():
        if name in names:
            value: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
