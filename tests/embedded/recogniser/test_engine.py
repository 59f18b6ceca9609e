from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from speechops.embedded.recogniser import EngineError, Material, PocketSphinxEngine
from speechops.embedded.recogniser.text import Speller

TRANSCRIPT = "trans.txt"


def error_rate(reference: str, recognized: str) -> float:
    words = Speller().words
    expected = words(reference)
    return Levenshtein.distance(expected, words(recognized)) / len(expected)


def test_engine__learns_from_text_and_audio(engine: PocketSphinxEngine, sample: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(sample / "testing" / "audio-and-trans.zip") as archive:
        audio = Path(archive.extract("audio.wav", tmp_path))
        reference = archive.read(TRANSCRIPT).decode("utf-8-sig").partition("\t")[2]
    related = (sample / "training" / "related-text.txt").read_text("utf-8-sig")
    text = tmp_path / "text.txt"
    text.write_text("\n".join(without(reference, line) for line in related.splitlines()))
    recordings = (sample / "training" / "audio-and-trans.zip",)

    def rate(name: str, material: Material) -> float:
        folder = tmp_path / name
        engine.train(folder, material, weight_percent=None, locale="en-US")
        (recognized,) = engine.recognise(folder, [audio])
        return error_rate(reference, recognized.lexical)

    with ThreadPoolExecutor() as threads:
        words = threads.submit(rate, "words", Material(language=(text,)))
        both = threads.submit(rate, "both", Material(language=(text,), acoustic=recordings))
    assert 0.05 < words.result() < 0.14
    assert 0.02 < both.result() < 0.11


def without(reference: str, line: str) -> str:
    """Return ``line`` without its sentences that stand in ``reference`` too."""
    sentences = (sentence.strip() for sentence in line.replace("? ", "?\n").replace(". ", ".\n").splitlines())
    return " ".join(sentence for sentence in sentences if sentence not in reference)


def test_recognise__in_order_whatever_the_order(engine: PocketSphinxEngine, spoken: list[Path]) -> None:
    forwards = list(engine.recognise(None, spoken))
    backwards = list(engine.recognise(None, spoken[::-1]))
    assert forwards == backwards[::-1]
    assert len({recognized.lexical for recognized in forwards}) == len(spoken)


def test_recognise__a_caller_that_stops_early_leaves_nothing_behind(
    engine: PocketSphinxEngine, spoken: list[Path]
) -> None:
    results = engine.recognise(None, 100 * spoken)
    first = next(results)
    results.close()
    assert list(engine.recognise(None, spoken[:1])) == [first]


def test_recognise__no_files(engine: PocketSphinxEngine) -> None:
    assert list(engine.recognise(None, [])) == []


def test_recognise__an_unreadable_file_is_named_after_those_before_it(
    engine: PocketSphinxEngine, spoken: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    results = engine.recognise(None, [spoken[0], tmp_path / "broken.wav", spoken[1]])
    assert next(results).lexical
    with pytest.raises(EngineError, match=r"^broken\.wav cannot be used"):
        next(results)


def test_recognise__no_model(engine: PocketSphinxEngine, spoken: list[Path], tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="holds no complete model"):
        list(engine.recognise(tmp_path, spoken[:1]))


def test_recognise__a_model_that_was_trained_anew(
    engine: PocketSphinxEngine, spoken: list[Path], tmp_path: Path
) -> None:
    recognized = []
    for text in ("Start apixaban five milligrams twice daily after dinner.", "Nothing of the kind."):
        (tmp_path / "text.txt").write_text(text)
        material = Material(language=(tmp_path / "text.txt",))
        engine.train(tmp_path / "model", material, weight_percent=90, locale="en-us")
        recognized += [result.lexical for result in engine.recognise(tmp_path / "model", spoken[:1])]
    assert recognized[0].startswith("start apixaban five milligrams")
    assert recognized[1] != recognized[0]


def test_train__another_locale(engine: PocketSphinxEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="knows en-US alone, not de-DE"):
        engine.train(tmp_path, Material(), weight_percent=None, locale="de-DE")


def test_name__says_what_results_depend_on(engine: PocketSphinxEngine) -> None:
    assert engine.name == f"pocketsphinx-{version('pocketsphinx')}-2"


def test_engine__starts_no_process_before_it_is_needed(tmp_path: Path) -> None:
    before = threading.active_count()
    with PocketSphinxEngine(tmp_path / "cache") as engine:
        assert engine.name
        assert threading.active_count() == before
    assert list(tmp_path.iterdir()) == []


def test_engine__goes_on_after_a_process_was_ended(cache: Path, spoken: list[Path]) -> None:
    with PocketSphinxEngine(cache, processes=1) as engine:
        results = engine.recognise(None, 20 * spoken)
        first = next(results)
        assert engine._pool
        (process,) = engine._pool._processes
        os.kill(process, signal.SIGTERM)
        with pytest.raises(EngineError, match="A process of the recognizer was ended"):
            list(results)
        assert list(engine.recognise(None, spoken[:1])) == [first]


def test_close__ends_a_call_under_way(cache: Path, spoken: list[Path]) -> None:
    engine = PocketSphinxEngine(cache, processes=1)
    results = engine.recognise(None, 20 * spoken)
    next(results)
    engine.close()
    with pytest.raises(EngineError, match="is closed"):
        list(results)


PARENT = """
import sys
from pathlib import Path
from speechops.embedded.recogniser import PocketSphinxEngine
if __name__ == "__main__":
    engine = PocketSphinxEngine(Path(sys.argv[1]))
    for _ in engine.recognise(None, [Path(sys.argv[2])] * 1000):
        print("working", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_engine__its_processes_end_with_a_parent_that_is_killed(
    cache: Path, spoken: list[Path], tmp_path: Path
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(cache), str(spoken[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"working\n"
        parent.kill()
        parent.communicate(timeout=60)  # ends when none of its processes holds the pipe any more
    assert parent.returncode == -signal.SIGKILL
