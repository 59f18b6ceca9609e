"""Where a Speech resource is reached: for its entities, and for recognition."""

from __future__ import annotations

from urllib.parse import urlsplit

from speechops import clouds
from speechops.errors import Place, UsageError

_ROUTE = "speech/recognition/conversation/cognitiveservices/v1"


def checked_endpoint(endpoint: str) -> str:
    """Return an endpoint without a trailing slash. Raises :class:`UsageError`, which hides the value."""
    try:
        parts = urlsplit(endpoint.strip())
        extras = parts.query or parts.fragment or parts.username or "/speechtotext" in parts.path
        well_formed = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0 and not extras
    except ValueError:
        well_formed = False
    if not well_formed:
        raise UsageError(
            "speech-endpoint is not a valid endpoint of a Speech resource.",
            hint="Use only the address, such as https://NAME.cognitiveservices.azure.com.",
            place=Place(input="speech-endpoint"),
        )
    return endpoint.strip().rstrip("/")


def recognition_address(endpoint: str) -> str:
    """Return the address of the short-audio route of a resource.

    A regional resource recognizes on a host of its own; one with a custom domain, and the embedded service,
    below ``/stt`` of the same host.
    """
    region, _, suffix = (urlsplit(endpoint).hostname or "").partition(".")
    for cloud in clouds.CLOUDS:
        if suffix == cloud.service:
            return f"https://{region}.{cloud.recognition}/{_ROUTE}"
    return f"{endpoint}/stt/{_ROUTE}"
