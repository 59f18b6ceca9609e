"""Fixtures for all tests."""

pytest_plugins = ("tests.embedded", "tests.github_api.plugin")
