"""Tests of what a pull request is shown."""
