from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import QuotaExceeded, ServiceError, ServiceUnavailable
from speechops.speech.failures import HINTS, is_html, read_problem
from tests.speech.service import problem

# The service's codes that users can do something about.
ACTIONABLE = (
    "InUseViolation",
    "InvalidLocale",
    "InvalidBaseModel",
    "InvalidAdaptationMapping",
    "InvalidDataset",
    "FailedDataset",
    "InvalidModel",
    "InvalidProject",
    "ModelDeprecated",
    "ModelExists",
    "ModelNotDeployable",
    "EndpointNotUpdatable",
    "QuotaViolation",
    "SkuLimitsExist",
    "NoUtf8WithBom",
    "DeployingFailedModel",
    "DeployNotAllowed",
    "DeleteNotAllowed",
    "InvalidPermissions",
    "InaccessibleCustomerStorage",
    "ModelCopyAuthorizationExpired",
    "EndpointLoggingNotSupported",
    "DataImportFailed",
    "UnsupportedFilter",
)


@pytest.mark.parametrize("code", ACTIONABLE)
def test_problem__each_known_code_has_a_next_step(code: str) -> None:
    body = json.dumps(problem("InvalidRequest", "outer", code, "inner words")).encode()
    error = read_problem(400, body).error("create the model m")
    assert error.code == code
    assert error.status == 400
    assert error.message == f"The speech service refused to create the model m: inner words ({code})"
    assert error.hint == HINTS[code] != ""


def test_problem__takes_the_deepest_code_and_the_deepest_words() -> None:
    body = problem("InvalidRequest", "outer", "InvalidPayload", "middle")
    body["innerError"]["innerError"] = {"code": "ModelDeprecated"}
    found = read_problem(400, json.dumps(body).encode())
    assert (found.code, found.words) == ("ModelDeprecated", "middle")


def test_problem__that_is_nested_without_end_is_read_as_far_as_sensible() -> None:
    body: dict[str, object] = {"code": "Deepest", "message": "deepest"}
    for _ in range(50):
        body = {"code": "Outer", "message": "outer", "innerError": body}
    assert read_problem(400, json.dumps(body).encode()).code == "Outer"


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}',
        b'{"code": "401", "message": "Access denied due to invalid subscription key."}',
        b'\xef\xbb\xbf{"code": "401", "message": "Access denied due to invalid subscription key."}',
    ],
    ids=["gateway", "service", "with BOM"],
)
def test_problem__reads_each_envelope(body: bytes) -> None:
    error = read_problem(401, body).error("list the models")
    assert "Access denied due to invalid subscription key." in error.message
    assert error.hint == HINTS["Unauthorized"]


def test_problem__reads_blob_storage() -> None:
    body = b"""\xef\xbb\xbf<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code>
        <Message>Server failed to authenticate the request.\nRequestId:1</Message></Error>"""
    found = read_problem(403, body)
    assert (found.code, found.words) == (
        "AuthenticationFailed",
        "Server failed to authenticate the request. RequestId:1",
    )


def test_problem__names_the_title_of_a_page() -> None:
    page = b"\n <!DOCTYPE html><html><head><title>Sign in &amp;\n go</title></head><body>...</body></html>"
    error = read_problem(200, page).error("list the models")
    assert "HTML page titled 'Sign in & go'" in error.message
    assert type(error) is ServiceError


@pytest.mark.parametrize(
    ("status", "sort"),
    [
        (400, ServiceError),
        (404, ServiceError),
        (302, ServiceError),
        (408, ServiceUnavailable),
        (429, ServiceUnavailable),
        (500, ServiceUnavailable),
        (502, ServiceUnavailable),
        (503, ServiceUnavailable),
        (504, ServiceUnavailable),
    ],
)
def test_problem__sort_follows_the_status_when_there_is_no_body(
    status: int, sort: type[ServiceError]
) -> None:
    error = read_problem(status, b"").error("read the model m")
    assert type(error) is sort
    assert f"HTTP {status}" in error.message
    assert error.status == status


@pytest.mark.parametrize("status", [400, 403, 429, 503])
@pytest.mark.parametrize("code", ["QuotaViolation", "SkuLimitsExist"])
def test_problem__quota_is_its_own_sort_whatever_the_status(status: int, code: str) -> None:
    found = read_problem(
        status, json.dumps(problem("Forbidden", "no", code, "2 datasets are allowed")).encode()
    )
    assert type(found.error("create the dataset d")) is QuotaExceeded
    assert not found.passes


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("Please provide a custom subdomain for token authentication.", "custom domain"),
        ("https://x/models/1 does not reference an entity", "another resource, region or API version"),
    ],
)
def test_problem__known_words_have_a_next_step_too(message: str, advice: str) -> None:
    assert advice in read_problem(400, json.dumps(problem("BadRequest", message)).encode()).hint


@given(st.integers(100, 599), st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_problem__any_answer_becomes_one_line(status: int, body: bytes) -> None:
    text = str(read_problem(status, body).error("read the model m"))
    assert len(text.splitlines()) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["code", "message", "error", "innerError", "details"]), inner)
        ),
        max_leaves=20,
    )
)
def test_problem__any_json_becomes_an_error(body: object) -> None:
    assert read_problem(400, json.dumps(body).encode()).error("x").message


def test_problem__long_words_are_cut() -> None:
    assert len(read_problem(400, b"x" * 5000).words) == 600


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>", True),
        (b" <!doctype HTML>", True),
        (b'{"a": "<html>"}', False),
        (b"<?xml?>", False),
        (b"", False),
    ],
)
def test_is_html(body: bytes, expected: bool) -> None:
    assert is_html(body) is expected
