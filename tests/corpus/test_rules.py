"""Every rule, broken once in the smallest way, through the public door."""

from __future__ import annotations

import os
import struct
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from speechops import corpus
from speechops.corpus import Kind, Purpose, Rule, Severity, Tier
from speechops.errors import DataError
from tests.corpus.making import BOM, make_folder, make_zip, transcript, two_clips, wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from speechops.corpus import DataFile, Finding

EXTENSIBLE = struct.pack("<HHI", 22, 16, 4) + bytes.fromhex("0100000000001000800000aa00389b71")
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
NAMES = {
    Kind.LANGUAGE: "text.txt",
    Kind.LANGUAGE_MARKDOWN: "text.md",
    Kind.PRONUNCIATION: "words.txt",
    Kind.OUTPUT_FORMATTING: "format.md",
}


def read(path: Path, kind: Kind, locale: str = "en-US", purpose: Purpose = Purpose.TRAINING) -> DataFile:
    return corpus.read(path, kind=kind, purpose=purpose, locale=locale)


def findings_of(data: DataFile, rule: Rule) -> list[Finding]:
    return [finding for finding in data.findings if finding.rule == rule.id]


def numbered(rules: Iterable[Rule]) -> list[str]:
    return [f"{rule.id}-{number}" for number, rule in enumerate(rules)]


@dataclass(frozen=True)
class Text:
    """A text that breaks ``rule`` in ``line``."""

    rule: Rule
    kind: Kind
    text: str | bytes
    line: int | None = None
    locale: str = "en-US"

    def content(self) -> bytes:
        return BOM + self.text.encode() if isinstance(self.text, str) else self.text


L, M, P, F = Kind.LANGUAGE, Kind.LANGUAGE_MARKDOWN, Kind.PRONUNCIATION, Kind.OUTPUT_FORMATTING
SENTENCE = "# s\n- one sentence"

