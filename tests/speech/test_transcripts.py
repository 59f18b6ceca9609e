from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import ServiceError
from speechops.speech import Transcript
from speechops.speech.transcripts import audio_and_model, read_transcript


def phrase(offset: int, **forms: str) -> dict[str, Any]:
    return {
        "recognitionStatus": "Success",
        "channel": 0,
        "offsetInTicks": offset,
        "nBest": [
            {"confidence": 0.9, "maskedITN": "", "scoringResult": "a <insertion>b</insertion>", **forms},
            {"confidence": 0.1, "lexical": "second best", "display": "Second best."},
        ],
    }


HELLO = {"lexical": "hello world", "itn": "hello world", "display": "Hello, world."}
TEN = {"lexical": "ten past two", "itn": "2:10", "display": "2:10."}
BOTH = Transcript("hello world ten past two", "Hello, world. 2:10.")


def read(content: object) -> Transcript:
    return read_transcript("a.wav", json.loads(json.dumps(content)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.wav.model1_score.json", ("a.wav", 1)),
        ("a.wav.model2_score.json", ("a.wav", 2)),
        ("folder/call one.wav.model2_score.json", ("folder/call one.wav", 2)),
        ("a.WAV.Model1_Score.json", ("a.WAV", 1)),
        ("model1.wav.model2_score.json", ("model1.wav", 2)),
        ("a.wav_model2.json", ("a.wav", 2)),
        ("a.wav.model3_score.json", None),
        ("report.json", None),
        ("", None),
    ],
)
def test_audio_and_model(name: str, expected: tuple[str, int] | None) -> None:
    assert audio_and_model(name) == expected


def test_read__joins_the_best_alternatives_in_the_order_of_the_audio() -> None:
    assert read({"recognizedPhrases": [phrase(900, **TEN), phrase(0, **HELLO)]}) == BOTH


def test_read__combined_text_alone_does() -> None:
    combined = {"channel": 0, "maskedITN": "", **BOTH_FORMS}
    assert read({"recognizedPhrases": [], "combinedRecognizedPhrases": [combined]}) == BOTH
    assert read({"combinedRecognizedPhrases": [combined]}) == BOTH


BOTH_FORMS = {"lexical": BOTH.lexical, "itn": "hello world 2:10", "display": BOTH.display}


def test_read__takes_a_list_of_results() -> None:
    results = [{"recognizedPhrases": [phrase(0, **HELLO)]}, {"recognizedPhrases": [phrase(0, **TEN)]}]
    assert read(results) == BOTH


def test_read__takes_properties_in_any_case() -> None:
    upper = {
        "RecognizedPhrases": [
            {"OffsetInTicks": 0, "NBest": [{"Lexical": "hi", "Display": "Hi.", "ITN": "hi"}]}
        ]
    }
    assert read(upper) == Transcript("hi", "Hi.")


@pytest.mark.parametrize("lexical", [None, "", "  "])
def test_read__without_lexical_text_there_is_display_text_alone(lexical: str | None) -> None:
    bare = {"display": "Hello, world.", "itn": "hello world"} | (
        {} if lexical is None else {"lexical": lexical}
    )
    transcript = read({"recognizedPhrases": [phrase(0, **bare)]})
    assert (transcript.lexical, transcript.display) == (None, "Hello, world.")


def test_read__mixes_no_forms() -> None:
    transcript = read({"recognizedPhrases": [phrase(0, **HELLO), phrase(1, display="Alone.")]})
    assert (transcript.lexical, transcript.display) == (None, "Hello, world. Alone.")


def test_read__lexical_text_alone_is_no_display_text() -> None:
    transcript = read({"recognizedPhrases": [phrase(0, **HELLO), phrase(1, lexical="alone")]})
    assert transcript.lexical is not None
    assert transcript.display is None


@pytest.mark.parametrize(
    "content",
    [
        {"recognizedPhrases": []},
        {"recognizedPhrases": [{"recognitionStatus": "NoMatch", "nBest": []}]},
        {"recognizedPhrases": [{"recognitionStatus": "InitialSilenceTimeout"}]},
        {"recognizedPhrases": None, "combinedRecognizedPhrases": []},
        {"recognizedPhrases": [phrase(0, lexical="", display="", itn="")]},
    ],
)
def test_read__silence_is_an_empty_text(content: object) -> None:
    assert read(content) == Transcript("", "")


@pytest.mark.parametrize("content", [{}, [], {"code": "NotFound"}, "text", None, [[]]])
def test_read__what_is_no_transcription_is_an_error(content: object) -> None:
    with pytest.raises(ServiceError, match="contains no transcription"):
        read(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "recognizedPhrases",
                        "combinedRecognizedPhrases",
                        "nBest",
                        "lexical",
                        "display",
                        "offsetInTicks",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=30,
    )
)
def test_read__any_json_is_read_or_refused(content: object) -> None:
    try:
        transcript = read(content)
    except ServiceError:
        return
    assert transcript.lexical is not None or transcript.display is not None
