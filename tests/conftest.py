"""Fixtures for all tests."""

pytest_plugins = ("tests.github_api.plugin",)
