"""The set-ups of the operations' tests, for attackers."""

from tests.operations.conftest import clinic, entra, laptop, own_certificate, project, storage

__all__ = ["clinic", "entra", "laptop", "own_certificate", "project", "storage"]