TEXTS = [
    Text(Rule.EMPTY_FILE, L, b""),
    Text(Rule.TEXT_ZIPPED, L, b"PK\x03\x04rest"),
    Text(Rule.NOT_UTF8, L, BOM + b"fine\ncaf\xe9", 2),
    Text(Rule.NOT_UTF8, L, "a word".encode("utf-16")),
    Text(Rule.BOM_MISSING, L, "stra\u00dfe".encode(), 1, "de-DE"),
    Text(Rule.BOM_MISSING, M, "# s\n- stra\u00dfe".encode(), 1, "de-DE"),
    Text(Rule.BOM_MISSING, P, "stra\u00dfe\tstra sse".encode(), 1, "de-DE"),
    Text(Rule.BOM_MISSING, F, "#profanity\nf\u00fc".encode(), 1, "de-DE"),
    Text(Rule.BOM_ADVISED, L, b"plain words", 1),
    Text(Rule.LINE_TOO_LONG, L, "one\n" + "word " * 300_000 + "\nthree", 2),
    Text(Rule.CONTROL_CHARACTER, L, "one\na\0b", 2),
    Text(Rule.CONTROL_CHARACTER, L, "broken \ufffd sign", 1, "fr-FR"),
    Text(Rule.SPECIAL_CHARACTER, L, "\u201cquoted\u201d", 1),
    Text(Rule.SPECIAL_CHARACTER, L, "marque \u2122", 1, "fr-FR"),
    Text(Rule.DISCARDED_CHARACTER, L, "eins\nzwei \u00b5 drei", 2, "de-DE"),
    Text(Rule.URI, L, "see http://example.com now", 1),
    Text(Rule.URI, L, "see www.example.com now", 1),
    Text(Rule.REPETITION, L, "aaaa", 1),
    Text(Rule.REPETITION, L, "oh yeah yeah yeah yeah", 1),
    Text(Rule.REPETITION, L, "that's it, that's it, that's it, that's it.", 1),
    Text(Rule.REPETITION, M, "# s\n- no no no no", 2),
    Text(Rule.SENTENCE_TOO_LONG, L, "\u3042\u3044" * 46, 1, "ja-JP"),
    Text(Rule.TEXT_REPEATED, L, "one line\none line"),
    Text(Rule.TOO_MANY_LINES, L, "\n".join(f"{at}" for at in range(20_001)), None, "ko-KR"),
    Text(Rule.LINES_DROPPED, L, "\n".join(["fine"] * 19 + ["oooo"])),
    Text(Rule.ALL_LINES_DROPPED, L, "oooo\nwww.x.org"),
    Text(Rule.MARKDOWN_SYNTAX, M, f"loose words\n{SENTENCE}", 1),
    Text(Rule.MARKDOWN_SYNTAX, M, f"- item of nothing\n{SENTENCE}", 1),
    Text(Rule.MARKDOWN_SYNTAX, M, f"@ intent x =\n{SENTENCE}", 1),
    Text(Rule.SECTION_NAME, M, "# two words\n- a sentence", 1),
    Text(Rule.NO_SENTENCES, M, "@ list x =\n- y"),
    Text(Rule.LIST_LIMIT, M, "\n".join(f"@ list l{at} =\n- y" for at in range(21)) + f"\n{SENTENCE}"),
    Text(Rule.LIST_LIMIT, M, "@ list x =\n" + "\n".join(f"- {at}" for at in range(35_001)), 1),
    Text(Rule.LIST_LIMIT_DISPUTED, M, "\n".join(f"@ list l{at} =\n- y" for at in range(11))),
    Text(Rule.LIST_LIMIT_DISPUTED, M, "# s\n" + "- a sentence\n" * 50_001),
    Text(Rule.LIST_EMPTY, M, f"@ list x =\n{SENTENCE}", 1),
    Text(Rule.LIST_REPEATED, M, f"@ list x =\n- y\n@ list x =\n- z\n{SENTENCE}", 3),
    Text(Rule.LIST_ITEM_REPEATED, M, f"@ list x =\n- y\n- y\n{SENTENCE}", 3),
    Text(Rule.LIST_UNDEFINED, M, "# s\n- a {@x}", 2),
    Text(Rule.LIST_UNUSED, M, f"@ list x =\n- y\n{SENTENCE}", 1),
    Text(Rule.REFERENCE_SYNTAX, M, "@ list x =\n- y\n# s\n- a {x}", 4),
    Text(Rule.REFERENCE_SYNTAX, M, "@ list x =\n- y\n# s\n- a {@x", 4),
    Text(Rule.LEXICON_ENTRY, M, f"@ speech:phoneticlexicon\n- cat\n{SENTENCE}", 2),
    Text(
        Rule.LEXICON_LIMIT, M, f"@ speech:phoneticlexicon\n{'- a/AX' + chr(10)}- a/EI\n- a/AA\n{SENTENCE}", 4
    ),
    Text(
        Rule.LEXICON_LIMIT, M, "@ speech:phoneticlexicon\n" + "".join(f"- w{at}/AX\n" for at in range(15_001))
    ),
    Text(Rule.PHONE_UNKNOWN, M, f"@ speech:phoneticlexicon\n- cat/k ae tt\n{SENTENCE}", 2),
    Text(Rule.PRONUNCIATION_LINE, P, "3CPO three c p o", 1),
    Text(Rule.PRONUNCIATION_LINE, P, "3CPO\t", 1),
    Text(Rule.PRONUNCIATION_LINE, P, "3CPO\tthree\tc", 1),
    Text(Rule.PRONUNCIATION_REPEATED, P, "IEEE\ti triple e\nIEEE\ti triple e", 2),
    Text(Rule.SPOKEN_FORM, P, "3CPO\t3 c p o", 1),
    Text(Rule.FORMATTING_SECTION, F, "\\d-\\d", 1),
    Text(Rule.FORMATTING_SECTION, F, "#rewrites\na\tb", 1),
    Text(Rule.FORMATTING_LINE, F, "#rewrite\nonly one phrase", 2),
    Text(Rule.FORMATTING_LINE, F, "#test\na\tb\tc", 2),
    Text(Rule.FORMATTING_LINE, F, "#itn\n(\\d", 2),
    Text(Rule.FORMATTING_LINE, F, "#itn\n\\d]", 2),
    Text(Rule.FORMATTING_LINE, F, "#profanity\nnot, this", 2),
    Text(Rule.FORMATTING_LIMIT, F, "#itn\n" + "\\d\n" * 201),
]


