"""The command line in a process that kills itself at its k-th HTTP call.

``CRASH_AT`` says at which call (from 1; 0 never), ``CRASH_WHEN`` whether ``before`` it is sent or ``after``
it was answered. The methods of the calls made are written to the file ``CRASH_CALLS``, one a line.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

from speechops.app import App
from tests.clock import FakeClock

if TYPE_CHECKING:
    import requests


def armed(at: int, when: str, calls: Path) -> None:
    """Make the k-th call of all sessions the last thing that this process does."""
    send = HTTPAdapter.send
    numbers = itertools.count(1)

    def counted(
        self: HTTPAdapter,
        request: requests.PreparedRequest,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> requests.Response:
        number = next(numbers)
        with calls.open("a", encoding="utf-8") as file:
            file.write(f"{request.method}\n")
        if number == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        response = send(self, request, **options)
        if number == at:
            response.content  # noqa: B018 - the answer has arrived whole
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    HTTPAdapter.send = counted  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    armed(int(os.environ["CRASH_AT"]), os.environ["CRASH_WHEN"], Path(os.environ["CRASH_CALLS"]))
    sys.exit(App(dict(os.environ), sys.stdout, FakeClock()).run(sys.argv[1:]))
