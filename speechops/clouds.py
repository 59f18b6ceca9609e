"""Azure's clouds: their hosts, token audiences, and sign-in hosts.

The one table of hosts in SpeechOps. Sources: https://learn.microsoft.com/azure/ai-services/speech-service/sovereign-clouds,
https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-endpoints,
https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure and
https://learn.microsoft.com/azure/china/resources-developer-guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts of this machine: nothing leaves it."""

_REGION = re.compile(r"[a-z]+[0-9]?")
_PLAIN_HOST = re.compile(r"(?:[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Azure's clouds. ``service`` to ``storage`` are the endings of its hosts, without the first dot.

    ``regions`` are the beginnings of its regions' names, none for the cloud that has all other regions.
    """

    name: str
    service: str  # REGION.…: entities, reached by a region
    recognition: str  # REGION.…: recognition, reached by a region
    custom_domain: str  # NAME.…: both, reached by a resource's own domain
    storage: tuple[str, ...]  # ACCOUNT.…, the usual one first
    scope: str  # of the tokens for a Speech resource
    authority: str  # where to sign in
    management: str  # Azure Resource Manager: resource ids
    regions: tuple[str, ...] = ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of all hosts that a credential may be sent to."""
        return (self.service, self.recognition, self.custom_domain, *self.storage)


PUBLIC = Cloud(
    name="Azure",
    service="api.cognitive.microsoft.com",
    recognition="stt.speech.microsoft.com",
    custom_domain="cognitiveservices.azure.com",
    storage=("blob.core.windows.net", "blob.storage.azure.net"),
    scope="https://cognitiveservices.azure.com/.default",
    authority="login.microsoftonline.com",
    management="management.azure.com",
)
GOVERNMENT = Cloud(
    name="Azure Government",
    service="api.cognitive.microsoft.us",
    recognition="stt.speech.azure.us",
    custom_domain="cognitiveservices.azure.us",
    storage=("blob.core.usgovcloudapi.net",),
    scope="https://cognitiveservices.azure.us/.default",
    authority="login.microsoftonline.us",
    management="management.usgovcloudapi.net",
    regions=("usgov", "usdod"),
)
CHINA = Cloud(
    name="Azure in China",
    service="api.cognitive.azure.cn",
    recognition="stt.speech.azure.cn",
    custom_domain="cognitiveservices.azure.cn",
    storage=("blob.core.chinacloudapi.cn",),
    scope="https://cognitiveservices.azure.cn/.default",
    authority="login.partner.microsoftonline.cn",
    management="management.chinacloudapi.cn",
    regions=("china",),
)
CLOUDS = (PUBLIC, GOVERNMENT, CHINA)


def region(text: str) -> str:
    """Return the short name of a region, such as ``westeurope`` for ``West Europe``, as the portal shows it.

    Raises ValueError for an invalid region.
    """
    name = "".join(text.split()).lower()
    if not _REGION.fullmatch(name):
        raise ValueError(text)
    return name


def endpoint_of(region: str) -> str:
    """Return the address of the Speech resources of a region, by its short name, in the cloud that has it."""
    return f"https://{region}.{of_region(region).service}"


def of_region(region: str) -> Cloud:
    """Return the cloud of a region's short name, such as ``usgovvirginia``."""
    return next((cloud for cloud in CLOUDS if cloud.regions and region.startswith(cloud.regions)), PUBLIC)


def of_host(host: str) -> Cloud | None:
    """Return the cloud that a host belongs to, None for any other."""
    name = host.lower().rstrip(".")
    return next(
        (cloud for cloud in CLOUDS if any(name.endswith(f".{suffix}") for suffix in cloud.suffixes)), None
    )


def of_address(address: str) -> Cloud | None:
    """Return the cloud that an address lies in, None for any other."""
    return of_host(host_of(address))


def host_of(address: str) -> str:
    """Return the host of an address in lower case; empty if it has none, or an ambiguous one.

    Parsers disagree on what precedes an ``@`` or a backslash: an address with either has no host here.
    """
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if _PLAIN_HOST.fullmatch(parts.netloc) else ""
    except ValueError:
        return ""


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine."""
    return host_of(address) in LOOPBACK
