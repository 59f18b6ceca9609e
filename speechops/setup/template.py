"""The workflows of Microsoft's Speech DevOps template, as forks have changed them: read, never run.

What the template holds, and what forks made of it, was read from its repository and from public forks. A
workflow counts as the template's only if it bears several of the template's marks. Names of secrets are not a
mark: other workflows use them too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from speechops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORKFLOWS = Path(".github", "workflows")

_NAMES = {"speech-test-data-ci", "speech-train-data-ci-cd", "speechtestdataci", "speechtraindatacicd"}
_VARIABLES = {
    *("TEST_ZIP_SOURCE_PATH", "TEST_TRANS_FILE", "PRONUNCIATION_FILE_PATH", "RELATED_TEXT_FILE_PATH"),
    *("TRAIN_ZIP_SOURCE_PATH", "TRAIN_TRANS_FILE", "SPX_VERSION", "CUSTOM_SPEECH_MODEL_KIND"),
}
_MARKS = (
    re.compile(r"\bspx\s+(csr|config)\b|\bspeech\s+(test|dataset|model|endpoint)\s+(create|list|show)\b"),
    re.compile(r"benchmark-test\.txt|\btest-summary-from-"),
    re.compile(r"Custom Speech[^\n]*GitHub Actions|Continuous Improvement Pipeline"),
    re.compile(rf"\b({'|'.join(sorted(_VARIABLES))})\b"),
)
_ENOUGH = 2
"""How many marks make a workflow the template's: tool, benchmark file, header, variables, name."""

_OURS = re.compile(r"uses:\s*\S+/speechops")
_SECRET = re.compile(r"\bsecrets\.([A-Za-z_]\w*)|\bsecrets\[\s*'([A-Za-z_]\w*)'\s*\]")
_LITERAL = re.compile(r"\$\{\{\s*'([^']*)'\s*\}\}")
_TRAINS = re.compile(r"\bspx\s+csr\s+model\s+create\b|\bspeech\s+model\s+create\b")
_TESTS = re.compile(r"\bspx\s+csr\s+evaluation\s+create\b|\bspeech\s+test\s+create\b")

KEPT_SECRETS: Mapping[str, re.Pattern[str]] = {
    "SPEECH_SUBSCRIPTION_KEY": re.compile(r"@key\b|--(subscription-)?key\b|SUBSCRIPTION|SPEECH\w*KEY"),
    "SPEECH_RESOURCE_REGION": re.compile(r"@region\b|--region\b|REGION"),
    "SPEECH_PROJECT_NAME": re.compile(r"@name\b|--project\b|PROJECT"),
    "AZURE_CREDENTIALS": re.compile(r"\bcreds:|AZURE\w*CRED"),
    "STORAGE_CONNECTION_STRING": re.compile(r"--connection-string\b|CONNECTION_STRING"),
    "STORAGE_ACCOUNT_NAME": re.compile(r"--account-name\b|STORAGE"),
}
"""The secrets that the reusable workflows take, and how a line of a workflow that uses one gives it away."""


class Role(StrEnum):
    """What a workflow of the template is for."""

    TEST = "test"
    TRAIN = "train"
    OTHER = "other"


class Kind(StrEnum):
    """What a file of data is for; training kinds are keys of ``training-data``."""

    TEST = "test-data"
    AUDIO = "audio"
    TEXT = "text"
    STRUCTURED_TEXT = "structured-text"
    PRONUNCIATION = "pronunciation"
    OUTPUT_FORMATTING = "output-formatting"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of ``env``; ``value`` is None for an expression that only a run can evaluate."""

    name: str
    value: str | None
    written: str


@dataclass(frozen=True, slots=True)
class OldWorkflow:
    """What one workflow of the template says. ``text`` is the whole file, ``content`` the same parsed."""

    path: Path
    role: Role
    text: str
    content: Mapping[Any, Any]
    variables: tuple[Variable, ...]
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    paths: tuple[str, ...]
    events: tuple[str, ...]
    runners: tuple[str | tuple[str, ...], ...]
    lfs: bool
    encoding: str

    @property
    def push(self) -> Mapping[str, Any]:
        """The filters of the event ``push``."""
        return _push(self.content)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that it uses."""
        return tuple(sorted({found[0] or found[1] for found in _SECRET.findall(self.text)}))

    def meaning(self, secret: str) -> str:
        """Return the name under which the reusable workflows take a secret, empty if they take none such.

        A renamed secret is known by where it is used, then by the words in its name.
        """
        if secret in KEPT_SECRETS:
            return secret
        used = [line for line in self.text.splitlines() if re.search(rf"\bsecrets\W+{secret}\b", line)]
        for where in ([re.sub(r"secrets\W+\w+", "", line) for line in used], [secret.upper()]):
            for name, pattern in KEPT_SECRETS.items():
                if any(pattern.search(text) for text in where):
                    return name
        return ""


def workflow_files(folder: Path) -> Iterator[Path]:
    """Yield the workflow files below ``folder``, relative to it."""
    for path in sorted((folder / WORKFLOWS).glob("*.y*ml")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder)


