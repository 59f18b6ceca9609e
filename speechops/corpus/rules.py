"""The rules that data must follow, and the message if it breaks one.

A rule is an *error* if the service rejects the data or the data contradicts itself, a *warning*
if the service drops or degrades a part, a *notice* if a reader may want to know. The sources are
Microsoft's pages on training and testing datasets, human-labeled transcriptions, display text formatting
and quotas; ``docs/data.md`` is the same list for the reader; a test compares them.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Severity(StrEnum):
    """How serious a finding is; the words are those of GitHub's annotations."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


_ERROR, _WARNING, _NOTICE = Severity.ERROR, Severity.WARNING, Severity.NOTICE


class Rule(Enum):
    """One rule: its severity, what breaks it, and what to do about it.

    ``drops`` says that the service leaves out the line that breaks it.
    """

    # The model
    LOCALE_UNLISTED = (
        _WARNING,
        "The locale is not in Microsoft's list of those that custom speech knows, as of April 2026.",
        "Correct it; if the service is newer than the list, set this rule to ignore.",
    )

    # Any file
    LFS_POINTER = (
        _ERROR,
        "A Git LFS pointer is in place of the data.",
        "Run `git lfs pull`, or check out with `lfs: true`.",
    )
    SYMBOLIC_LINK = (
        _ERROR,
        "A file in the folder is a symbolic link; links are not followed.",
        "Put the file itself there; with DVC use `cache.type` copy, reflink or hardlink.",
    )
    EMPTY_FILE = (_ERROR, "The file is empty.", "Add data, or remove the file from the configuration.")
    FILE_TOO_BIG = (
        _ERROR,
        "The file is larger than the service accepts for its kind and tier.",
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
    TEXT_ZIPPED = (_ERROR, "The text is zipped; the service accepts it uncompressed only.", "Unpack it.")
    NOT_UTF8 = (_ERROR, "The text is not UTF-8.", "Save it as UTF-8 with a byte order mark.")
    BOM_MISSING = (
        _WARNING,
        "The text is not pure ASCII but lacks the UTF-8 byte order mark that the documentation requires.",
        "Save it as UTF-8 with a byte order mark.",
    )
    BOM_ADVISED = (
        _WARNING,
        "The text has no UTF-8 byte order mark, which the service requires even if all text is ASCII.",
        "Save it as UTF-8 with a byte order mark.",
    )
    LINE_TOO_LONG = (
        _ERROR,
        "A line of more than 1 MiB is not read (our own limit).",
        "Put one sentence on a line.",
    )
    CONTROL_CHARACTER = (
        _WARNING,
        "A control character, a private-use character, or the replacement character of a broken encoding.",
        "Remove it; if there are many, the file's encoding is wrong.",
    )
    SPECIAL_CHARACTER = (
        _WARNING,
        "English text has a character above U+00A1; other languages have a symbol.",
        (
            "Write it in words, or use the ASCII character: straight quotes, an apostrophe, two hyphens "
            "for a dash."
        ),
    )
    DISCARDED_CHARACTER = (
        _WARNING,
        "A German sentence has a character because of which the service discards it.",
        "Write the character in words.",
        True,
    )
    URI = (_WARNING, "A sentence has a URI; the service rejects it.", "Write it as it is spoken.", True)
    REPETITION = (
        _WARNING,
        "A letter, a word or a group of words is repeated more than three times in a row.",
        "Keep at most three.",
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
        "Lines are repeated; each copy adds to their weight.",
        "Keep one copy, unless the weight is intended.",
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
        "A file has a path outside the archive, a name that not every file system accepts, or is a link.",
        (
            "Use names of up to 180 characters that Windows also accepts: no colon, quote, bar, slash, "
            "< > ? or *."
        ),
    )
    MEMBER_ENCRYPTED = (_ERROR, "A zip entry is encrypted.", "Pack the files without a password.")
    MEMBER_COMPRESSION = (
        _ERROR,
        "A zip entry is compressed with a method other than stored or deflated.",
        "Pack the files with an ordinary zip program.",
    )
    MEMBER_REPEATED = (
        _ERROR,
        "Two files have the same name, or names that differ only in case.",
        "Include each file once, and give different files different names.",
    )
    MEMBER_DAMAGED = (
        _ERROR,
        "A file cannot be read completely, or its checksum is wrong.",
        "Pack or copy the file again.",
    )
    NESTED_FOLDER = (
        _WARNING,
        "Files in subfolders are not read; the service's own samples keep all files at the root.",
        "Put the audio and the transcript at the root of the zip or folder.",
    )
    SYSTEM_FILE = (
        _NOTICE,
        "Files that the operating system added (__MACOSX, .DS_Store, Thumbs.db, hidden files) are ignored.",
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
        "The transcript is missing.",
        "Add one .txt or .tsv with a line `name.wav<TAB>text` for each audio file.",
    )
    TRANSCRIPT_AMBIGUOUS = (
        _ERROR,
        "There is more than one .txt or .tsv file.",
        "Keep only one transcript next to the audio.",
    )
    TRANSCRIPT_LINE = (
        _ERROR,
        "A line of the transcript is not `name.wav<TAB>text`.",
        "Separate the file name and the text by one tab.",
        True,
    )
    TRANSCRIPT_TEXT_EMPTY = (
        _WARNING,
        "A line of the transcript has no words; the service reports that the normalized text is empty.",
        "Write what is spoken, or remove the line and its audio.",
        True,
    )
    TRANSCRIPT_NOT_ASCII = (
        _WARNING,
        "An English transcript has a non-ASCII character.",
        "Use the ASCII character: straight quotes, an apostrophe, two hyphens for a dash.",
    )
    TRANSCRIPT_AUDIO_MISSING = (
        _ERROR,
        "A line of the transcript names an audio file that does not exist.",
        "Add the file, correct the name (case matters), or remove the line.",
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
        "Add the line, or remove the file.",
    )
    AUDIO_FORMAT = (
        _ERROR,
        "The audio is not RIFF (WAV).",
        "Convert it: `sox in -b 16 -e signed-integer -c 1 -r 16k -t wav out.wav`.",
    )
    AUDIO_SAMPLE_FORMAT = (
        _ERROR,
        "The samples are not 16-bit PCM.",
        "Convert it: `sox in.wav -b 16 -e signed-integer out.wav`.",
    )
    AUDIO_EXTENSIBLE = (
        _WARNING,
        "The samples are 16-bit PCM but the header is WAVE_FORMAT_EXTENSIBLE, which is not documented.",
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
        "Mix it down (`sox in.wav -c 1 out.wav`), or create one file for each channel.",
    )
    AUDIO_TRUNCATED = (
        _ERROR,
        "The file contains less audio than its header says.",
        "Copy the file again, or write it with a program that completes the header.",
    )
    AUDIO_EMPTY = (_ERROR, "The audio contains no samples.", "Remove the file and its line.")
    AUDIO_TOO_LONG = (_ERROR, "A test file is longer than 2 hours.", "Split it.")
    AUDIO_LONG_FOR_TRAINING = (
        _WARNING,
        "A training file is longer than 40 s; the service uses only its text.",
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
        "A WAV file has a header longer than the 64 KiB that are searched.",
        "Remove everything but the format from the header, such as pictures or cue lists.",
    )
    AUDIO_SILENT = (
        _WARNING,
        "A recording is silent.",
        "Listen to it; remove it, or record it again.",
    )
    AUDIO_QUIET = (
        _NOTICE,
        "A recording is very quiet: its peak is below -40 dB.",
        "Listen to it; check the level of the channel.",
    )
    AUDIO_CLIPPED = (
        _WARNING,
        "A recording is clipped: more than 1 % of its samples are at full scale.",
        "Record with a lower level; clipped speech is harder to recognize.",
    )
    AUDIO_RATE_OF_SPEECH = (
        _WARNING,
        "A transcript has more or fewer words than can be spoken in the length of its recording.",
        "Listen to it: the transcript may belong to another file, or be truncated.",
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
        "Texts are enclosed in quotation marks, as in a spreadsheet export.",
        "Export without quotation marks.",
    )
    TRANSCRIPT_MARKUP = (
        _WARNING,
        "A transcript has markup or an escaped character.",
        "Write what is spoken, as plain text.",
    )
    TEST_SET_SMALL = (
        _WARNING,
        "The test data is too small for any verdict: it can never promote a model.",
        "Add utterances, or lower min-utterances and min-words, although a verdict then means little.",
    )
    AUDIO_AMOUNT = (
        _NOTICE,
        "The audio is not as long as the service recommends: 0.5 to 5 h for a test, 1 to 100 h for training.",
        "Add audio that resembles real use; a small test only shows large differences.",
    )

    # Structured text
    MARKDOWN_SYNTAX = (
        _ERROR,
        "A line is not a list, a lexicon, a `# section`, a `- item` under one of these, or a comment.",
        "Start items with `- `; put them under `@ list name =`, `@ speech:phoneticlexicon` or `# section`.",
    )
    SECTION_NAME = (
        _ERROR,
        "A section name may only have letters, digits and underscores.",
        "Rename the section.",
    )
    NO_SENTENCES = (
        _ERROR,
        "The file has no training sentences.",
        "Add a `# section` with `- sentence` lines.",
    )
    LIST_LIMIT = (
        _ERROR,
        "There are more than 20 lists, or more than 35,000 items in one.",
        "Split or shorten the lists.",
    )
    LIST_LIMIT_DISPUTED = (
        _NOTICE,
        (
            "There are more than 10 lists, 4,000 items in one, or 50,000 sentences: Microsoft's "
            "documentation names two limits."
        ),
        "Stay below the lower limits to be safe.",
    )
    LIST_EMPTY = (_WARNING, "A list has no items.", "Fill it, or remove it and its references.")
    LIST_REPEATED = (_ERROR, "Two lists have the same name.", "Merge or rename them.")
    LIST_ITEM_REPEATED = (_WARNING, "A list has a duplicate item.", "Keep it once.")
    LIST_UNDEFINED = (
        _ERROR,
        "A sentence refers to a list that does not exist.",
        "Define or rename the list.",
    )
    LIST_UNUSED = (_NOTICE, "No sentence refers to a list.", "Refer to it as `{@name}`, or remove it.")
    REFERENCE_SYNTAX = (
        _ERROR,
        "Braces do not form a reference.",
        "Write `{@name}`; do not use braces elsewhere.",
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
        "Separate the two forms by one tab.",
    )
    PRONUNCIATION_REPEATED = (_WARNING, "Duplicate line.", "Keep it once.")
    SPOKEN_FORM = (
        _WARNING,
        "A spoken form has digits or symbols; it should consist of letters, syllables and words.",
        "Write it as it is spoken: `3CPO<TAB>three c p o`.",
    )
    PRONUNCIATION_WITH_STRUCTURED_TEXT = (
        _WARNING,
        "A model cannot be trained with both a pronunciation file and structured text.",
        "Move the pronunciations into the structured text's `@ speech:phoneticlexicon`.",
    )

    # Output formatting
    FORMATTING_SECTION = (
        _ERROR,
        "A line precedes the first section, or a section is not #itn, #rewrite, #profanity or #test.",
        "Put each rule under one of the four sections.",
    )
    FORMATTING_LINE = (
        _ERROR,
        "A rule does not have the form of its section.",
        "#rewrite and #test: two phrases, one tab; #itn: balanced brackets; #profanity: no punctuation.",
    )
    FORMATTING_LIMIT = (
        _ERROR,
        "A section has more lines than the service accepts: 200 in #itn, 1,000 in #rewrite and #profanity.",
        "Merge or remove rules.",
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
