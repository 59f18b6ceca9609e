"""Fixtures for all tests."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.embedded_service", "tests.github_api.plugin")

# No test holds a stop-watch: a busy machine is no fault of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("patient"), max_examples=10)  # make unit
settings.register_profile("repeatable", settings.get_profile("patient"), derandomize=True)  # .ci/run
settings.load_profile(os.environ.get("SPEECHOPS_EXAMPLES", "patient"))
