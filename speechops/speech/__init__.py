"""The Speech-to-text REST API of Azure AI Speech, and of the embedded service, over ``requests``."""

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
