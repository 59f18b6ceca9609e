from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.speech import ApiVersion


def test_base_path_and_query__put_the_version_where_it_belongs() -> None:
    assert (ApiVersion.V3_2.base_path, ApiVersion.V3_2.query) == ("/speechtotext/v3.2", {})
    for version in (ApiVersion.V2024_11_15, ApiVersion.V2025_10_15):
        assert (version.base_path, version.query) == ("/speechtotext", {"api-version": version.value})


def test_sas_life__has_the_unit_of_the_version() -> None:
    assert ApiVersion.V3_2.sas_life(60) == {"sasValidityInSeconds": "3600"}
    assert ApiVersion.V2024_11_15.sas_life(60) == {"sasLifetimeMinutes": "60"}


@pytest.mark.parametrize(
    ("version", "properties", "seconds"),
    [
        (ApiVersion.V3_2, {"duration": "PT4M12S"}, 252.0),
        (ApiVersion.V3_2, {"duration": "P1DT2H0.5S"}, 93_600.5),
        (ApiVersion.V3_2, {"duration": "PT"}, None),
        (ApiVersion.V3_2, {"duration": "four minutes"}, None),
        (ApiVersion.V3_2, {"durationMilliseconds": 252_000}, None),
        (ApiVersion.V2025_10_15, {"durationMilliseconds": 252_000}, 252.0),
        (ApiVersion.V2024_11_15, {"durationMilliseconds": -1}, None),
        (ApiVersion.V2024_11_15, {"durationMilliseconds": True}, None),
        (ApiVersion.V2025_10_15, {}, None),
    ],
)
def test_seconds__reads_each_version_s_form(
    version: ApiVersion, properties: dict[str, object], seconds: float | None
) -> None:
    assert version.seconds(properties) == seconds


@given(
    st.dictionaries(
        st.sampled_from(["duration", "durationMilliseconds"]), st.text() | st.floats() | st.none()
    )
)
def test_seconds__never_fails(properties: dict[str, object]) -> None:
    for version in ApiVersion:
        seconds = version.seconds(properties)
        assert seconds is None or seconds >= 0


def test_links_and_features__have_the_names_of_the_version() -> None:
    links = {"webSocket": "wss://new", "webSocketConversation": "wss://old"}
    assert ApiVersion.V3_2.web_socket(links) == "wss://old"
    assert ApiVersion.V2025_10_15.web_socket(links) == "wss://new"
    assert ApiVersion.V2025_10_15.web_socket({"webSocket": None}) == ""
    features = {"supportsTranscriptions": True, "supportsTranscriptionsSubmit": False}
    assert ApiVersion.V3_2.transcribes_batches(features) is True
    assert ApiVersion.V2024_11_15.transcribes_batches(features) is False
    assert ApiVersion.V2024_11_15.transcribes_batches({}) is None
