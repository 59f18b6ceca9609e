"""Marks of transcribers: words in brackets for other sounds, such as ``[noise]`` or ``<unk>``.

They are punctuation and a word, and so count as a word. The list here can be dropped on both sides. It has a
name with a version, which is part of every result.
"""

from __future__ import annotations

import re

_WORDS = (
    # as NIST, LDC, Kaldi and Whisper write them
    "applause", "background", "background music", "background noise", "beep", "blank audio",
    "bleep", "breath", "breathing", "breaths", "buzz", "cheering", "chuckle", "chuckles", "click",
    "clears throat", "cough", "coughing", "coughs", "cross talk", "crosstalk", "door slam",
    "exhale", "exhales", "foreign", "foreign language", "gasp", "gasps", "hes", "hesitation",
    "human noise", "inaudible", "indiscernible", "inhale", "inhales", "laugh", "laughing", "laughs",
    "laughter", "lip smack", "lipsmack", "music", "music playing", "no speech", "noise",
    "nonvocal noise", "nsn", "overlap", "overlapping speech", "pause", "phone ringing", "ringing",
    "sigh", "sighs", "sil", "silence", "singing", "smack", "sneeze", "sniff", "sniffs",
    "speaker noise", "speech noise", "spn", "spoken noise", "static", "throat clearing", "unclear",
    "unintelligible", "unk", "unknown", "vocal noise", "vocalized noise", "white noise",
    # fillers in brackets
    "ah", "eh", "er", "erm", "hm", "hmm", "mhm", "mm", "uh", "uhm", "um",
    # the commonest in other languages
    "aplausos", "applaudissements", "applaus", "bruit", "gelächter", "geräusch", "inintelligible",
    "lachen", "musik", "musique", "música", "rire", "rires", "risas", "risos", "ruido", "ruído",
    "stille", "unverständlich", "拍手", "掌声", "笑", "笑い", "笑声", "雑音", "噪音", "音乐", "音楽",
)  # fmt: skip

_LIST = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]*") for word in sorted(_WORDS, key=len, reverse=True))
_MARK = re.compile(
    "|".join(
        rf"{re.escape(opening)}\s*/?\s*(?:{_LIST})\s*/?\s*{re.escape(closing)}"
        for opening, closing in ("[]", "<>", "()", "{}", "\uff08\uff09", "\u3010\u3011", "\uff3b\uff3d", "**")
    ),
    re.IGNORECASE,
)


def drop(text: str) -> str:
    """Return ``text`` with a space in place of each mark."""
    return _MARK.sub(" ", text)
