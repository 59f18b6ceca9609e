"""The set-ups of the operations' tests, for attackers."""

from tests.operations.conftest import clinic, entra, own_certificate, project, storage

__all__ = ["clinic", "entra", "own_certificate", "project", "storage"]
