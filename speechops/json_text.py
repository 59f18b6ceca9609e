"""JSON whose text UTF-8 can encode: what others wrote is read so, and what we write is."""

from __future__ import annotations

import json
import re
from typing import Any

_ESCAPE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_HALF = re.compile("[\ud800-\udfff]")


def read(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is of any form
    """Return what JSON contains; half a surrogate pair, which UTF-8 cannot encode, becomes U+FFFD.

    Bytes are UTF-8. Raises ``ValueError`` if it is not JSON, or nested too deeply to be read.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        value = json.loads(text)
        if _ESCAPE.search(text):
            value = json.loads(_HALF.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def write(document: object) -> bytes:
    """Return a document as indented JSON with a trailing newline.

    What UTF-8 cannot encode, as in the path of a folder whose name is not UTF-8, becomes U+FFFD.
    """
    import msgspec  # noqa: PLC0415 - whoever has a document has imported it

    try:
        content = msgspec.json.encode(document)
    except UnicodeEncodeError:
        content = msgspec.json.encode(read(json.dumps(msgspec.to_builtins(document))))
    return msgspec.json.format(content, indent=1) + b"\n"
