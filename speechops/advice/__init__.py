"""What to do next: from the errors of two models, and what each was trained on, to a few pieces of advice."""

from speechops.advice.evidence import Evidence, collect
from speechops.advice.piece import Advice, Example, Rule
from speechops.advice.regions import Kind, Region, regions
from speechops.advice.rules import Situation, advise, is_void
from speechops.advice.tables import Tables, WordRow, tables

__all__ = [
    "Advice",
    "Evidence",
    "Example",
    "Kind",
    "Region",
    "Rule",
    "Situation",
    "Tables",
    "WordRow",
    "advise",
    "collect",
    "is_void",
    "regions",
    "tables",
]
