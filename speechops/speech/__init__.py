"""The Speech-to-text REST API of Azure AI Speech, and of the embedded service, over ``requests``.

Names are imported at their first use: what only knows an entity by its name does not load ``requests``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechops.speech.base_models import choose_base_model
    from speechops.speech.client import SpeechClient
    from speechops.speech.credential import Credential, KeyCredential, RenewableCredential
    from speechops.speech.drafts import NewDataset, NewEndpoint, NewEvaluation, NewModel, NewProject
    from speechops.speech.entities import (
        FINGERPRINT,
        STORE,
        BaseModel,
        CopyAuthorization,
        Dataset,
        Endpoint,
        Entity,
        Evaluation,
        File,
        Model,
        ModelReference,
        Project,
        ServiceScores,
        Status,
        Transcription,
        WorkError,
    )
    from speechops.speech.finding import Found, match
    from speechops.speech.import_report import RejectedLine
    from speechops.speech.recognition import Recognition
    from speechops.speech.transcripts import EvaluationTranscripts, Transcript
    from speechops.speech.transport import AnswerLost, open_session
    from speechops.speech.version import ApiVersion
    from speechops.speech.waiting import wait

_MODULES = (
    *("entities", "drafts", "version", "credential", "recognition", "transcripts", "import_report"),
    *("base_models", "waiting", "finding", "transport", "client"),
)
"""Where the names are, those last that load ``requests``."""

__all__ = [
    "FINGERPRINT",
    "STORE",
    "AnswerLost",
    "ApiVersion",
    "BaseModel",
    "CopyAuthorization",
    "Credential",
    "Dataset",
    "Endpoint",
    "Entity",
    "Evaluation",
    "EvaluationTranscripts",
    "File",
    "Found",
    "KeyCredential",
    "Model",
    "ModelReference",
    "NewDataset",
    "NewEndpoint",
    "NewEvaluation",
    "NewModel",
    "NewProject",
    "Project",
    "Recognition",
    "RejectedLine",
    "RenewableCredential",
    "ServiceScores",
    "SpeechClient",
    "Status",
    "Transcript",
    "Transcription",
    "WorkError",
    "choose_base_model",
    "match",
    "open_session",
    "wait",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    for module in _MODULES if name in __all__ else ():
        value: object = getattr(import_module(f"{__name__}.{module}"), name, None)
        if value is not None:
            globals()[name] = value
            return value
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
