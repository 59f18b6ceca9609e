"""The whole loop in each version: data, model, test, endpoint, recognition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from speechops.embedded.signatures import Signer
from tests.embedded.api import Api, identity, reference
from tests.embedded.conftest import SENTENCES, TEXT
from tests.stub_engine import StubEngine, archive, speech

if TYPE_CHECKING:
    from datetime import timedelta

    from tests.kit.server import RunningService


def test_loop__from_data_to_recognition(any_api: Api) -> None:
    api = any_api
    test_data = api.dataset(archive(SENTENCES), "Acoustic")
    text = api.dataset(TEXT.encode(), "Language")
    length = {"durationMilliseconds": 4000}
    counts = {"acceptedLineCount": 4, "rejectedLineCount": 0}
    assert test_data["properties"] == {"textNormalizationKind": "Default", **counts, **length}
    assert text["properties"] == {"textNormalizationKind": "Default", **counts}

    model = api.model(text, properties={"customModelWeightPercent": 30})
    assert model["status"] == "Succeeded"
    assert model["baseModel"] == reference(api.base())
    assert model["properties"]["customModelWeightPercent"] == 30

    evaluation = api.evaluation(test_data, api.base(), model)
    figures = evaluation["properties"]
    assert figures["sentenceCount1"] == figures["sentenceCount2"] == 4
    assert figures["wordCount1"] == sum(len(each.split()) for each in SENTENCES)
    assert figures["wordErrorRate1"] > 0.15
    assert figures["wordErrorRate2"] == 0

    endpoint = api.endpoint(model)
    recognized = api.recognize(speech(SENTENCES[0]), identity(endpoint)).json()
    assert recognized["RecognitionStatus"] == "Success"
    assert recognized["NBest"][0]["Lexical"] == SENTENCES[0]
    assert api.recognize(speech(SENTENCES[0])).json()["NBest"][0]["Lexical"] != SENTENCES[0]


def test_evaluation_files__hold_what_both_models_heard(any_api: Api) -> None:
    api = any_api
    test_data = api.dataset(archive(SENTENCES), "Acoustic")
    model = api.model(api.dataset(TEXT.encode(), "Language"))
    evaluation = api.evaluation(test_data, api.base(), model)
    files = api.values(evaluation["links"]["files"], top=3)
    assert [file["name"] for file in files] == [
        f"{number:03d}.wav.model{which}_score.json" for number in range(1, 5) for which in (1, 2)
    ]
    assert {file["kind"] for file in files} == {"EvaluationDetails"}
    first, second = (requests.get(file["links"]["contentUrl"], timeout=30).json() for file in files[:2])
    assert second["recognizedPhrases"][0]["nBest"][0]["lexical"] == SENTENCES[0]
    assert second["recognizedPhrases"][0]["nBest"][0]["scoringResult"] == SENTENCES[0]
    wrong = first["recognizedPhrases"][0]["nBest"][0]
    assert wrong["lexical"] != SENTENCES[0]
    assert "<deletion>" in wrong["scoringResult"] or "<substitution>" in wrong["scoringResult"]
    assert first["combinedRecognizedPhrases"][0]["lexical"] == wrong["lexical"]


def test_evaluation_files__a_page_signs_the_addresses_of_its_own(
    any_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_data = any_api.dataset(archive(SENTENCES), "Acoustic")
    evaluation = any_api.evaluation(test_data, any_api.base(), any_api.base())
    signed: list[str] = []
    url = Signer.url

    def signing(self: Signer, root: str, path: str, lifetime: timedelta) -> str:
        signed.append(path.rpartition("/")[2])
        return url(self, root, path, lifetime)

    monkeypatch.setattr(Signer, "url", signing)
    query = {"filter": f"createdDateTime eq {evaluation['lastActionDateTime']}", "skip": 2, "top": 3}
    page = any_api.get(evaluation["links"]["files"], **query)
    assert len(signed) == 3
    assert signed == [file["name"] for file in page["values"]]
    assert "@nextLink" in page


def test_evaluation__shares_what_was_heard_before(
    api: Api, engine: StubEngine, model: dict[str, object], test_data: dict[str, object]
) -> None:
    api.evaluation(test_data, api.base(), api.base())
    assert engine.recognised == len(SENTENCES)
    evaluation = api.evaluation(test_data, api.base(), model)
    assert engine.recognised == 2 * len(SENTENCES)
    again = api.evaluation(test_data, api.base(), model)
    assert engine.recognised == 2 * len(SENTENCES)
    assert again["properties"] == evaluation["properties"]
    endpoint = api.endpoint(model)
    assert api.recognize(speech(SENTENCES[1]), identity(endpoint)).status_code == 200
    assert engine.recognised == 2 * len(SENTENCES)


def test_recognitions__outlive_a_restart_but_not_their_model(
    service: RunningService, api: Api, engine: StubEngine, model: dict[str, object], start_service: object
) -> None:
    assert callable(start_service)
    test_data = api.dataset(archive(SENTENCES), "Acoustic")
    api.evaluation(test_data, model, api.base())
    service.stop()
    again = Api(start_service().url)
    known = len(SENTENCES) * 2
    dataset = next(each for each in again.values("datasets") if each["kind"] == "Acoustic")
    custom = again.values("models")[0]
    again.evaluation(dataset, custom, again.base())
    assert engine.recognised == known
    assert again.call("DELETE", custom["self"]).status_code == 204
    assert again.evaluation(dataset, again.base(), again.base())["status"] == "Succeeded"
    assert engine.recognised == known


def test_better_data__gives_a_better_model(api: Api, test_data: dict[str, object]) -> None:
    def rate(text: str, weight: int | None = None) -> float:
        dataset = api.dataset(f"\ufeff{text}".encode(), "Language")
        properties = {"properties": {"customModelWeightPercent": weight}} if weight else {}
        evaluation = api.evaluation(test_data, api.base(), api.model(dataset, **properties))
        return float(evaluation["properties"]["wordErrorRate2"])

    helpful, partial = rate(TEXT.lstrip("\ufeff")), rate("the amoxicillin dose is forty milligrams")
    useless, harmful = rate("trains leave from platform nine"), rate("trains leave from platform nine", 95)
    base = api.evaluation(test_data, api.base(), api.base())["properties"]["wordErrorRate1"]
    assert helpful < partial < useless == base < harmful


@pytest.mark.parametrize("form", ["simple", "detailed"])
def test_short_audio__has_two_forms(api: Api, form: str) -> None:
    recognized = api.recognize(speech("a b c"), format=form).json()
    assert recognized["RecognitionStatus"] == "Success"
    assert recognized["Duration"] == 10_000_000
    assert ("DisplayText" in recognized) == (form == "simple")
    assert ("NBest" in recognized) == (form == "detailed")


def test_short_audio__without_words_is_no_match(api: Api) -> None:
    assert api.recognize(speech("")).json()["RecognitionStatus"] == "NoMatch"


@pytest.mark.parametrize(
    ("audio", "query", "code"),
    [
        (b"no wave at all", {}, "InvalidAudioFormat"),
        (speech("a", seconds=61), {}, "InvalidAudioFormat"),
        (speech("a", rate=44_100), {}, "InvalidAudioFormat"),
        (speech("a"), {"language": "xx-XX"}, "InvalidLocale"),
        (speech("a"), {"format": "verbose"}, "InvalidParameter"),
    ],
)
def test_short_audio__refuses(api: Api, audio: bytes, query: dict[str, str], code: str) -> None:
    answer = api.recognize(audio, **query)
    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == code


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [("/speech", "audio/wav", 200), ("/stt/speech", "text/plain", 415), ("/stt/speech", "audio/wav", 200)],
)
def test_short_audio__has_two_paths_and_one_kind_of_body(api: Api, path: str, kind: str, status: int) -> None:
    answer = api.session.post(
        f"{api.root}{path}/recognition/conversation/cognitiveservices/v1?language=en-US",
        data=speech("a"),
        headers={"Content-Type": kind},
        timeout=30,
    )
    assert answer.status_code == status


def test_short_audio__of_more_than_16_mib_is_refused(api: Api) -> None:
    answer = api.recognize(bytes(16 * 2**20 + 1))
    assert answer.json()["innerError"]["code"] == "AudioLengthLimitExceeded"


def test_short_audio__unknown_endpoint_is_answered_by_the_base_model(api: Api) -> None:
    known = api.recognize(speech(SENTENCES[0])).json()
    assert api.recognize(speech(SENTENCES[0]), "00000000-0000-4000-8000-000000000000").json() == known
