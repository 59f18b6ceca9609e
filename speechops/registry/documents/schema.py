"""The schema number that every stored document carries."""

from __future__ import annotations

SCHEMA = 1
"""Raised if an older version of SpeechOps would go wrong by what it does not know."""
