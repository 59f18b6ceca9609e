"""``serve``: the embedded speech service, until it is interrupted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from speechops.inputs import LOCAL_FOLDER, PORT
from speechops.run import Outcome

if TYPE_CHECKING:
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Serve. Ends with :class:`KeyboardInterrupt`."""
    with run.connections.embedded(run.settings[LOCAL_FOLDER], port=run.settings[PORT]) as service:
        run.console.line(f"The embedded speech service listens at {service.url}; press Ctrl-C to stop it.")
        threading.Event().wait()
    return Outcome("The embedded speech service has stopped.")
