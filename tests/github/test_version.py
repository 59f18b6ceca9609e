from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.github.version import Version, next_tag


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.2.3", Version(1, 2, 3)),
        ("10.20.30+build.5", Version(10, 20, 30)),
        ("1.2.3-rc.1", None),
        ("1.2", None),
        ("01.2.3", None),
        ("1.2.3.4", None),
        ("1.2.٣", None),
        ("", None),
    ],
)
def test_parse__follows_the_rules_of_semver(text: str, version: Version | None) -> None:
    assert Version.parse(text) == version


@pytest.mark.parametrize(
    ("tags", "following"),
    [
        ([], "v1.0.0"),
        (["v1.9.0", "v1.10.0", "v1.2.5"], "v1.11.0"),
        (["v1", "BASELINE-1", "1.5.0", "pharmacy-v3.0.0"], "v1.0.0"),
    ],
)
def test_next_tag__follows_the_highest(tags: list[str], following: str) -> None:
    assert next_tag(tags, prefix="v") == following


@given(st.builds(Version, *[st.integers(0, 99)] * 3))
def test_following__is_higher_and_reads_back(version: Version) -> None:
    following = version.following()
    assert following > version
    assert Version.parse(str(following)) == following
