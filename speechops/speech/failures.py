"""Turns an error answer of the service, a gateway or a proxy into one clear error.

The only place that reads error bodies. It knows the service's own ``{"code", "message", "innerError"}``, a
gateway's ``{"error": {...}}``, both under any content type, the XML of Blob storage, and pages of HTML. The
service's message is passed on; a table adds what to do next.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops import json_text
from speechops.errors import QuotaExceeded, ServiceError, ServiceUnavailable
from speechops.speech.json_object import JsonObject

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 600  # characters of the service's message
_DEEPEST = 8  # inner errors

HINTS: Mapping[str, str] = {
    # The service's detailed codes.
    "DataImportFailed": "Check the data with speechops validate; the import report names the lines.",
    "DeleteNotAllowed": "Only work that has ended can be deleted, and nothing that is in use.",
    "DeployingFailedModel": "The model's training failed: train it again before it is deployed.",
    "DeployNotAllowed": "This resource may not deploy the model: check its tier and the model's owner.",
    "EmptyAudioFile": "The audio has no samples: record it again.",
    "EndpointLoggingNotSupported": "Turn logging off, or bring your own storage account.",
    "EndpointNotUpdatable": "Wait until the endpoint's current update is done, or create a new endpoint.",
    "FailedDataset": "Its import failed: check the data with speechops validate and upload it again.",
    "InaccessibleCustomerStorage": "Give the Speech resource access to its storage account: "
    "firewall and identity.",
    "InUseViolation": "Something still uses it: delete or change that first.",
    "InvalidAdaptationMapping": "The base model cannot be adapted with these kinds of data: choose another.",
    "InvalidAudioFormat": "Use RIFF WAV, 8 or 16 kHz, mono, 16-bit PCM.",
    "InvalidBaseModel": "The base model is unknown here, of another locale or expired: choose another.",
    "InvalidDataset": "The dataset is gone, of another locale or resource, or not imported yet.",
    "InvalidLocale": "The service does not offer this locale for this work: check locale.",
    "InvalidModel": "The model is gone, or of another resource, region or locale.",
    "InvalidPermissions": "Give the identity the role Cognitive Services Speech Contributor.",
    "InvalidProject": "The project is gone, or of another resource or locale: check speech-project.",
    "ModelCopyAuthorizationExpired": "Authorize the copy again.",
    "ModelDeploymentNotCompleteState": "Wait until the model has succeeded.",
    "ModelDeprecated": "The model, or its base model for training, has expired: use a newer base-model.",
    "ModelExists": "A model with this name already exists.",
    "ModelMismatch": "The models and the dataset must have the same locale.",
    "ModelNotDeployable": "This model cannot serve an endpoint: train from another base model.",
    "NoUtf8WithBom": "Save the file as UTF-8 with BOM.",
    "QuotaViolation": "Delete what is not needed (speechops maintain) or ask Azure for a higher quota; on a "
    "free resource set speech-tier: F0.",
    "SkuLimitsExist": "The pricing tier does not allow it: delete what is not needed, or move from F0 to S0.",
    "UnsupportedFilter": "The service does not know this filter: report it as a bug in SpeechOps.",
    # Its general codes.
    "Conflict": "It was changed meanwhile: run again.",
    "Forbidden": "Give the identity the role Cognitive Services Speech Contributor; Owner does not suffice.",
    "NotAllowed": "The resource does not allow it in its current state.",
    "NotFound": "It was deleted, or belongs to another resource: check speech-endpoint.",
    "TooManyRequests": "Other jobs use the resource as well: it allows 100 requests in 10 seconds.",
    "Unauthorized": "Check the key or the sign-in, and that it belongs to this endpoint and region.",
    # Blob storage.
    "AuthenticationFailed": "The address of the content has expired: run again.",
}
"""What to do next, by the service's code."""

_REDIRECTED = "It points to another address: check speech-endpoint."

_HINTS_BY_STATUS: Mapping[int, str] = {
    **dict.fromkeys((301, 302, 303, 307, 308), _REDIRECTED),
    401: HINTS["Unauthorized"],
    403: HINTS["Forbidden"],
    404: HINTS["NotFound"],
    407: "Check the proxy's sign-in (HTTPS_PROXY).",
    409: HINTS["Conflict"],
    413: "The request is too large for the service or a proxy before it.",
    429: HINTS["TooManyRequests"],
}

_HINTS_BY_WORDS = (
    (re.compile("disk .* is full"), "Free space on it, then run again; completed work is kept."),
    (
        re.compile("custom (sub)?domain", re.IGNORECASE),
        "A sign-in needs an endpoint with a custom domain, https://NAME.cognitiveservices.azure.com.",
    ),
    (
        re.compile("does not reference an entity", re.IGNORECASE),
        "The entity belongs to another resource, region or API version.",
    ),
)

