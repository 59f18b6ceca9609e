"""How long the Action's container takes to start and check the sample, beside its bare base image.

    python -m bench.container

Builds the images, then runs by turns the base image with `true`, the base image with Python
doing nothing, and the Action with `validate` on the sample project. Prints medians and sizes.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
BASE = "python:3.13-slim"
IMAGES = {"core": "Dockerfile", "local": "Dockerfile.local"}
TURNS = 15


def main() -> None:
    """Build, run by turns, print."""
    for lock, dockerfile in IMAGES.items():
        docker(
            "build",
            "--quiet",
            "--tag",
            f"speechops-bench:{lock}",
            "--file",
            str(ROOT / dockerfile),
            str(ROOT),
        )
    sample = ROOT / "examples" / "pharmacy"
    validate = ("-v", f"{sample}:/github/workspace:ro", "--workdir", "/github/workspace")
    commands = {
        f"{BASE}: true": (BASE, "true"),
        f"{BASE}: python -c pass": (BASE, "python", "-c", "pass"),
        "core image: validate": (*validate, "speechops-bench:core", "validate"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, command in commands.items():
            begin = time.perf_counter()
            docker("run", "--rm", *command)
            seconds[name].append(time.perf_counter() - begin)
    bare = median(seconds[f"{BASE}: true"])
    print(f"| container, {TURNS} turns | median | over the bare base image |")
    print("|---|---|---|")
    for name, times in seconds.items():
        print(f"| {name} | {median(times):.2f} s | {median(times) / bare:.2f} |")
    print()
    for name in (BASE, *(f"speechops-bench:{lock}" for lock in IMAGES)):
        size = int(docker("image", "inspect", "--format", "{{.Size}}", name))
        print(f"{name}: {size / 1e6:.0f} MB")


def docker(*arguments: str) -> str:
    """Run docker and return what it prints."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout


if __name__ == "__main__":
    main()
