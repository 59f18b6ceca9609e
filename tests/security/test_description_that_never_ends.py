"""``speechops.yml`` as a bomb: aliases of aliases, depth, size, characters that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.security.command import refused, run

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
