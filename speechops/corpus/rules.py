"""The rules that data must keep, and what is said if it breaks one.

A rule is an *error* where the service refuses the data or where the data contradicts itself, a *warning*
where the service drops or degrades a part, a *notice* where a reader may want to know. The sources are
Microsoft's pages on training and testing datasets, human-labeled transcriptions, display text formatting
and quotas; ``docs/data.md`` is the same list for the reader and is held equal by a test.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from speechops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speechops.errors import Place

IGNORED = "ignore"
"""The word with which a team says that a rule does not matter to it."""


class Severity(StrEnum):
    """How much a finding weighs; the words are those of GitHub's annotations."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


_ERROR, _WARNING, _NOTICE = Severity.ERROR, Severity.WARNING, Severity.NOTICE


class Rule(Enum):
    """One rule: how much it weighs, what breaks it, and what to do about it.

    ``drops`` says that the service leaves out the line that breaks it.
    """

    # Any file
    LFS_POINTER = (
        _ERROR,
        "A Git LFS pointer stands where the data should be.",
        "Run `git lfs pull`, or check out with `lfs: true`.",
    )
    SYMBOLIC_LINK = (
        _ERROR,
        "A file in the folder is a symbolic link; links are not followed.",
        "Put the file itself there; with DVC use `cache.type` copy, reflink or hardlink.",
    )
    EMPTY_FILE = (_ERROR, "There is nothing in the file.", "Fill it, or take it out of the configuration.")
    FILE_TOO_BIG = (
        _ERROR,
        "The file is larger than the service takes for its kind and tier.",
        "Split it into several datasets, or shorten it.",
    )
    FILE_BIG = (
        _WARNING,
        "Plain text of more than 200 MB: one page of the service allows 1.5 GB, another does not.",
        "Split it into files of at most 200 MB to be safe.",
    )
    FILE_EXTENSION = (
        _WARNING,
        "The file's name does not end as the service expects for its kind.",
        "Name plain text and pronunciations .txt, structured text and output formatting .md.",
    )

    # Any text
    TEXT_ZIPPED = (_ERROR, "Text is zipped; the service takes it as it is.", "Unpack it.")
    NOT_UTF8 = (_ERROR, "The text is not UTF-8.", "Save it as UTF-8 with a byte order mark.")
    BOM_MISSING = (
        _WARNING,
        "The text goes beyond ASCII but has no UTF-8 byte order mark, as the documentation asks for.",
        "Save it as UTF-8 with a byte order mark.",
    )
    BOM_ADVISED = (
        _WARNING,
        "The text has no UTF-8 byte order mark, which the service asks for even if all is ASCII.",
        "Save it as UTF-8 with a byte order mark.",
    )
    LINE_TOO_LONG = (
        _ERROR,
        "A line of more than 1 MiB is not read (our own bound).",
        "Put one sentence on a line.",
    )
    CONTROL_CHARACTER = (
        _WARNING,
        "A control character, a character of private use, or the mark of a broken encoding.",
        "Remove it; if there are many, the file's encoding is wrong.",
    )
    SPECIAL_CHARACTER = (
        _WARNING,
        "English text has a character above U+00A1; other languages have a symbol.",
        "Write it in words, or use the ASCII sign: straight quotes, an apostrophe, two hyphens for a dash.",
    )
    DISCARDED_CHARACTER = (
        _WARNING,
        "A German sentence has one of the signs for which the service discards it.",
        "Write the sign in words.",
        True,
    )
    URI = (_WARNING, "A sentence has a URI; the service rejects it.", "Write what is spoken.", True)
    REPETITION = (
        _WARNING,
        "A letter, a word or a group of words stands more than three times in a row.",
        "Leave at most three.",
        True,
    )
    SENTENCE_TOO_LONG = (
        _WARNING,
        "A Japanese sentence has more than 90 characters, spaces not counted; the service discards it.",
        "Put a full stop in between.",
        True,
    )
    HALF_WIDTH_PUNCTUATION = (
        _NOTICE,
        "A Chinese transcript has half-width punctuation.",
        "Use the full-width signs.",
    )
    TEXT_REPEATED = (
        _NOTICE,
        "Lines stand more than once; each copy adds to their weight.",
        "Leave one copy, unless the weight is meant.",
    )
    TOO_MANY_LINES = (
        _WARNING,
        "A Japanese or Korean text has more than 20,000 lines; its import may time out.",
        "Split it into files of at most 20,000 lines.",
    )
    LINES_DROPPED = (
        _WARNING,
        "The service will leave out 5 % of the lines or more; it calls an import usable above 95 %.",
        "Correct the lines that the other findings name.",
    )
    ALL_LINES_DROPPED = (
        _ERROR,
        "The service will leave out every line.",
        "Correct the lines that the other findings name.",
    )

    # Audio with transcripts: the archive
    MEMBER_UNSAFE = (
        _ERROR,
        "A file has a path out of the archive, a name that not every file system takes, or is a link.",
        "Use names of up to 180 characters that Windows takes too: no colon, quote, bar, slash, < > ? or *.",
    )
    MEMBER_ENCRYPTED = (_ERROR, "A zip entry is encrypted.", "Pack the files without a password.")
    MEMBER_COMPRESSION = (
        _ERROR,
        "A zip entry is packed with a method other than stored or deflated.",
        "Pack the files with an ordinary zip program.",
    )
    MEMBER_REPEATED = (
        _ERROR,
        "Two files have the same name, or names that differ in case alone.",
        "Pack each file once; give different files different names.",
    )
    MEMBER_DAMAGED = (
        _ERROR,
        "A file cannot be read to its end, or its checksum is wrong.",
        "Pack or copy the file again.",
    )
    NESTED_FOLDER = (
        _WARNING,
        "Files in sub-folders are not read; the service's own samples keep all files at the root.",
        "Put the audio and the transcript at the root of the zip or folder.",
    )
    SYSTEM_FILE = (
        _NOTICE,
        "Files that the operating system left (__MACOSX, .DS_Store, Thumbs.db, hidden files) are ignored.",
        "Leave them out of a zip.",
    )
    UNEXPECTED_FILE = (
        _NOTICE,
        "A file is neither WAV audio nor a transcript; it is not used.",
        "Keep only the audio and one transcript together.",
    )
    TOO_MANY_FILES = (
        _ERROR,
        "There are more than 10,000 files.",
        "Split training data into several datasets; a test takes one dataset, so make it smaller.",
    )

    # Audio with transcripts: the transcript
    TRANSCRIPT_MISSING = (
        _ERROR,
        "There is no transcript.",
        "Add one .txt or .tsv with a line `name.wav<TAB>text` for each audio file.",
    )
    TRANSCRIPT_AMBIGUOUS = (
        _ERROR,
        "There is more than one .txt or .tsv file.",
        "Keep one transcript beside the audio.",
    )
    TRANSCRIPT_LINE = (
        _ERROR,
        "A line of the transcript is not `name.wav<TAB>text`.",
        "Put one tab between the file's name and the text.",
        True,
    )
    TRANSCRIPT_TEXT_EMPTY = (
        _WARNING,
        "A line of the transcript has no word; the service answers that the normalized text is empty.",
        "Write what is spoken, or take out the line and its audio.",
        True,
    )
    TRANSCRIPT_NOT_ASCII = (
        _WARNING,
        "An English transcript has a character beyond ASCII.",
        "Use the ASCII sign: straight quotes, an apostrophe, two hyphens for a dash.",
    )
    TRANSCRIPT_AUDIO_MISSING = (
        _ERROR,
        "A line of the transcript names an audio file that is not there.",
        "Add the file, correct the name (case counts), or take out the line.",
        True,
    )
    TRANSCRIPT_AUDIO_REPEATED = (
        _ERROR,
        "Two lines of the transcript name the same audio file.",
        "Keep one line for each audio file.",
        True,
    )

    # Audio with transcripts: the audio
    AUDIO_WITHOUT_TRANSCRIPT = (
        _WARNING,
        "An audio file has no line in the transcript.",
        "Add the line, or take out the file.",
    )
    AUDIO_FORMAT = (
        _ERROR,
        "The audio is not RIFF (WAV).",
        "Convert it: `sox in -b 16 -e signed-integer -c 1 -r 16k -t wav out.wav`.",
    )
    AUDIO_SAMPLE_FORMAT = (
        _ERROR,
        "The samples are not PCM of 16 bits.",
        "Convert it: `sox in.wav -b 16 -e signed-integer out.wav`.",
    )
    AUDIO_EXTENSIBLE = (
        _WARNING,
        "The samples are PCM of 16 bits but the header is WAVE_FORMAT_EXTENSIBLE, which is not documented.",
        "Write a plain PCM header: `sox in.wav -t wavpcm out.wav`.",
    )
    AUDIO_SAMPLE_RATE = (
        _ERROR,
        "The sample rate is neither 8,000 nor 16,000 Hz.",
        "Convert it: `sox in.wav -r 16k out.wav`.",
    )
    AUDIO_CHANNELS = (
        _ERROR,
        "The audio has more than one channel.",
        "Mix it down (`sox in.wav -c 1 out.wav`), or make a file of each channel.",
    )
    AUDIO_TRUNCATED = (
        _ERROR,
        "The file holds less audio than its header promises.",
        "Copy the file again, or write it with a program that completes the header.",
    )
    AUDIO_EMPTY = (_ERROR, "There is no sample in the audio.", "Take out the file and its line.")
    AUDIO_TOO_LONG = (_ERROR, "A test file is longer than 2 hours.", "Split it.")
    AUDIO_LONG_FOR_TRAINING = (
        _WARNING,
        "A training file is longer than 40 s; the service learns from its text alone.",
        "Split it into pieces of at most 40 s (30 s for Whisper).",
    )
    AUDIO_ALL_TOO_LONG = (
        _ERROR,
        "All training files are longer than 40 s; the training fails.",
        "Split them into pieces of at most 40 s (30 s for Whisper), or give the text as plain text.",
    )
    AUDIO_REPEATED = (
        _WARNING,
        "Two audio files are the same, byte for byte.",
        "Keep one of them.",
    )
    AUDIO_HEADER_LONG = (
        _ERROR,
        "A WAV file has a header that is longer than the 64 KiB that are searched.",
        "Remove what is in the header besides the format, such as pictures or cue lists.",
    )
    AUDIO_SILENT = (
        _WARNING,
        "A recording is silent.",
        "Listen to it; take it out, or record it again.",
    )
    AUDIO_QUIET = (
        _NOTICE,
        "A recording is very quiet: its peak is below -40 dB.",
        "Listen to it; check the level of the channel.",
    )
    AUDIO_CLIPPED = (
        _WARNING,
        "A recording is clipped: more than 1 % of its samples are at full scale.",
        "Record with a lower level; clipped speech is recognized worse.",
    )
    AUDIO_RATE_OF_SPEECH = (
        _WARNING,
        "A transcript has more or fewer words than can be said in the time of its recording.",
        "Listen to it: the transcript may belong to another file, or be cut.",
    )
    TRANSCRIPT_SHIFTED = (
        _WARNING,
        "The texts fit the lengths of the recordings much better when shifted by one line.",
        "Check that each line names its own recording.",
    )
    TRANSCRIPT_HEADER = (
        _WARNING,
        "The first line of the transcript looks like the headings of a table.",
        "Remove it.",
        True,
    )
    TRANSCRIPT_QUOTED = (
        _WARNING,
        "Texts stand in quotation marks, as a spreadsheet writes them.",
        "Export without quotation marks.",
    )
    TRANSCRIPT_MARKUP = (
        _WARNING,
        "A transcript has markup or an escaped character.",
        "Write what is spoken, as plain text.",
    )
    TEST_SET_SMALL = (
        _WARNING,
        "The test data is too small for any verdict: nothing can be promoted by it.",
        "Add utterances, or lower min-utterances and min-words, knowing that a verdict then means little.",
    )
    AUDIO_AMOUNT = (
        _NOTICE,
        "The audio is not as long as the service recommends: 0.5 to 5 h for a test, 1 to 100 h for training.",
        "Add audio that resembles the use; a small test shows large differences only.",
    )

    # Structured text
    MARKDOWN_SYNTAX = (
        _ERROR,
        "A line is no list, no lexicon, no `# section`, no `- item` under one of these, and no comment.",
        "Start items with `- `; put them under `@ list name =`, `@ speech:phoneticlexicon` or `# section`.",
    )
    SECTION_NAME = (
        _ERROR,
        "A section's name is not made of letters, digits and underscores.",
        "Rename the section.",
    )
    NO_SENTENCES = (_ERROR, "There is no training sentence.", "Add a `# section` with `- sentence` lines.")
    LIST_LIMIT = (
        _ERROR,
        "There are more than 20 lists, or more than 35,000 items in one.",
        "Split or shorten the lists.",
    )
    LIST_LIMIT_DISPUTED = (
        _NOTICE,
        "There are more than 10 lists, 4,000 items in one, or 50,000 sentences: the pages name two limits.",
        "Keep below the lower limits to be safe.",
    )
    LIST_EMPTY = (_WARNING, "A list has no item.", "Fill it, or remove it and its references.")
    LIST_REPEATED = (_ERROR, "Two lists have the same name.", "Join or rename them.")
    LIST_ITEM_REPEATED = (_WARNING, "An item stands twice in its list.", "Keep it once.")
    LIST_UNDEFINED = (_ERROR, "A sentence refers to a list that is not there.", "Define or rename the list.")
    LIST_UNUSED = (_NOTICE, "No sentence refers to a list.", "Refer to it as `{@name}`, or remove it.")
    REFERENCE_SYNTAX = (
        _ERROR,
        "Braces do not make a reference.",
        "Write `{@name}`; leave braces out of other text.",
    )
    LEXICON_ENTRY = (
        _ERROR,
        "An entry of the phonetic lexicon is not `word/phones`.",
        "Write `- word/p h o n e s`.",
    )
    LEXICON_LIMIT = (
        _ERROR,
        "The lexicon has more than 15,000 entries, or more than two for one word.",
        "Keep the words that are recognized badly, with two pronunciations at most.",
    )
    PHONE_UNKNOWN = (
        _WARNING,
        "A phone is not in the service's phone set for en-US.",
        "Use the phones of Microsoft's page on structured text phonetic pronunciation.",
    )

    # Pronunciation
    PRONUNCIATION_LINE = (
        _ERROR,
        "A line is not `display form<TAB>spoken form`.",
        "Put one tab between the two forms.",
    )
    PRONUNCIATION_REPEATED = (_WARNING, "A line stands twice.", "Keep it once.")
    SPOKEN_FORM = (
        _WARNING,
        "A spoken form has digits or signs; it should be letters, syllables and words.",
        "Write it as it is said: `3CPO<TAB>three c p o`.",
    )
    PRONUNCIATION_WITH_STRUCTURED_TEXT = (
        _WARNING,
        "A pronunciation file and structured text are to train one model; the service does not support that.",
        "Move the pronunciations into the structured text's `@ speech:phoneticlexicon`.",
    )

    # Output formatting
    FORMATTING_SECTION = (
        _ERROR,
        "A line stands before the first section, or a section is not #itn, #rewrite, #profanity or #test.",
        "Put each rule under one of the four sections.",
    )
    FORMATTING_LINE = (
        _ERROR,
        "A rule does not have the form of its section.",
        "#rewrite and #test: two phrases, one tab; #itn: balanced brackets; #profanity: no punctuation.",
    )
    FORMATTING_LIMIT = (
        _ERROR,
        "A section has more lines than the service takes: 200 in #itn, 1,000 in #rewrite and #profanity.",
        "Join or drop rules.",
    )

    def __init__(self, severity: Severity, breaks: str, advice: str, drops: bool = False) -> None:
        self.severity = severity
        self.breaks = breaks
        self.advice = advice
        self.drops = drops

    @property
    def id(self) -> str:
        """The stable name that findings carry: ``bom-missing``."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Finding:
    """One break of a rule: where, how much it weighs, what is wrong, what to do.

    ``file`` is a path that exists (for a member of a zip, the zip); ``line`` counts from 1 in the text,
    in a zip that of the transcript, which the message then names.
    """

    severity: Severity
    rule: str
    message: str
    advice: str
    file: str
    line: int | None = None


@dataclass(slots=True)
class Findings:
    """Gathers the findings of one data file, at most ``EACH`` of a rule, the rest as a number."""

    EACH = 20

    file: str
    prefix: str = ""
    _found: list[Finding] = field(default_factory=list)
    _counts: Counter[Rule] = field(default_factory=Counter)

    def within(self, file: str, prefix: str = "") -> Findings:
        """Return the same gathering for what is found in ``file``, or what begins with ``prefix``."""
        return Findings(file, prefix, self._found, self._counts)

    def add(self, rule: Rule, message: str = "", *, line: int | None = None) -> None:
        """Note a break of ``rule``; the message is the rule's own if none is given."""
        self._counts[rule] += 1
        if self._counts[rule] <= self.EACH:
            text = self.prefix + (message or rule.breaks)
            self._found.append(Finding(rule.severity, rule.id, text, rule.advice, self.file, line))

    def all(self) -> tuple[Finding, ...]:
        """Return what was found, in that order, then the number of what was not listed."""
        more = (
            Finding(rule.severity, rule.id, f"{count - self.EACH:,} more like this.", rule.advice, self.file)
            for rule, count in self._counts.items()
            if count > self.EACH
        )
        return (*self._found, *more)


def check_rules(severities: Iterable[str], place: Place | None = None) -> None:
    """Raise :class:`UsageError` if a name is not that of a rule."""
    known = [rule.id for rule in Rule]
    for name in severities:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "docs/data.md lists the rules."
            raise UsageError(f"findings: there is no rule {name!r}.", hint=hint, place=place)


def weighed(findings: Iterable[Finding], severities: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the findings with the severities that a team gives their rules, without those it ignores."""
    return tuple(
        replace(finding, severity=Severity(severities[finding.rule]))
        if finding.rule in severities
        else finding
        for finding in findings
        if severities.get(finding.rule) != IGNORED
    )