def read(folder: Path, path: Path) -> OldWorkflow | None:
    """Read a workflow, None if it is not the template's.

    Raises :class:`UsageError` if it is the template's and not valid YAML.
    """
    text, encoding = _decoded((folder / path).read_bytes())
    if not is_templates(path, text):
        return None
    content = _parsed(path, text)
    push = _push(content)
    return OldWorkflow(
        path=path,
        role=_role(path, text),
        text=text,
        content=content,
        variables=tuple(_variables(content)),
        branches=_strings(push.get("branches")),
        tags=_strings(push.get("tags")),
        paths=_strings(push.get("paths")),
        events=_events(content),
        runners=tuple(dict.fromkeys(_runners(content))),
        lfs=bool(
            re.search(r"^[^#\n]*\blfs:\s*[\"']?true|^[^#\n]*\bgit lfs (pull|checkout)", text, re.MULTILINE)
        ),
        encoding=encoding,
    )


def is_templates(path: Path, text: str) -> bool:
    """Whether a workflow bears enough of the template's marks, and does not call SpeechOps already."""
    if _OURS.search(text):
        return False
    name = re.search(r"^name:\s*['\"]?([\w .-]+)", text, re.MULTILINE)
    named = {path.stem.lower(), name[1].strip().lower() if name else ""} & _NAMES
    return bool(named) + sum(bool(mark.search(text)) for mark in _MARKS) >= _ENOUGH


def kind_of(variable: str, path: str) -> Kind | None:
    """Return what a file is for, by the name of its variable and by its own; None if neither tells."""
    words = f"{variable} {path}".upper()
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".zip" or (not path and "ZIP" in words):
        return Kind.TEST if "TEST" in words else Kind.AUDIO
    if "PRONUNCIATION" in words:
        return Kind.PRONUNCIATION
    if "FORMATTING" in words:
        return Kind.OUTPUT_FORMATTING
    if suffix == ".md":
        return Kind.STRUCTURED_TEXT if "STRUCTURED" in words or "MARKDOWN" in words else None
    if "TRANS" in variable.upper().split("_"):
        return None  # a transcript inside of a zip
    return Kind.TEXT if re.search(r"TEXT|LANGUAGE|SENTENCES|UTTERANCES|RELATED", words) else None


def is_path(value: str) -> bool:
    """Whether a value names a file of data inside of the repository."""
    path = PurePosixPath(value)
    inside = bool(value) and not path.is_absolute() and ".." not in path.parts and ":" not in value
    return inside and path.suffix.lower() in {".zip", ".txt", ".md", ".tsv"} and "*" not in value


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding: UTF-8, UTF-16 if it is marked so, else Windows-1252."""
    for encoding, marks in (("utf-8-sig", (b"",)), ("utf-16", (b"\xff\xfe", b"\xfe\xff"))):
        if data.startswith(marks):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    return data.decode("cp1252", "replace"), "cp1252"


def _role(path: Path, text: str) -> Role:
    if _TRAINS.search(text):
        return Role.TRAIN
    if _TESTS.search(text):
        return Role.TEST
    words = f"{path.stem} {text[:2000]}".lower()
    for role in (Role.TRAIN, Role.TEST):
        if f"speech-{role}-data" in words or f"speech{role}data" in words:
            return role
    return Role.OTHER


def _parsed(path: Path, text: str) -> Mapping[Any, Any]:
    import yaml  # noqa: PLC0415 - only if there is a file to read

    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(
            f"{path} is not valid YAML: nothing was changed.",
            hint="Fix it, or remove it, and run migrate again.",
        ) from error
    return content if isinstance(content, dict) else {}


def _on(content: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - YAML
    return content.get("on", content.get(True))  # YAML 1.1 reads the word as a truth value


def _push(content: Mapping[Any, Any]) -> Mapping[str, Any]:
    on = _on(content)
    push = on.get("push") if isinstance(on, dict) else None
    return push if isinstance(push, dict) else {}


def _events(content: Mapping[Any, Any]) -> tuple[str, ...]:
    on = _on(content)
    return (on,) if isinstance(on, str) else tuple(str(name) for name in on or ())


def jobs(content: Mapping[Any, Any]) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield the jobs of a workflow by name."""
    found = content.get("jobs")
    for name, job in found.items() if isinstance(found, dict) else ():
        if isinstance(job, dict):
            yield str(name), job


def _steps(job: Mapping[Any, Any]) -> Iterator[Mapping[Any, Any]]:
    steps = job.get("steps")
    yield from (step for step in (steps if isinstance(steps, list) else ()) if isinstance(step, dict))


def _variables(content: Mapping[Any, Any]) -> Iterator[Variable]:
    """Yield the variables of workflow, jobs and steps; the expression of a literal is that literal."""
    for holder in (content, *(part for _, job in jobs(content) for part in (job, *_steps(job)))):
        env = holder.get("env")
        for name, value in env.items() if isinstance(env, dict) else ():
            if isinstance(value, (str, int, float, bool)) or value is None:
                yield _variable(str(name), "" if value is None else str(value).strip())


def _variable(name: str, written: str) -> Variable:
    literal = _LITERAL.fullmatch(written)
    if literal:
        return Variable(name, literal[1].strip(), written)
    return Variable(name, None if "${{" in written else written, written)


def _runners(content: Mapping[Any, Any]) -> Iterator[str | tuple[str, ...]]:
    for _, job in jobs(content):
        runner = job.get("runs-on")
        if isinstance(runner, str):
            yield runner
        elif isinstance(runner, list):
            yield tuple(str(label) for label in runner)


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def without_dot(value: str) -> str:
    """Return a path without ``./`` before it."""
    return PurePosixPath(value).as_posix()


def stem_words(path: Path) -> Sequence[str]:
    """Return the words of a workflow's file name that tell it from others of the template."""
    common = {"speech", "test", "train", "data", "ci", "cd", "custom"}
    return [word for word in re.split(r"[-_. ]+", path.stem.lower()) if word and word not in common]
