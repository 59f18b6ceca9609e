from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import DataError, Place, SpeechOpsError, UsageError
from speechops.github import annotation
from speechops.github.annotation import Annotation, Level
from speechops.github.commands import Commands
from speechops.github.text import encodable
from tests.github import runner

HOSTILE = (
    "::add-mask::e",
    "  ::error file=x::boo",
    "text ##[add-mask]e",
    "a\r::set-env name=PATH::x",
    "a\n::stop-commands::mine\nb",
    "%0A::error::x",
    "100 % %25 %0D",
    "\udcff\udc80",
    "\x85::error::x",
    "\u2028::error::x",
    "a::b,c=d",
    "\x00\x1b[31m",
    "",
)
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(), st.text(alphabet="%0AD:;,=#[] \r\n\x85\u2028ae"), st.builds(
        "\n".join, st.lists(st.sampled_from(HOSTILE))
    )
)  # fmt: skip


def _written(act: str, *arguments: object) -> str:
    stream = io.StringIO(newline="")
    getattr(Commands(stream), act)(*arguments)
    return stream.getvalue()


@given(message=texts, title=texts, file=texts, line=st.none() | st.integers(1, 10_000))
def test_annotate__arrives_as_it_was_sent(message: str, title: str, file: str, line: int | None) -> None:
    output = _written("annotate", Annotation(Level.WARNING, message, title, file, line))
    assert output.count("\n") == 1
    ((name, properties, data),) = runner.read(output).commands
    assert (name, data) == ("warning", encodable(message))
    sent = {"file": file, "line": str(line) if file and line else "", "title": title}
    # The runner trims the properties as a whole, and loses equal signs at the start of a value.
    expected = {key: encodable(value).lstrip("=") for key, value in sent.items() if value.lstrip("=")}
    assert {key: value.strip() for key, value in properties.items() if value.strip()} == {
        key: value.strip() for key, value in expected.items() if value.strip()
    }


@given(text=texts)
def test_write__never_works_as_a_command(text: str) -> None:
    log = runner.read(_written("write", text))
    assert log.commands == []
    printed = encodable(text).replace("\r\n", "\n").replace("\r", "\n")
    assert "\n".join(log.lines).rstrip("\n") == printed.rstrip("\n")


@given(text=texts)
def test_write__leaves_commands_working_afterwards(text: str) -> None:
    stream = io.StringIO(newline="")
    commands = Commands(stream)
    commands.write(text)
    commands.annotate(Annotation(Level.ERROR, "seen"))
    assert runner.read(stream.getvalue()).commands == [("error", {}, "seen")]


def test_write__of_harmless_text_is_plain() -> None:
    assert _written("write", "WER 12.4 %: better") == "WER 12.4 %: better\n"


def test_write__uses_a_new_token_each_time() -> None:
    assert _written("write", "::error::x") != _written("write", "::error::x")


@given(secret=texts)
def test_mask__hides_the_whole_and_every_line_of_some_length(secret: str) -> None:
    masked = {data for _, _, data in runner.read(_written("mask", secret)).commands}
    long = [line.strip() for line in secret.splitlines() if len(line.strip()) >= 8]
    assert masked == {encodable(part) for part in (secret, *long) if part.strip()}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SpeechOpsError("It broke.", hint="Mend it."), Annotation(Level.ERROR, "It broke. Mend it.")),
        (
            UsageError("Wrong.", place=Place(input="speech-key")),
            Annotation(Level.ERROR, "Wrong.", "Input speech-key"),
        ),
        (
            DataError("Bad line.", place=Place(file="training/a.txt", line=3)),
            Annotation(Level.ERROR, "Bad line.", "", "training/a.txt", 3),
        ),
    ],
)
def test_of_error__keeps_the_place(error: SpeechOpsError, expected: Annotation) -> None:
    assert annotation.of_error(error) == expected