@pytest.mark.parametrize("case", TEXTS, ids=numbered(case.rule for case in TEXTS))
def test_text__breaks_a_rule(case: Text, tmp_path: Path) -> None:
    path = tmp_path / NAMES[case.kind]
    path.write_bytes(case.content())
    found = findings_of(read(path, case.kind, case.locale), case.rule)
    assert found
    assert (found[0].severity, found[0].advice) == (case.rule.severity, case.rule.advice)
    assert (found[0].file, found[0].line) == (path.as_posix(), case.line)


@dataclass(frozen=True)
class Audio:
    """What breaks ``rule`` when it is laid over data in which all is well; None takes a member away."""

    rule: Rule
    members: dict[str, bytes | None]
    line: int | None = None
    file: str = ""
    purpose: Purpose = Purpose.TEST
    locale: str = "en-US"

    def all_members(self) -> dict[str, bytes]:
        return {
            name: content for name, content in (two_clips() | self.members).items() if content is not None
        }


LONG = wav(41, rate=8_000, fill=b"\3\0")


def shifted() -> dict[str, bytes | None]:
    """Ten recordings of different lengths, each with the text of the next."""
    lengths = [2, 9, 3, 8, 2.5, 7, 4, 9.5, 3.5, 6]
    texts = ["word " * int(2 * seconds) for seconds in lengths]
    lines = [f"{number}.wav\t{text}" for number, text in enumerate((*texts[1:], texts[0]))]
    clips: dict[str, bytes | None] = {
        f"{number}.wav": wav(seconds, fill=bytes((number, 16))) for number, seconds in enumerate(lengths)
    }
    return clips | {"a.wav": None, "b.wav": None, "trans.txt": transcript(*lines, bom=False)}


