"""``python -m tests.cli …``: the command line, with the contract's judge before its embedded service.

For tests that run it in a process of its own. With ``SPEECHOPS_TEST_ENGINE=stub`` in the environment the
embedded service has the stub engine. The judge reports to the test through the environment too, so a test
must pass its own on.
"""

from __future__ import annotations

import os
import sys

from speechops.app import main
from speechops.embedded import server
from tests import contract
from tests.stub_engine import StubEngine

if __name__ == "__main__":
    contract.install()
    if os.environ.get("SPEECHOPS_TEST_ENGINE") == "stub":
        server.recogniser = lambda _cache: StubEngine()  # type: ignore[assignment]
    sys.exit(main())
