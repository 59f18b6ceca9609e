"""What differs between the versions of the API."""

from __future__ import annotations

from speechops.speech import ApiVersion


def test_query__names_the_version() -> None:
    assert [version.query for version in ApiVersion] == [
        {"api-version": "2025-10-15"},
        {"api-version": "2024-11-15"},
    ]


def test_projects__are_in_the_newest_version_alone() -> None:
    assert [version for version in ApiVersion if version.has_projects] == [ApiVersion.V2025_10_15]
