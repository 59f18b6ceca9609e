import base64
import html
import json
import os
import re
import threading
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from speechops.redaction import HIDDEN, Redactor, redact, secret_parts

SECRET = 'tæst/Key+with=odd&chars <1>"quoted"\''
SPELLINGS = {
    "plain": SECRET,
    "percent": quote(SECRET, safe=""),
    "percent in a path": quote(SECRET),
    "percent in lower case": re.sub("%..", lambda match: match[0].lower(), quote(SECRET, safe="")),
    "form": urlencode({"k": SECRET})[2:],
    "plus": quote_plus(SECRET),
    "json": json.dumps(SECRET),
    "json in unicode": json.dumps(SECRET, ensure_ascii=False),
    "html": html.escape(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_redactor__known_secret__hidden_in_every_spelling(spelling: str) -> None:
    text = f"before {SPELLINGS[spelling]} after"
    hidden = Redactor([SECRET])(text)
    assert HIDDEN in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    assert "Key" not in hidden
    assert "odd" not in hidden


def test_redactor__secret_that_is_not_utf8__hidden_as_the_environment_had_it() -> None:
    assert Redactor([os.fsdecode(b"tes\xfft-key")])("a tes%FFt-key b") == f"a {HIDDEN} b"


def test_redactor__secret_of_several_lines__hidden_line_by_line() -> None:
    redactor = Redactor(["first line\n  second line\r\n}\n"])
    assert redactor("a first line") == f"a {HIDDEN}"
    assert redactor("a second line }") == f"a {HIDDEN} }}"


def test_redactor__longer_secret_contains_shorter__no_rest_is_left() -> None:
    assert Redactor(["abcd", "abcdefgh"])("xabcdefghx") == f"x{HIDDEN}x"


@pytest.mark.parametrize("value", ["", " ", "abc", "\n", " ab "])
def test_redactor__value_too_short_to_be_secret__left_alone(value: str) -> None:
    assert Redactor([value])("abc ab and more") == "abc ab and more"


def test_redactor__learns_later() -> None:
    redactor = Redactor()
    assert redactor("the token fetched") == "the token fetched"
    redactor.learn("fetched")
    assert redactor("the token fetched") == f"the token {HIDDEN}"


def test_redactor__threads_learn_at_once__all_is_hidden() -> None:
    redactor = Redactor()
    secrets = [f"secret-number-{n}-end" for n in range(64)]
    threads = [threading.Thread(target=redactor.learn, args=(secret,)) for secret in secrets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert redactor(" ".join(secrets)) == " ".join([HIDDEN] * 64)


@given(st.text(min_size=4, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="[]*")))
def test_redactor__any_secret__hidden_exactly(secret: str) -> None:
    assume(len(secret.strip()) >= 4)
    redactor = Redactor([secret])
    for spelling in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret)):
        assert redactor(f"[{spelling}]") == f"[{HIDDEN}]"


SIGNATURE = "jg0MPS%2Fj6CkKe5HkOAwH2Q1xTsXcz%3D"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"GET https://a.blob.core.windows.net/c/b?sv=2024-11-04&sig={SIGNATURE}&se=2026", SIGNATURE),
        (f"?sig={SIGNATURE}", SIGNATURE),
        (f"{{'sig': 1, 'url': 'https://h/c?se=1&amp;sig={SIGNATURE}'}}", SIGNATURE),
        (f"redirect=https%3A%2F%2Fh%2Fc%3Fse%3D1&sig%3D{SIGNATURE}", SIGNATURE),
        ("AccountName=a;AccountKey=Zm9vYmFy+/==;EndpointSuffix=core.windows.net", "Zm9vYmFy+/=="),
        ('{"accountKey": "Zm9vYmFy"}', "Zm9vYmFy"),
        (f"Authorization: Bearer {'A' * 40}", "A" * 40),
        (f"{{'Authorization': 'Bearer {'A' * 40}'}}", "A" * 40),
        ("Authorization: SharedKey account:c2lnbmF0dXJl", "c2lnbmF0dXJl"),
        ("authorization: token abcdef", "abcdef"),
        (f"the bearer {'B' * 20} was refused", "B" * 20),
        (f"assertion {TOKEN} refused", TOKEN),
        (f"grant_type=client_credentials&client_secret=s3cr3t&client_assertion={TOKEN}", "s3cr3t"),
        ('{"access_token":"opaque-value","expires_in":3599}', "opaque-value"),
        ("Ocp-Apim-Subscription-Key: 0123456789abcdef", "0123456789abcdef"),
        ("{'Ocp-Apim-Subscription-Key': '0123456789abcdef'}", "0123456789abcdef"),
        ("remote: ghs_0123456789abcdefABCDEF", "ghs_0123456789abcdefABCDEF"),
        ("remote: github_pat_0123456789abcdefABCDEF", "github_pat_0123456789abcdefABCDEF"),
    ],
)
def test_redact__secret_by_form__hidden(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "The bearer of bad news said that design=1 and assign=2 are words.",
        "https://a.blob.core.windows.net/c/b?sv=2024-11-04&se=2026-01-01",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "Sign-in: GitHub OpenID Connect as 11111111-1111-1111-1111-111111111111",
    ],
)
def test_redact__ordinary_text__untouched(text: str) -> None:
    assert redact(text) == text


def test_redact__keeps_the_rest_of_an_address() -> None:
    assert redact("https://h/c?se=1&sig=abc%2F&sp=r") == f"https://h/c?se=1&sig={HIDDEN}&sp=r"


def test_secret_parts__of_a_connection_string_or_sas__each_part() -> None:
    assert secret_parts("") == ()
    assert secret_parts(" opaque ") == ("opaque",)
    text = "accountname=a;accountkey=Zm9v/==;EndpointSuffix=core.windows.net"
    assert secret_parts(text) == (text, "Zm9v/==")
    assert secret_parts(f"?sv=1&sig={SIGNATURE}") == (
        f"?sv=1&sig={SIGNATURE}",
        SIGNATURE,
        "jg0MPS/j6CkKe5HkOAwH2Q1xTsXcz=",
    )
