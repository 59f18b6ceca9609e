"""Normalise, align, count, compare, decide: pure functions over frozen values."""

from .comparison import Comparison, GroupComparison, Interval, Pair, compare
from .counts import Counts
from .gate import Action, Gate, Margin, Policy
from .normalise import Normaliser, normaliser
from .scores import Scores, Utterance, UtteranceScore, score
from .verdict import Outcome, Verdict, decide

__all__ = [
    "Action",
    "Comparison",
    "Counts",
    "Gate",
    "GroupComparison",
    "Interval",
    "Margin",
    "Normaliser",
    "Outcome",
    "Pair",
    "Policy",
    "Scores",
    "Utterance",
    "UtteranceScore",
    "Verdict",
    "compare",
    "decide",
    "normaliser",
    "score",
]
