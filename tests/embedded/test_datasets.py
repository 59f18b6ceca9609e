from __future__ import annotations

import http.server
import io
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest
import requests

from tests.embedded.api import Api, block_name, identity
from tests.embedded.conftest import TEXT
from tests.stub_engine import archive, speech

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.embedded.api import Json

MARKDOWN = """// comment
@ list pet =
- cat // soft
- dog
@ speech:phoneticlexicon
- cat/k ae t
# Talk
- my {@Pet} is here
- my {@fish} is not
stray
"""
OCTETS = {"Content-Type": "application/octet-stream"}


def waiting(api: Api, kind: str = "Language") -> str:
    """The path of a dataset that waits for its blocks."""
    return f"datasets/{identity(api.create('datasets', kind=kind))}"


def commit(api: Api, path: str, *names: str, kind: str = "Uncommitted") -> requests.Response:
    return api.call("POST", f"{path}/blocks:commit", json=[{"kind": kind, "id": name} for name in names])


def put(api: Api, path: str, name: str, data: bytes, **options: object) -> requests.Response:
    given: dict[str, object] = {"params": {"blockid": name}, "data": data, "headers": OCTETS}
    return api.call("PUT", f"{path}/blocks", **(given | options))


def report(api: Api, dataset: Json) -> Json:
    file = next(each for each in api.values(dataset["links"]["files"]) if each["kind"] == "DatasetReport")
    assert file["name"] == "report.json"
    found: Json = requests.get(file["links"]["contentUrl"], timeout=30).json()
    return found


# Blocks


def test_blocks__are_put_together_in_the_order_of_the_commit(any_api: Api) -> None:
    path = waiting(any_api)
    for number, part in ((2, b"third\n"), (0, b"first\n"), (1, b"second\n")):
        any_api.put_block(path, block_name(number), part)
    listed = any_api.get(f"{path}/blocks")
    assert listed["committedBlocks"] == []
    assert [(each["name"], each["size"]) for each in listed["uncommittedBlocks"]] == [
        (block_name(0), 6),
        (block_name(1), 7),
        (block_name(2), 6),
    ]
    assert commit(any_api, path, *map(block_name, range(3))).status_code == 200
    dataset = any_api.get(path)
    assert dataset["status"] == "Succeeded"
    content = next(
        each for each in any_api.values(dataset["links"]["files"]) if each["kind"] == "LanguageData"
    )
    assert requests.get(content["links"]["contentUrl"], timeout=30).content == b"first\nsecond\nthird\n"
    assert content["properties"]["size"] == 19
    assert [each["name"] for each in any_api.get(f"{path}/blocks")["committedBlocks"]] == [
        block_name(number) for number in range(3)
    ]


def test_block__again_replaces_the_first(api: Api) -> None:
    path = waiting(api)
    for part in (b"wrong\n\n\n", b"right\n"):
        api.put_block(path, block_name(0), part)
    commit(api, path, block_name(0))
    assert api.get(path)["properties"]["acceptedLineCount"] == 1


def test_block__in_chunks_of_unknown_length(api: Api) -> None:
    path = waiting(api)
    answer = api.call(
        "PUT",
        f"{path}/blocks",
        params={"blockid": block_name(0)},
        data=iter([b"one\n", b"two\n", b"three\n"]),
        headers=OCTETS,
    )
    assert answer.status_code == 201
    commit(api, path, block_name(0))
    assert api.get(path)["properties"]["acceptedLineCount"] == 3


def test_block__of_8_mib_is_the_largest(api: Api) -> None:
    path = waiting(api)
    assert put(api, path, block_name(0), bytes(8 * 2**20)).status_code == 201
    answer = put(api, path, block_name(1), bytes(8 * 2**20 + 1))
    assert answer.json()["innerError"]["code"] == "InvalidPayload"
    assert len(api.get(f"{path}/blocks")["uncommittedBlocks"]) == 1
    assert api.get(path)["status"] == "NotStarted"  # the connection still works