_OK = 200
_QUOTA = {"QuotaViolation", "SkuLimitsExist"}
_PASSING = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Problem:
    """The content of an error answer."""

    status: int
    code: str
    words: str

    @property
    def is_quota(self) -> bool:
        """Whether a limit of the resource is reached, so that waiting does not help."""
        return self.code in _QUOTA

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _PASSING and not self.is_quota

    @property
    def hint(self) -> str:
        """What to do next."""
        return hint(self.code, self.words) or _HINTS_BY_STATUS.get(self.status, "")

    def error(self, action: str) -> ServiceError:
        """Return the error for a request with the purpose ``action``, such as ``create the model x``."""
        reason = f"{self.words} ({self.code or f'HTTP {self.status}'})" if self.words else self.code
        reason = reason or f"HTTP {self.status}"
        if self.passes:
            return ServiceUnavailable(
                f"The speech service could not {action}: {reason}",
                hint=self.hint or "Run again later.",
                status=self.status,
                code=self.code,
            )
        sort = QuotaExceeded if self.is_quota else ServiceError
        return sort(
            f"The speech service refused to {action}: {reason}",
            hint=self.hint,
            status=self.status,
            code=self.code,
        )


def hint(code: str, words: str = "") -> str:
    """Return what to do about a code of the service, or an empty string."""
    by_words = next((advice for pattern, advice in _HINTS_BY_WORDS if pattern.search(words)), "")
    return by_words or HINTS.get(code, "")


def read_problem(status: int, body: bytes) -> Problem:
    """Read an answer of ``status`` with whatever body."""
    text = body.decode("utf-8-sig", errors="replace").strip()
    if is_html(body):
        title = re.search(r"<(title|h1)[^>]*>(.*?)</\1", text, re.IGNORECASE | re.DOTALL)
        named = f" titled {_one_line(html.unescape(title[2]))!r}" if title and title[2].strip() else ""
        return Problem(status, "", f"it is an HTML page{named} from a proxy, firewall or gateway")
    if text.startswith("<"):
        code, message = (re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("Code", "Message"))
        return Problem(status, code[1] if code else "", _one_line(message[1]) if message else "")
    try:
        envelope = JsonObject(json_text.read(text))
    except ValueError:
        return Problem(status, "", _one_line(text))
    return _innermost(status, envelope.part("error") if envelope.part("error").data else envelope)


def is_html(body: bytes) -> bool:
    """Tell whether a body is a page of HTML, whatever its content type says."""
    return re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|body)", body[:512], re.IGNORECASE) is not None


def not_a_list(data: object) -> str:
    """Return why the JSON of a success is not a list of entities, empty if it is one.

    Without this check an error with a success status reads as an empty list, and entities are created twice.
    """
    answer = JsonObject(data)
    return "" if isinstance(answer.data.get("values"), list) else _unexpected("a list", answer)


def not_an_entity(data: object) -> str:
    """Return why the JSON of a success is not an entity, empty if it is one."""
    answer = JsonObject(data)
    return "" if answer.id() else _unexpected("an entity", answer)


def not_an_authorization(data: object) -> str:
    """Return why the JSON of a success is not the authorization of a copy, empty if it is one."""
    answer = JsonObject(data)
    return "" if answer.text("id") else _unexpected("an authorization", answer)


def not_a_recognition(data: object) -> str:
    """Return why the JSON of a success is not what was recognized, empty if it is.

    Microsoft describes the status Error as an internal error, after which to try again. The others, such as
    NoMatch, say something of the audio.
    """
    answer = JsonObject(data)
    status = answer.text("RecognitionStatus")
    if status == "Error":
        return "it had an internal error (RecognitionStatus: Error)"
    return "" if status else _unexpected("a recognition", answer)


def _unexpected(expected: str, answer: JsonObject) -> str:
    error = answer.part("error") if answer.part("error").data else answer
    problem = _innermost(_OK, error)
    reason = f" but an error: {problem.words or problem.code}" if problem.words or problem.code else ""
    return f"its answer is not {expected}{reason}"


def _innermost(status: int, error: JsonObject) -> Problem:
    """Read the deepest error, which is the most exact; if it lacks a field, the next one up is used."""
    code, words = error.text("code"), error.text("message")
    inner = error
    for _ in range(_DEEPEST):
        inner = inner.part("innerError") if inner.part("innerError").data else inner.part("innererror")
        if not inner.data:
            break
        code, words = inner.text("code") or code, inner.text("message") or words
    return Problem(status, code, _one_line(words))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
