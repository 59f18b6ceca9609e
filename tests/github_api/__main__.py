"""Run the server by itself, for containers and whole workflows: ``python -m tests.github_api --state FILE``.

It prints its address as the first line. The state file is read at the start, where it exists, and written
after every request; its ``violations`` say what broke the contract.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from speechops.clock import SystemClock
from tests.github_api import state as states
from tests.github_api.contract import Contract
from tests.github_api.plugin import DESCRIPTION
from tests.github_api.server import GitHubServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.github_api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="JSON file; see tests/github_api/state.py")
    parser.add_argument("--description", type=Path, default=DESCRIPTION, help="GitHub's OpenAPI description")
    options = parser.parse_args()
    state = states.load(options.state) if options.state else states.State()
    contract = Contract.load(options.description) if options.description.exists() else None
    server = GitHubServer(state, clock=SystemClock(), contract=contract)
    if options.state:
        states.save(state, options.state)
        server.after.append(lambda: states.save(state, options.state))
    server.start(host=options.host, port=options.port)
    sys.stdout.write(f"{server.api_url}\n")
    sys.stdout.flush()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    server.stop()


if __name__ == "__main__":
    main()
