"""The Azure resources that a run uses: the Speech resource and the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops import clouds
from speechops.values import LOCAL

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """The speech resource and how to use it."""

    endpoint: str
    region: str
    key: str = field(repr=False)
    api_version: str
    chosen: bool = True  # whether the resource, or the embedded service, was chosen explicitly

    @property
    def is_local(self) -> bool:
        """Whether the embedded service is to be started."""
        return self.endpoint == LOCAL and not self.region

    @property
    def url(self) -> str:
        """The address of the resource, by its custom domain or by its region."""
        if not self.region:
            return self.endpoint
        return clouds.endpoint_of(self.region)

    @property
    def is_this_machine(self) -> bool:
        """Whether the service runs on this machine and needs no sign-in."""
        return self.is_local or (not self.region and clouds.is_loopback(self.endpoint))


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where results, records and the benchmark are stored."""

    account: str
    connection_string: str = field(repr=False)
    sas: str = field(repr=False)
    folder: Path

    @property
    def is_account(self) -> bool:
        """Whether the store is a storage account rather than a folder."""
        return bool(self.account or self.connection_string or self.sas)
