"""The stored documents, as frozen values and as JSON.

Each carries its ``schema``. A document of a newer schema, or one that is not ours, is a :class:`Foreign`:
reported, never overwritten.
"""

from speechops.registry.documents.benchmark import Benchmark, Cause, ModelReference
from speechops.registry.documents.commits import DIRTY, is_dirty, short
from speechops.registry.documents.encoding import Document, Foreign, Newer, decode, encode
from speechops.registry.documents.records import Basis, DataObject, Deletion, Ending, RunRecord, State
from speechops.registry.documents.releases import Delivery, Release, ReleaseKind, TargetRelease
from speechops.registry.documents.results import Form, Hypothesis, Recognised, ServiceRates, TestResult
from speechops.registry.documents.schema import SCHEMA
from speechops.registry.documents.vocabulary import Sentence, Vocabulary

__all__ = [
    "DIRTY",
    "SCHEMA",
    "Basis",
    "Benchmark",
    "Cause",
    "DataObject",
    "Deletion",
    "Delivery",
    "Document",
    "Ending",
    "Foreign",
    "Form",
    "Hypothesis",
    "ModelReference",
    "Newer",
    "Recognised",
    "Release",
    "ReleaseKind",
    "RunRecord",
    "Sentence",
    "ServiceRates",
    "State",
    "TargetRelease",
    "TestResult",
    "Vocabulary",
    "decode",
    "encode",
    "is_dirty",
    "short",
]