AUDIO = [
    Audio(Rule.LFS_POINTER, {"a.wav": LFS}, file="a.wav"),
    Audio(Rule.LFS_POINTER, {"trans.txt": LFS}, file="trans.txt"),
    Audio(Rule.EMPTY_FILE, {"trans.txt": b""}, file="trans.txt"),
    Audio(Rule.NESTED_FOLDER, {"more/c.wav": wav()}),
    Audio(Rule.SYSTEM_FILE, {".DS_Store": b""}),
    Audio(Rule.SYSTEM_FILE, {"Thumbs.db": b""}),
    Audio(Rule.UNEXPECTED_FILE, {"README.md": b"hello"}, file="README.md"),
    Audio(Rule.TRANSCRIPT_MISSING, {"trans.txt": None}),
    Audio(Rule.TRANSCRIPT_AMBIGUOUS, {"other.tsv": b"a.wav\ttext"}, file="trans.txt"),
    Audio(Rule.TRANSCRIPT_LINE, {"trans.txt": b"a.wav\ttext\nb.wav text"}, 2, "trans.txt"),
    Audio(Rule.TRANSCRIPT_LINE, {"trans.txt": b"a.wav\ttext\nb.wav\tmore\ttabs"}, 2, "trans.txt"),
    Audio(Rule.TRANSCRIPT_TEXT_EMPTY, {"trans.txt": b"a.wav\ttext\nb.wav\t ... "}, 2, "trans.txt"),
    Audio(
        Rule.TRANSCRIPT_NOT_ASCII, {"trans.txt": transcript("a.wav\tit\u2019s", "b.wav\tb")}, 1, "trans.txt"
    ),
    Audio(Rule.TRANSCRIPT_AUDIO_MISSING, {"b.wav": None}, 1, "trans.txt"),
    Audio(Rule.TRANSCRIPT_AUDIO_MISSING, {"trans.txt": b"A.wav\ta\nb.wav\tb"}, 1, "trans.txt"),
    Audio(Rule.TRANSCRIPT_AUDIO_REPEATED, {"trans.txt": b"a.wav\ta\nb.wav\tb\na.wav\tc"}, 3, "trans.txt"),
    Audio(Rule.AUDIO_WITHOUT_TRANSCRIPT, {"c.wav": wav()}, file="c.wav"),
    Audio(Rule.AUDIO_FORMAT, {"a.wav": b"OggS, not RIFF"}, file="a.wav"),
    Audio(Rule.AUDIO_FORMAT, {"a.wav": wav()[:40]}, file="a.wav"),
    Audio(
        Rule.AUDIO_HEADER_LONG,
        {"a.wav": wav(more=b"JUNK" + struct.pack("<I", 70_000) + bytes(70_000))},
        file="a.wav",
    ),
    Audio(Rule.AUDIO_SILENT, {"a.wav": wav(1, fill=b"\0\0")}, file="a.wav"),
    Audio(Rule.AUDIO_QUIET, {"a.wav": wav(1, fill=b"\0\1")}, file="a.wav"),
    Audio(Rule.AUDIO_CLIPPED, {"a.wav": wav(1, fill=b"\xff\x7f")}, file="a.wav"),
    Audio(
        Rule.AUDIO_RATE_OF_SPEECH,
        {"a.wav": wav(3), "trans.txt": transcript(f"a.wav\t{'many words ' * 20}", "b.wav\tb", bom=False)},
        1,
        "trans.txt",
    ),
    Audio(Rule.TRANSCRIPT_SHIFTED, shifted(), None, "trans.txt"),
    Audio(
        Rule.TRANSCRIPT_HEADER,
        {"trans.txt": transcript("Filename\tTranscript", "a.wav\ta", "b.wav\tb", bom=False)},
        1,
        "trans.txt",
    ),
    Audio(
        Rule.TRANSCRIPT_QUOTED,
        {"trans.txt": transcript('a.wav\t"a b"', 'b.wav\t"b"', bom=False)},
        1,
        "trans.txt",
    ),
    Audio(
        Rule.TRANSCRIPT_MARKUP,
        {"trans.txt": transcript("a.wav\t<b>a</b>", "b.wav\tb", bom=False)},
        1,
        "trans.txt",
    ),
    Audio(Rule.AUDIO_FORMAT, {"a.wav": b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd"}, file="a.wav"),
    Audio(Rule.AUDIO_FORMAT, {"a.wav": wav(rate=0)}, file="a.wav"),
    Audio(Rule.AUDIO_FORMAT, {"c.mp3": b"ID3"}, file="c.mp3"),
    Audio(Rule.AUDIO_SAMPLE_FORMAT, {"a.wav": wav(bits=8)}, file="a.wav"),
    Audio(Rule.AUDIO_SAMPLE_FORMAT, {"a.wav": wav(bits=32, tag=3)}, file="a.wav"),
    Audio(Rule.AUDIO_EXTENSIBLE, {"a.wav": wav(tag=0xFFFE, extra=EXTENSIBLE)}, file="a.wav"),
    Audio(Rule.AUDIO_SAMPLE_RATE, {"a.wav": wav(rate=44_100)}, file="a.wav"),
    Audio(Rule.AUDIO_CHANNELS, {"a.wav": wav(channels=2)}, file="a.wav"),
    Audio(Rule.AUDIO_TRUNCATED, {"a.wav": wav(promised=99_999)}, file="a.wav"),
    Audio(Rule.AUDIO_TRUNCATED, {"a.wav": wav(0, promised=0xFFFFFFFF)}, file="a.wav"),
    Audio(Rule.AUDIO_EMPTY, {"a.wav": wav(0)}, file="a.wav"),
    Audio(Rule.AUDIO_LONG_FOR_TRAINING, {"a.wav": LONG}, file="a.wav", purpose=Purpose.TRAINING),
    Audio(
        Rule.AUDIO_ALL_TOO_LONG,
        {"a.wav": LONG, "b.wav": None, "trans.txt": b"a.wav\ta"},
        purpose=Purpose.TRAINING,
    ),
    Audio(Rule.AUDIO_REPEATED, {"c.wav": two_clips()["a.wav"]}, file="c.wav"),
    Audio(Rule.AUDIO_AMOUNT, {}),
    Audio(Rule.BOM_ADVISED, {"trans.txt": b"a.wav\ta\nb.wav\tb"}, 1, "trans.txt", locale="de-DE"),
    Audio(
        Rule.BOM_MISSING, {"trans.txt": "a.wav\t\u00e4\nb.wav\tb".encode()}, 1, "trans.txt", locale="de-DE"
    ),
    Audio(
        Rule.HALF_WIDTH_PUNCTUATION,
        {"trans.txt": transcript("a.wav\t\u4f60\u597d", "b.wav\t\u4f60\u597d?")},
        2,
        "trans.txt",
        locale="zh-CN",
    ),
    Audio(
        Rule.LINES_DROPPED, {"trans.txt": transcript("a.wav\ttext", "b.wav\tno no no no")}, None, "trans.txt"
    ),
    Audio(Rule.FILE_TOO_BIG, {"trans.txt": b"a.wav\t" + bytes(33 << 20)}, file="trans.txt"),
]


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("case", AUDIO, ids=numbered(case.rule for case in AUDIO))
def test_audio__breaks_a_rule(case: Audio, packed: bool, tmp_path: Path) -> None:
    members = case.all_members()
    path = make_zip(tmp_path / "d.zip", members) if packed else make_folder(tmp_path / "d", members)
    found = findings_of(read(path, Kind.ACOUSTIC, case.locale, case.purpose), case.rule)
    assert found
    assert (found[0].severity, found[0].line) == (case.rule.severity, case.line)
    if packed:
        assert found[0].file == path.as_posix()
        assert case.file in found[0].message
    elif case.file:
        assert found[0].file == f"{path.as_posix()}/{case.file}"


def encrypted(path: Path) -> Path:
    make_zip(path, two_clips())
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    return path


def damaged(path: Path) -> Path:
    make_zip(path, two_clips(), zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.index(b"data") + 100] ^= 0xFF
    path.write_bytes(content)
    return path


def compressed_otherwise(path: Path) -> Path:
    return make_zip(path, two_clips(), zipfile.ZIP_BZIP2)


def with_member(name: str, mode: int = 0) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        make_zip(path, two_clips())
        with zipfile.ZipFile(path, "a") as archive:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, wav())
        return path

    return make


def repeated_member(path: Path) -> Path:
    make_zip(path, two_clips() | {"x.wav": wav()})
    path.write_bytes(path.read_bytes().replace(b"x.wav", b"a.wav"))
    return path


def many_files(path: Path) -> Path:
    clip = wav(0.01)
    return make_zip(path, {f"{at}.wav": clip for at in range(10_001)}, zipfile.ZIP_STORED)


def two_hours(path: Path) -> Path:
    folder = make_folder(path.with_suffix(""), two_clips())
    samples = 2 * 7_201 * 8_000
    (folder / "a.wav").write_bytes(wav(0, rate=8_000, promised=samples))
    with (folder / "a.wav").open("r+b") as stream:
        stream.truncate(44 + samples)
    return folder


def linked(path: Path) -> Path:
    folder = make_folder(path.with_suffix(""), two_clips())
    (folder / "c.wav").symlink_to(folder / "a.wav")
    return folder


def over_two_gigabytes(path: Path) -> Path:
    folder = make_folder(path.with_suffix(""), two_clips())
    for name in ("c.wav", "d.wav"):
        with (folder / name).open("wb") as stream:
            stream.truncate((1 << 30) + 1)
    return folder


ARCHIVES = [
    (Rule.MEMBER_UNSAFE, with_member("../c.wav")),
    (Rule.MEMBER_UNSAFE, with_member("/etc/c.wav")),
    (Rule.MEMBER_UNSAFE, with_member("C:\\c.wav")),
    (Rule.MEMBER_UNSAFE, with_member("..\\c.wav")),
    (Rule.MEMBER_UNSAFE, with_member("c\n::error::.wav")),
    (Rule.MEMBER_UNSAFE, with_member("c.wav", 0o120777)),
    (Rule.MEMBER_UNSAFE, with_member("call-10:30:00.wav")),
    (Rule.MEMBER_UNSAFE, with_member("why?.wav")),
    (Rule.MEMBER_UNSAFE, with_member(f"{'c' * 177}.wav")),
    (Rule.MEMBER_ENCRYPTED, encrypted),
    (Rule.MEMBER_COMPRESSION, compressed_otherwise),
    (Rule.MEMBER_REPEATED, repeated_member),
    (Rule.MEMBER_DAMAGED, damaged),
    (Rule.SYSTEM_FILE, with_member("__MACOSX/._a.wav")),
    (Rule.NESTED_FOLDER, with_member("more\\c.wav")),
    (Rule.TOO_MANY_FILES, many_files),
    (Rule.AUDIO_TOO_LONG, two_hours),
    (Rule.SYMBOLIC_LINK, linked),
    (Rule.FILE_TOO_BIG, over_two_gigabytes),
]


@pytest.mark.parametrize(("rule", "make"), ARCHIVES, ids=numbered(rule for rule, _ in ARCHIVES))
def test_archive__breaks_a_rule(rule: Rule, make: Callable[[Path], Path], tmp_path: Path) -> None:
    found = findings_of(read(make(tmp_path / "d.zip"), Kind.ACOUSTIC, purpose=Purpose.TEST), rule)
    assert found
    assert found[0].severity is rule.severity
    assert "\n" not in found[0].message


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


@pytest.mark.parametrize(
    ("kind", "tier", "size", "rule"),
    [
        (Kind.PRONUNCIATION, Tier.F0, 1025, Rule.FILE_TOO_BIG),
        (Kind.PRONUNCIATION, Tier.S0, (1 << 20) + 1, Rule.FILE_TOO_BIG),
        (Kind.LANGUAGE, Tier.F0, (200 << 20) + 1, Rule.FILE_TOO_BIG),
        (Kind.LANGUAGE, Tier.S0, (200 << 20) + 1, Rule.FILE_BIG),
        (Kind.LANGUAGE, Tier.S0, (1536 << 20) + 1, Rule.FILE_TOO_BIG),
        (Kind.LANGUAGE_MARKDOWN, Tier.S0, (200 << 20) + 1, Rule.FILE_TOO_BIG),
        (Kind.OUTPUT_FORMATTING, Tier.S0, (10 << 20) + 1, Rule.FILE_TOO_BIG),
    ],
)
def test_size__differs_by_kind_and_tier(
    kind: Kind, tier: Tier, size: int, rule: Rule, tmp_path: Path
) -> None:
    path = sparse(tmp_path / NAMES[kind], size)
    data = corpus.read(path, kind=kind, purpose=Purpose.TRAINING, locale="en-US", tier=tier)
    assert findings_of(data, rule)


def test_size__f0_limit_is_no_limit_on_s0(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(BOM + b"\n".join(f"W{chr(97 + at % 26)}{at}\tword".encode() for at in range(200)))
    data = corpus.read(path, kind=Kind.PRONUNCIATION, purpose=Purpose.TRAINING, locale="en-US", tier=Tier.S0)
    assert path.stat().st_size > 1024
    assert not data.findings


def test_extension__is_that_of_the_kind(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_bytes(BOM + b"a sentence")
    assert findings_of(read(path, Kind.LANGUAGE), Rule.FILE_EXTENSION)


def test_together__pronunciation_beside_structured_text(tmp_path: Path) -> None:
    words, text = tmp_path / "words.txt", tmp_path / "text.md"
    words.write_bytes(BOM + b"IEEE\ti triple e")
    text.write_bytes(BOM + SENTENCE.encode())
    files = [read(words, Kind.PRONUNCIATION), read(text, Kind.LANGUAGE_MARKDOWN)]
    assert [(found.rule, found.file) for found in corpus.check_together(files)] == [
        (Rule.PRONUNCIATION_WITH_STRUCTURED_TEXT.id, words.as_posix())
    ]
    assert not corpus.check_together(files[:1])


def test_every_rule__has_a_case() -> None:
    covered = {case.rule for case in TEXTS} | {case.rule for case in AUDIO} | {rule for rule, _ in ARCHIVES}
    elsewhere = {
        Rule.LOCALE_UNLISTED,
        Rule.TEST_SET_SMALL,
        Rule.FILE_BIG,
        Rule.FILE_EXTENSION,
        Rule.PRONUNCIATION_WITH_STRUCTURED_TEXT,
    }
    assert covered | elsewhere == set(Rule)


FINE = [
    (Kind.LANGUAGE, "en-US", "One sentence.\n\nAnother one, with 3 signs: 5%-10% (yeah yeah yeah)!\n"),
    (Kind.LANGUAGE, "de-DE", "Stra\u00dfe und \u201eGr\u00f6\u00dfe\u201c\r\nzwei\r\n"),
    (Kind.LANGUAGE, "ja-JP", "\u4eca\u65e5\u306f\u3002\u660e\u65e5\u3082\u3002"),
    (Kind.LANGUAGE, "hi-IN", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0915\u094d\u200d\u0937"),
    (
        Kind.LANGUAGE_MARKDOWN,
        "en-US",
        "// note\n@ list pet =\n- cat\n@speech:phoneticlexicon\n- cat/k ae t\n#A_1\n- my {@pet}",
    ),
    (Kind.PRONUNCIATION, "en-US", "3CPO\tthree c p o\nO'Neil\to'neil"),
    (Kind.PRONUNCIATION, "hi-IN", "\u0915\t\u0915\u093f"),
    (
        Kind.OUTPUT_FORMATTING,
        "en-US",
        "// c\n#ITN\n\\d-\\d\n{zippy>ZPI}-(\\d)+\n\\(\n# rewrite\nold\tnew\n#profanity\nbad\n#test\na\tb",
    ),
]


@pytest.mark.parametrize(("kind", "locale", "text"), FINE, ids=range(len(FINE)))
def test_text__in_which_all_is_well(kind: Kind, locale: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / NAMES[kind]
    path.write_bytes(BOM + text.encode())
    assert not read(path, kind, locale).findings


def test_pronunciation__english_may_be_ansi(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"caf\xe9\tka fay")
    assert not read(path, Kind.PRONUNCIATION, "en-GB").findings
    assert findings_of(read(path, Kind.PRONUNCIATION, "fr-FR"), Rule.NOT_UTF8)


@pytest.mark.parametrize("extra", [b"", b"LIST\3\0\0\0abc\0"], ids=["plain", "list"])
def test_audio__in_which_all_is_well(extra: bytes, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "d.zip", two_clips() | {"a.wav": wav(more=extra)})
    assert {found.rule for found in read(path, Kind.ACOUSTIC).findings} == {Rule.AUDIO_AMOUNT.id}


def test_findings__of_one_rule_are_counted_beyond_twenty(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(BOM + b"www.example.com\n" * 50 + b"words\n" * 5_000)
    found = findings_of(read(path, Kind.LANGUAGE), Rule.URI)
    assert [finding.line for finding in found] == [*range(1, 21), None]
    assert found[-1].message == "30 more like this."


def test_findings__quote_no_sentence(tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "d.zip",
        two_clips() | {"trans.txt": transcript("a.wav\tsecret secret secret secret http://secret", "secret")},
    )
    data = read(path, Kind.ACOUSTIC)
    assert data.errors
    assert not any("secret" in finding.message for finding in data.findings)


def test_rules__read_well() -> None:
    for rule in Rule:
        assert rule.id == rule.id.lower()
        assert rule.breaks.endswith(".")
        assert rule.advice.endswith(".")
        assert "\n" not in rule.breaks + rule.advice
    assert {rule.severity for rule in Rule} == set(Severity)


def test_severity__values_are_those_of_annotations() -> None:
    assert [*Severity] == ["error", "warning", "notice"]


def test_unreadable_file__is_a_data_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DataError, match="not a file or a folder"):
        read(tmp_path / "pipe.txt", Kind.LANGUAGE)
