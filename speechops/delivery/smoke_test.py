"""The smoke test: one utterance of the test data through the endpoint, compared with the model's test."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops import corpus, scoring
from speechops.delivery import endpoint as endpoints
from speechops.errors import WorkFailed
from speechops.evaluation import rules
from speechops.inputs import SHOW_TRANSCRIPTS
from speechops.registry.documents import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.delivery.endpoint import Target
    from speechops.registry.documents import Recognised, TestResult
    from speechops.run import Run
    from speechops.scoring import Normaliser
    from speechops.speech import Endpoint

_FEWEST_WORDS = 4  # of an utterance that can tell one model from another
_MOST_ERRORS = 0.5  # of the expected words; real-time and batch recognition differ by a few


@dataclass(frozen=True, slots=True)
class Sample:
    """The utterance to test an endpoint with: its WAV file, and what the model's test recognized."""

    audio: str
    data: bytes
    expected: str
    normalise: Normaliser


def sample(run: Run, result: TestResult | None) -> Sample | None:
    """Read the utterance to test the endpoint with; if there is none, log why and return None.

    To be called before the endpoint is changed. Raises :class:`DataError` if the test data cannot be read and
    :class:`UsageError` if the rules of comparison cannot.
    """
    if run.model.test_data is None or result is None or not result.utterances:
        run.console.line("No smoke test: there is no test data.")
        return None
    utterance = shortest(result.utterances)
    text, audio = corpus.recording(run.model.test_data, utterance.audio) or ("", b"")
    if text != utterance.reference or not audio:
        run.console.line(f"No smoke test: {utterance.audio} was removed from the test data or changed.")
        return None
    return Sample(utterance.audio, audio, recognized(utterance), rules.normaliser(run.model))


def check(target: Target, endpoint: Endpoint, model: str, tried_with: Sample | None) -> None:
    """Transcribe the sample through the endpoint and compare it with the model's own test.

    Raises :class:`WorkFailed` if the endpoint has another model, recognizes nothing, or different words:
    two errors or more, in more than half of the expected words.
    """
    if endpoints.serving(endpoint) != model:
        raise WorkFailed(
            f"Endpoint {endpoint.id} has model {endpoints.serving(endpoint)}, not {model}.",
            hint=f"Another run may have changed it: run {target.run.settings.operation} again.",
        )
    if tried_with is None:
        return
    run, audio = target.run, tried_with.audio
    with run.console.step(f"transcribe {audio} through the endpoint{target.where}"):
        content = io.BytesIO(tried_with.data)
        answer = target.client.recognise(endpoint.id, locale=run.model.locale, audio=content)
    text = answer.lexical or answer.display
    if run.settings[SHOW_TRANSCRIPTS]:
        run.console.line(f"{audio}: {answer.display or answer.lexical}")
    errors, words = difference(tried_with, text)
    if not words:
        run.console.line(f"The model's test recognized nothing in {audio}: there is nothing to compare with.")
        return
    if not errors:
        run.console.line(f"The endpoint answers as the model did in its test ({audio}).")
        return
    story = f"{audio}: {errors} of {words} words differ from what the model's test recognized"
    if not tried_with.normalise(text) or (errors > 1 and errors > words * _MOST_ERRORS):
        raise WorkFailed(
            f"Endpoint {endpoint.id} does not answer as its model should. {story}.",
            hint=f"Run {run.settings.operation} again; if that does not help, listen to the audio and try "
            "the model in Speech Studio.",
        )
    run.console.line(f"The endpoint's answer is close enough. {story}.")


def difference(tried_with: Sample, text: str) -> tuple[int, int]:
    """Return in how many words ``text`` differs from what is expected, and how many those are."""
    utterance = scoring.Utterance(tried_with.audio, tried_with.expected, text)
    total = scoring.score([utterance], tried_with.normalise).total
    return total.substitutions + total.deletions + total.insertions, total.reference_words


def recognized(utterance: Recognised) -> str:
    """Return what the tested model recognized, as words if it gives them: so does the endpoint."""
    hypothesis = utterance.candidate or utterance.benchmark
    return hypothesis.text(Form.LEXICAL if hypothesis.has(Form.LEXICAL) else Form.DISPLAY)


def shortest(utterances: Sequence[Recognised]) -> Recognised:
    """Return the shortest of the utterances with enough recognized words to compare, else the longest."""

    def length(item: Recognised) -> tuple[int, str]:
        return len(recognized(item).split()), item.audio

    telling = [item for item in utterances if length(item)[0] >= _FEWEST_WORDS]
    return min(telling, key=length) if telling else max(utterances, key=length)
