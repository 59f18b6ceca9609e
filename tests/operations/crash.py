"""The command line in a process that kills itself at its k-th HTTP call.

``CRASH_AT`` says at which call (from 1; 0 never), ``CRASH_WHEN`` whether ``before`` it is sent or ``after``
it was answered. The number of calls made is written to the file ``CRASH_COUNT``.
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


def armed(at: int, when: str, count: Path) -> None:
    """Make the k-th call of all sessions the last thing that this process does."""
    send = HTTPAdapter.send
    numbers = itertools.count(1)

    def counted(self: HTTPAdapter, *arguments: Any, **options: Any) -> requests.Response:  # noqa: ANN401
        number = next(numbers)
        count.write_text(str(number), encoding="utf-8")
        if number == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        response = send(self, *arguments, **options)
        if number == at:
            response.content  # noqa: B018 - the answer has arrived whole
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    HTTPAdapter.send = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    armed(int(os.environ["CRASH_AT"]), os.environ["CRASH_WHEN"], Path(os.environ["CRASH_COUNT"]))
    sys.exit(App(dict(os.environ), sys.stdout, FakeClock()).run(sys.argv[1:]))
