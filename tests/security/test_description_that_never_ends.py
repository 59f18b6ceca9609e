"""``speechops.yml`` as a bomb: aliases of aliases, depth, size, patterns that are searched for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.evaluation import patterns
from tests.security.command import MODEL, refused, repository, run
from tests.stub_engine import speech

if TYPE_CHECKING:
    from pathlib import Path

ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join([f'*{chr(97 + level)}'] * 9)}]\n"
    for level in range(9)
)
BOMBS = {
    "aliases of aliases": ALIASES,
    "a mapping in itself": "models: &m\n  m: *m\n",
    "a list in itself": "models: &m [*m]\n",
    "brackets": "[" * 100_000,
    "braces": "models: " + "{a: " * 20_000,
    "dashes": "- " * 50_000,
    "indentation": "".join(" " * level + "a:\n" for level in range(1_000)),
    "question marks": "? " * 50_000,
    "values": "models: [" + "x, " * 100_000 + "]",
    "size": "models: {}\n" + "# nothing\n" * 200_000,
    "a key that is a list": "? [a]\n: b\n",
    "a character beyond Unicode": 'models: "\\UFFFFFFFF"\n',
    "half a character": 'speech-project: "\\uD800"\nmodels: {}\n',
    "a zero byte": 'comment-template: "a\\0b"\nmodels: {}\n',
    "a command of Python": "!!python/object/apply:os.system ['touch owned']\n",
    "two documents": "models: {}\n---\nmodels: {}\n",
    "an alias of nothing": "models: *nothing\n",
    "a tag of nothing": "models: !<nothing> {a\n",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bomb__refused_on_one_line(tmp_path: Path, bomb: str) -> None:
    config = tmp_path / "speechops.yml"
    config.write_text(BOMBS[bomb], encoding="utf-8")
    refused(run("validate", "--config", str(config)))
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("key", ["groups", "clusters"])
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(?:a?){40}a{40}$"])
def test_pattern_that_is_searched_for_ever__refused_before_anything_is_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, pattern: str
) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 1.0)
    config = repository(tmp_path / "r", f"{MODEL}    test-data: test\n    {key}: '{pattern}'\n")
    name = "a" * 60 + "!.wav"
    (config.parent / "test").mkdir()
    (config.parent / "test" / name).write_bytes(speech("one two"))
    (config.parent / "test/trans.txt").write_text(f"{name}\tone two\n", encoding="utf-8-sig")
    for operation in ("validate", "compare", "train-data"):
        training = ("--training-text", str(config.parent / "test/trans.txt"))
        endpoint = () if operation == "validate" else ("--speech-endpoint", "http://127.0.0.1:1")
        code, text = run(operation, "--config", str(config), *training, *endpoint)
        assert code == 2, text
        assert f"{key}: the pattern" in text


def test_pattern_that_is_usual__is_taken() -> None:
    names = [f"{number:05}-speaker{number % 7}_{'x' * 150}.wav" for number in range(20_000)]
    assert not patterns.is_slow(r"^([0-9]+)-(speaker[0-9]+)_.*\.wav$", names)
