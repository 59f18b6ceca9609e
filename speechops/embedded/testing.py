"""From a dataset and two models to scores and score files."""

from __future__ import annotations

import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.embedded import ingestion, wer
from speechops.embedded.conditions import Activity
from speechops.embedded.engine import EngineError
from speechops.embedded.entities import Dataset, Evaluation, Transcription
from speechops.embedded.jobs import JobFailedError
from speechops.embedded.representations import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speechops.embedded.engine import Recognition, Word
    from speechops.embedded.entities import ModelReference
    from speechops.embedded.imports import Utterance
    from speechops.embedded.jobs import Outcome
    from speechops.embedded.service import Service
    from speechops.embedded.wer import Scores

_TICKS = 10_000_000


def perform(service: Service, evaluation: Evaluation) -> Outcome:
    """Recognize the dataset with both models, in parallel, and score them."""
    dataset = service.state.get(Dataset, evaluation.dataset)
    if dataset is None:
        raise JobFailedError("InvalidDataset", "The dataset is gone.")
    failure = service.conditions.failure(Activity.EVALUATION, evaluation.display_name)
    if failure is not None:
        raise JobFailedError(failure.code, failure.message)
    folder = service.state.contents(evaluation.id)
    folder.mkdir(parents=True, exist_ok=True)
    utterances = ingestion.utterances(service, dataset)
    with ThreadPoolExecutor(2) as threads:
        results = threads.map(
            lambda which: _test(service, dataset, utterances, which),
            (evaluation.model1, evaluation.model2),
        )
        scores1, scores2 = (
            _write_scores(folder, utterances, recognized, number, moment(evaluation.created))
            for number, recognized in enumerate(results, 1)
        )
    service.state.publish(
        evaluation.id,
        [
            (_file_name(utterance, number), "EvaluationDetails")
            for utterance in utterances
            for number in (1, 2)
        ],
    )
    return lambda current: replace(current, scores1=scores1, scores2=scores2)


def publish_transcription(service: Service, transcription: Transcription, count: int) -> None:
    """Give a transcription its report."""
    folder = service.state.contents(transcription.id)
    folder.mkdir(parents=True, exist_ok=True)
    report = {"successfulTranscriptionsCount": count, "failedTranscriptionsCount": 0}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    service.state.publish(transcription.id, [("report.json", "TranscriptionReport")])


def _test(
    service: Service, dataset: Dataset, utterances: Sequence[Utterance], model: ModelReference
) -> list[Recognition]:
    members = {utterance.sha256: utterance.member for utterance in utterances}
    with zipfile.ZipFile(ingestion.content(service, dataset)) as archive:

        def bring(audio: str, folder: Path) -> Path:
            path = folder / f"{audio}.wav"
            with archive.open(members[audio]) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            return path

        try:
            recognized = service.recognizer.recognize(model, list(members), bring)
        except EngineError as error:
            raise JobFailedError("PipelineError", str(error)) from None
    return [recognized[utterance.sha256] for utterance in utterances]


def _write_scores(
    folder: Path,
    utterances: Sequence[Utterance],
    recognized: Sequence[Recognition],
    number: int,
    timestamp: str,
) -> Scores:
    sentences = []
    for utterance, recognition in zip(utterances, recognized, strict=True):
        sentence = wer.Sentence(utterance.text, recognition.lexical, recognition.display)
        sentences.append(sentence)
        result = _result(utterance, recognition, sentence, timestamp)
        (folder / _file_name(utterance, number)).write_text(
            json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8"
        )
    return wer.score(sentences)


def _file_name(utterance: Utterance, number: int) -> str:
    return f"{utterance.name}.model{number}_score.json"


def _result(
    utterance: Utterance, recognition: Recognition, sentence: wer.Sentence, timestamp: str
) -> dict[str, object]:
    """Return a transcription result, with the properties of all versions, and its phrase's scoring."""
    length = _span("duration", utterance.seconds)
    forms = _forms(recognition)
    best = {
        "confidence": recognition.confidence,
        **forms,
        "words": [_word(word) for word in recognition.words],
        "scoringResult": wer.marked_up(wer.align_words(sentence)),
    }
    phrase = {
        "recognitionStatus": "Success",
        "channel": 0,
        **_span("offset", 0.0),
        **length,
        "nBest": [best],
    }
    return {
        "source": utterance.name,
        "timestamp": timestamp,
        **length,
        "combinedRecognizedPhrases": [{"channel": 0, **forms}],
        "recognizedPhrases": [phrase],
    }


def _forms(recognition: Recognition) -> dict[str, object]:
    return {
        "lexical": recognition.lexical,
        "itn": recognition.lexical,
        "maskedITN": recognition.lexical,
        "display": recognition.display,
    }


def _word(word: Word) -> dict[str, object]:
    times = {**_span("offset", word.offset), **_span("duration", word.duration)}
    return {"word": word.text, **times, "confidence": word.confidence}


def _span(name: str, seconds: float) -> dict[str, object]:
    milliseconds = round(seconds * 1000)
    return {
        name: _iso_duration(milliseconds),
        f"{name}InTicks": milliseconds * (_TICKS // 1000),
        f"{name}Milliseconds": milliseconds,
    }


def _iso_duration(milliseconds: int) -> str:
    """Return a length of time in ISO 8601, such as ``PT4M12S``."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    last = f"{seconds}{fraction}S" if seconds or rest or not (hours or minutes) else ""
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + last
