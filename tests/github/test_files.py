from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speechops.errors import PlatformError
from speechops.github.files import OUTPUT_LIMIT, SUMMARY_LIMIT, CommandFiles
from speechops.github.text import cut, encodable
from tests.github import runner

if TYPE_CHECKING:
    from pathlib import Path

values = st.text() | st.text(alphabet="ab<=\n\r") | st.sampled_from(["a<<b\nc\nb", "\n", "x=1\n", "\udcff"])


@pytest.fixture
def files(tmp_path: Path) -> CommandFiles:
    names = {f"GITHUB_{name}": str(tmp_path / name) for name in ("OUTPUT", "STATE", "STEP_SUMMARY")}
    return CommandFiles.of(names)


@given(pairs=st.dictionaries(st.sampled_from(["wer", "endpoint-id", "A_1"]), values))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_set__arrives_as_it_was_sent(pairs: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.unlink(missing_ok=True)
    files = CommandFiles(output=path)
    for name, value in pairs.items():
        files.set_output(name, value)
    content = path.read_bytes().decode() if path.exists() else ""
    assert runner.read_file(content) == {name: encodable(value) for name, value in pairs.items()}


def test_set__goes_to_the_file_of_its_kind(files: CommandFiles, tmp_path: Path) -> None:
    files.set_output("wer", "0.109")
    files.save_state("check_run", "42")
    read = {path.name: runner.read_file(path.read_text()) for path in tmp_path.iterdir()}
    assert read == {
        "OUTPUT": {"wer": "0.109"},
        "STATE": {"check_run": "42"},
    }


@pytest.mark.parametrize("place", ["nowhere/output", "."])
def test_set__file_that_cannot_be_written_is_said(place: str, tmp_path: Path) -> None:
    path = str(tmp_path / place)
    files = CommandFiles.of({"GITHUB_OUTPUT": path, "GITHUB_STEP_SUMMARY": path})
    with pytest.raises(PlatformError, match=r"cannot be written: (No such file|Is a directory)"):
        files.set_output("wer", "0.1")
    with pytest.raises(PlatformError, match="GITHUB_STEP_SUMMARY"):
        files.add_summary("text", pointer="more")


def test_set__chooses_a_delimiter_that_the_value_does_not_have(tmp_path: Path) -> None:
    tokens = iter(["one", "two"])
    files = CommandFiles(output=tmp_path / "o", token=lambda: next(tokens))
    files.set_output("a", "x\none\ny")
    assert (tmp_path / "o").read_text() == "a<<two\nx\none\ny\ntwo\n"


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a<<b", "a\nb", "1a"])
def test_set__refuses_what_is_no_name(name: str, files: CommandFiles) -> None:
    with pytest.raises(ValueError, match="not a valid name"):
        files.set_output(name, "x")


def test_set_output__refuses_what_github_would_drop(files: CommandFiles) -> None:
    files.set_output("fits", "x" * (OUTPUT_LIMIT // 2))
    with pytest.raises(PlatformError, match="1 MB"):
        files.set_output("large", "x" * (OUTPUT_LIMIT // 2 + 1))


def test_set__outside_of_github_writes_nothing(tmp_path: Path) -> None:
    files = CommandFiles.of({})
    files.set_output("a", "b")
    files.add_summary("text", pointer="")
    assert list(tmp_path.iterdir()) == []


def test_add_summary__appends(files: CommandFiles, tmp_path: Path) -> None:
    files.add_summary("# One", pointer="")
    files.add_summary("# Two\n", pointer="")
    assert (tmp_path / "STEP_SUMMARY").read_text() == "# One\n\n# Two\n\n"


def test_add_summary__stays_below_the_limit_in_all(files: CommandFiles, tmp_path: Path) -> None:
    part = "| utterance | 12.4 % |\n" * 20_000
    for _ in range(4):
        files.add_summary(part, pointer="The rest is in the report.")
    path = tmp_path / "STEP_SUMMARY"
    assert SUMMARY_LIMIT * 0.9 < path.stat().st_size <= SUMMARY_LIMIT
    assert "The rest is in the report." in path.read_text()


@given(text=st.text() | st.text(alphabet="a`~<>/\ndetails "), limit=st.integers(20, 400))
def test_cut__fits_and_ends_with_the_pointer(text: str, limit: int) -> None:
    shown = cut(text, limit, "→ all")
    if len(encodable(text).encode()) <= limit:
        assert shown == encodable(text)
    else:
        assert shown.rstrip().endswith("→ all")
        assert len(shown.encode()) <= limit or shown.lstrip().startswith(("```", "~~~", "</details>", "→"))


def test_cut__closes_what_the_last_line_leaves_open() -> None:
    text = "<details>\n<summary>All</summary>\n\n````text\n```\nline\nline\n" + "line\n" * 100
    shown = cut(text, 120, "More elsewhere.")
    assert shown.endswith("line\n\n````\n</details>\n\nMore elsewhere.\n")


def test_cut__counts_no_tags_inside_of_a_fence() -> None:
    text = "```\n<details>\n```\n" + "line\n" * 100
    assert "</details>" not in cut(text, 100, "More.")


def test_cut__of_one_endless_line_keeps_whole_letters() -> None:
    assert cut("ä" * 100, 50, "…") == "ä" * 22 + "\n\n…\n"
