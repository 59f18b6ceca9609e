"""Normalise, align, count, compare, decide: pure functions over frozen values."""

from .bootstrap import Interval, Method
from .comparison import Comparison, GroupComparison, Pair, compare
from .counts import Counts
from .gate import Action, Gate, Margin, Policy
from .matched_pairs import MatchedPairs
from .normalise import Normaliser, Unit, normaliser, reported_units
from .scores import Scores, Utterance, UtteranceScore, Weights, score
from .verdict import Outcome, Verdict, decide, judge

__all__ = [
    "Action",
    "Comparison",
    "Counts",
    "Gate",
    "GroupComparison",
    "Interval",
    "Margin",
    "MatchedPairs",
    "Method",
    "Normaliser",
    "Outcome",
    "Pair",
    "Policy",
    "Scores",
    "Unit",
    "Utterance",
    "UtteranceScore",
    "Verdict",
    "Weights",
    "compare",
    "decide",
    "judge",
    "normaliser",
    "reported_units",
    "score",
]
