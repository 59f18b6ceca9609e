"""Memory of checking and reading 2 GB of audio: ``python -m bench.validate_memory``.

Makes a zip of nearly 2 GiB and a folder with the same kind of files, and for each starts a fresh process that
reads and checks it as ``validate`` does and then streams the upload in blocks of 8 MiB. Prints time and peak
resident memory; fails above the bound.
"""

from __future__ import annotations

import json
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

BOUND_MB = 200
BLOCK_BYTES = 8 << 20
FILES, SECONDS = 1_000, 66
FOLDER_FILES = 250
RATE = 16_000


def wav(seed: int) -> bytes:
    """Return a WAV file of noise; it begins differently for each seed."""
    rng = random.Random(seed)  # noqa: S311 - noise
    size = SECONDS * RATE * 2
    samples = rng.randbytes(1 << 16) * (size // (1 << 16) + 1)
    fmt = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt \x10\0\0\0"
        + fmt
        + b"data"
        + struct.pack("<I", size)
        + samples[:size]
    )


def transcript(files: int) -> bytes:
    """Return a line for each file."""
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    lines = (f"{at:05}.wav\t{' '.join(random.Random(at).choices(words, k=150))}" for at in range(files))  # noqa: S311
    return "\n".join(lines).encode("utf-8-sig")


def make_zip(path: Path) -> None:
    """Write the zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(FILES):
            archive.writestr(f"{at:05}.wav", wav(at))
        archive.writestr("trans.txt", transcript(FILES))


def make_folder(path: Path) -> None:
    """Write the folder; a quarter of the size, as packing needs the room twice."""
    path.mkdir()
    for at in range(FOLDER_FILES):
        (path / f"{at:05}.wav").write_bytes(wav(at))
    (path / "trans.txt").write_bytes(transcript(FOLDER_FILES))


def read(path: Path) -> dict[str, float]:
    """Check the data at ``path`` and stream its upload, in this process."""
    from speechops import corpus  # noqa: PLC0415 - only the measured process pays for it

    start = time.perf_counter()
    data = corpus.read(path, kind=corpus.Kind.ACOUSTIC, purpose=corpus.Purpose.TEST, locale="en-US")
    checked = time.perf_counter()
    with data.open() as stream:
        sent = sum(map(len, iter(lambda: stream.read(BLOCK_BYTES), b"")))
    assert sent == data.size
    assert not data.errors, data.errors[:3]
    return {
        "utterances": len(data.utterances),
        "gib": data.size / (1 << 30),
        "check_seconds": checked - start,
        "stream_seconds": time.perf_counter() - checked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measure(path: Path) -> None:
    """Run :func:`read` in a fresh process and print what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.validate_memory", str(path)], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    print(
        f"{path.name:9} {found['gib']:.2f} GiB, {found['utterances']:,} utterances: "
        f"checked in {found['check_seconds']:.1f} s, streamed in {found['stream_seconds']:.1f} s, "
        f"{found['peak_mb']:.0f} MB at peak"
    )
    assert found["peak_mb"] < BOUND_MB


def main() -> None:
    """Measure zip and folder, or with an argument read it for the measuring process."""
    if sys.argv[1:]:
        print(json.dumps(read(Path(sys.argv[1]))))
        return
    with tempfile.TemporaryDirectory() as name:
        zipped, folder = Path(name, "audio.zip"), Path(name, "audio")
        make_zip(zipped)
        measure(zipped)
        zipped.unlink()
        make_folder(folder)
        measure(folder)


if __name__ == "__main__":
    main()