@pytest.mark.parametrize("name", ["", "not base64!", "A" * 88])
def test_block__with_a_bad_id_is_refused(api: Api, name: str) -> None:
    answer = put(api, waiting(api), name, b"x")
    assert answer.json()["innerError"]["code"] == "InvalidParameter"


def test_block__with_an_id_of_another_length_is_refused(api: Api) -> None:
    path = waiting(api)
    api.put_block(path, "AAAA", b"x")
    assert put(api, path, "AAAAAAAA", b"x").json()["innerError"]["code"] == "InvalidParameter"


@pytest.mark.bad_requests
def test_block__of_another_content_type_is_refused(api: Api) -> None:
    answer = put(api, waiting(api), "AAAA", b"x", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize("kind", ["Uncommitted", "Committed", "Latest"])
def test_commit__of_an_unknown_block_is_refused(api: Api, kind: str) -> None:
    path = waiting(api)
    assert commit(api, path, block_name(0), kind=kind).json()["innerError"]["code"] == "InvalidPayload"
    assert api.get(path)["status"] == "NotStarted"


def test_commit__again_is_a_conflict(api: Api) -> None:
    path = waiting(api)
    api.put_block(path, block_name(0), b"x\n")
    commit(api, path, block_name(0))
    assert commit(api, path, block_name(0)).status_code == 409
    assert put(api, path, block_name(1), b"y\n").status_code == 409


def test_commit__of_nothing_is_refused(api: Api) -> None:
    assert api.call("POST", f"{waiting(api)}/blocks:commit", json=[]).status_code == 400


def test_links__tell_where_the_blocks_go(any_api: Api) -> None:
    links = any_api.create("datasets", kind="Language")["links"]
    assert links["uploadBlocks"] == links["listBlocks"]
    assert links["commitBlocks"].partition("?")[0].endswith("/blocks:commit")


# Content URL


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    """A web server for the files below a folder."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_content_url__is_fetched(any_api: Api, files: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    made = any_api.create("datasets", kind="Language", contentUrl=f"{files}/text.txt")
    dataset = any_api.get(made["self"])
    assert dataset["status"] == "Succeeded"
    assert dataset["contentUrl"] == f"{files}/text.txt"
    assert dataset["links"].keys() == {"files"}
    assert any_api.call(
        "PUT", f"datasets/{identity(dataset)}/blocks", params={"blockid": "AAAA"}, data=b"x", headers=OCTETS
    ).json()["innerError"]["code"] == ("InvalidPrerequisite")


def test_content_url__that_is_not_there_fails_the_import(api: Api, files: str) -> None:
    made = api.create("datasets", kind="Language", contentUrl=f"{files}/none?sig=secret")
    dataset = api.get(made["self"])
    assert dataset["status"] == "Failed"
    assert dataset["properties"]["error"]["code"] == "InvalidRecordingsUri"
    assert "404" in dataset["properties"]["error"]["message"]
    assert "secret" not in dataset["properties"]["error"]["message"]


def test_content_url__without_a_server_fails_the_import(api: Api) -> None:
    made = api.create("datasets", kind="Language", contentUrl="http://127.0.0.1:1/x")
    assert api.get(made["self"])["properties"]["error"]["code"] == "InaccessibleCustomerStorage"


def test_content_url__of_another_scheme_is_refused(api: Api) -> None:
    body = {"displayName": "x", "locale": "en-US", "kind": "Language", "contentUrl": "file:///etc/passwd"}
    assert api.refused("POST", "datasets", json=body) == "InvalidRecordingsUri"


# Import


def test_import__reports_what_it_rejects(api: Api) -> None:
    text = "a good line\nsee https://example.com\n???\nno no no no no\nna\u00efve\naaaargh\nwww.example.com\n"
    dataset = api.dataset(f"\ufeff{text}".encode(), "Language")
    assert dataset["properties"]["acceptedLineCount"] == 1
    assert dataset["properties"]["rejectedLineCount"] == 6
    found = report(api, dataset)
    assert (found["acceptedLineCount"], found["rejectedLineCount"]) == (1, 6)
    messages = {each["inputText"]: each["message"] for each in found["details"]}
    assert messages["???"] == "Error: normalized text is empty."
    assert "URI" in messages["see https://example.com"]
    assert "U+00A1" in messages["na\u00efve"]
    assert "repeats" in messages["no no no no no"]
    assert "repeats" in messages["aaaargh"]
    assert "URI" in messages["www.example.com"]


def test_import__of_audio_checks_every_file(api: Api) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("data/good.wav", speech("hello"))
        zipped.writestr("fast.wav", speech("hello", rate=44_100))
        zipped.writestr("cut.wav", speech("hello")[:1000])
        zipped.writestr("text.wav", b"not audio")
        zipped.writestr("silent.wav", speech("hello"))
        zipped.writestr("extra.wav", speech("hello"))
        zipped.writestr("__MACOSX/._trans.txt", b"junk")
        zipped.writestr(
            "trans.txt",
            "\ufeffgood.wav\thello\nfast.wav\thello\ncut.wav\thello\ntext.wav\thello\nsilent.wav\t...\n"
            "missing.wav\thello\ngood.wav\thello again\nno tab here\n",
        )
    dataset = api.dataset(buffer.getvalue(), "Acoustic")
    assert dataset["status"] == "Succeeded"
    assert dataset["properties"]["acceptedLineCount"] == 1
    assert dataset["properties"]["rejectedLineCount"] == 7
    assert dataset["properties"]["durationMilliseconds"] == 1000
    said = [(each["filename"], each["message"]) for each in report(api, dataset)["details"]]
    assert ("silent.wav", "Error: normalized text is empty.") in said
    assert ("extra.wav", "Error: the audio file has no transcript.") in said
    assert ("missing.wav", "Error: the audio file is not in the archive.") in said
    assert any(name == "fast.wav" and "44100 Hz" in message for name, message in said)
    assert any(name == "cut.wav" and "truncated" in message for name, message in said)


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive_:
        for name, data in files.items():
            archive_.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("Acoustic", b"no zip", "DataImportFailed"),
        ("Acoustic", zipped(a_wav=speech("a")), "DataImportFailed"),
        ("Acoustic", zipped(a_wav=speech("a"), x_txt=b"a.wav\ta", y_tsv=b"a.wav\ta"), "DataImportFailed"),
        ("Acoustic", zipped(a_wav=speech("a"), x_txt="a.wav\t\u00e9".encode()), "NoUtf8WithBom"),
        ("Acoustic", zipped(a_wav=speech("a"), x_txt="a.wav\ta".encode("utf-16")), "NoUtf8WithBom"),
        ("Acoustic", zipped(a_wav=speech("a"), b__a_wav=speech("a"), x_txt=b"a.wav\ta"), "DataImportFailed"),
        ("Acoustic", archive(["hello"])[:-30], "DataImportFailed"),
        ("Language", b"", "DataImportFailed"),
        ("Language", "na\u00efve\n".encode(), "NoUtf8WithBom"),
        ("Language", b"\xef\xbb\xbf\xff\xfe\n", "NoUtf8WithBom"),
        ("Language", b"http://x\n", "DataImportFailed"),
        ("Pronunciation", b"no tab\n", "DataImportFailed"),
        ("OutputFormatting", b"#unknown\n", "DataImportFailed"),
        ("LanguageMarkdown", b"# S\n- {@missing}\n", "DataImportFailed"),
    ],
)
def test_import__of_what_cannot_be_used_fails(api: Api, kind: str, data: bytes, code: str) -> None:
    dataset = api.dataset(data, kind)
    assert dataset["status"] == "Failed"
    assert dataset["properties"]["error"]["code"] == code
    assert "acceptedLineCount" not in dataset["properties"]
    assert report(api, dataset)["acceptedLineCount"] == 0


def damaged() -> bytes:
    """A zip whose compressed audio is broken in the middle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive_:
        archive_.writestr("a.wav", speech("hello " * 200))
        archive_.writestr("trans.txt", "a.wav\thello")
    data = bytearray(buffer.getvalue())
    data[60:90] = bytes(30)
    return bytes(data)


def encrypted() -> bytes:
    """A zip that says that its audio is encrypted."""
    data = bytearray(zipped(a_wav=speech("a"), x_txt=b"a.wav\ta"))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("Acoustic", damaged(), "damaged"),
        ("Acoustic", encrypted(), "encrypted"),
        ("Acoustic", zipped(**{"a?_wav": speech("a"), "x_txt": b"a.wav\ta"}), "badly named"),
        ("Acoustic", zipped(A_wav=speech("a"), a_WAV=speech("a"), x_txt=b"a.wav\ta"), "two audio files"),
        ("Acoustic", zipped(**{f"{n}_wav": b"" for n in range(10_001)}, x_txt=b"a"), "more than 10000"),
        ("Language", b"x" * 100_001, "longer than"),
        ("LanguageMarkdown", "".join(f"@ list l{n} =\n- a\n" for n in range(21)).encode(), "20 lists"),
        ("LanguageMarkdown", b"@ speech:phoneticlexicon\n" + b"- a/b\n" * 15_001, "15000"),
        ("OutputFormatting", b"#itn\n" + b"\\d\n" * 201, "more than 200 lines"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_import__says_what_is_wrong(api: Api, kind: str, data: bytes, said: str) -> None:
    dataset = api.dataset(data, kind)
    assert dataset["status"] == "Failed"
    assert said in dataset["properties"]["error"]["message"]


def test_import__of_structured_text_says_what_is_wrong_with_a_line(api: Api) -> None:
    dataset = api.dataset(b"stray\n# S\nno hyphen\n- ...\n- good\n", "LanguageMarkdown")
    details = {each["inputText"]: each["message"] for each in report(api, dataset)["details"]}
    assert "outside any list or section" in details["stray"]
    assert "hyphen" in details["no hyphen"]
    assert "normalized text is empty" in details["..."]


def test_import__reports_at_most_1000_lines(api: Api) -> None:
    dataset = api.dataset(b"good\n" + b"???\n" * 1500, "Language")
    assert dataset["properties"]["rejectedLineCount"] == 1500
    assert len(report(api, dataset)["details"]) == 1000


@pytest.mark.parametrize(
    ("kind", "text", "accepted", "rejected"),
    [
        ("Pronunciation", "3CPO\tthree c p o\nCNTK\tc n t k\nbroken\n", 2, 1),
        ("Pronunciation", "caf\u00e9\tca fay\n", 1, 0),
        (
            "LanguageMarkdown",
            MARKDOWN,
            4,
            2,
        ),
        ("OutputFormatting", "// c\n#itn\n\\d-\\d\n#rewrite\nold\tnew\nno pair\n# profanity\nbad\n", 3, 1),
    ],
)
def test_import__counts_the_lines_of_each_kind(
    api: Api, kind: str, text: str, accepted: int, rejected: int
) -> None:
    data = text.encode("cp1252") if "\u00e9" in text else f"\ufeff{text}".encode()
    properties = api.dataset(data, kind)["properties"]
    assert (properties["acceptedLineCount"], properties["rejectedLineCount"]) == (accepted, rejected)


def test_import__of_audio_alone(any_api: Api) -> None:
    dataset = any_api.dataset(zipped(a_wav=speech("a"), b_wav=speech("b", seconds=252)), "AudioFiles")
    length = dataset["properties"]
    assert length["durationMilliseconds"] == 253_000


def test_import__of_the_sample_data(api: Api) -> None:
    from tests.contract import SPECS  # noqa: PLC0415

    sample = SPECS.parent / "sample-data"
    if not sample.exists():
        pytest.skip("../shared/sample-data is absent")
    for path, kind, accepted in (
        ("testing/audio-and-trans.zip", "Acoustic", 1),
        ("training/audio-and-trans.zip", "Acoustic", 2),
        ("training/pronunciation.txt", "Pronunciation", 3),
        ("training/structured-text.md", "LanguageMarkdown", 11),
    ):
        dataset = api.dataset((sample / path).read_bytes(), kind)
        assert dataset["properties"].get("acceptedLineCount") == accepted, (path, report(api, dataset))
        assert dataset["properties"]["rejectedLineCount"] == 0
