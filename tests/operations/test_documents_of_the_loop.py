"""What the runs of a whole loop leave in the store and hand to the next step, field by field.

``documents.json`` is the contract: a change of it is a change for whoever reads the store. It is written anew
by ``SPEECHOPS_WRITE=documents python -m pytest tests/operations/test_documents_of_the_loop.py``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.operations.project import HELPFUL, TESTS, USELESS, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPECTED = Path(__file__).parent / "documents.json"
ENTITY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
KEY = re.compile(r"(?<=-[0-9a-f]{7}-)[0-9a-f]{8}\b")
LOOP: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    ("test-data", TESTS, ()),
    ("compare", TESTS[:6], ()),
    ("train-data", TESTS[:6], ()),
    ("deploy", TESTS[:6], ()),
    ("train-data", HELPFUL, ()),
    ("deploy", HELPFUL, ()),
    ("train-data", USELESS, ()),
    ("freeze", HELPFUL, ("--reason", "an audit")),
    ("rollback", HELPFUL, ()),
    ("unfreeze", HELPFUL, ()),
    ("maintain", HELPFUL, ("--delete", "at-once", "--keep-models", "0")),
)


def looped(project: Project) -> str:
    """Run the loop, each run of its own commit; return outputs and documents, entities by number."""
    project.settings = "    gate: any-improvement\n"
    outputs = []
    for number, (operation, training, more) in enumerate(LOOP, 1):
        project.commit = f"{number:x}" * 40
        project.write_training(list(training))
        answer = project.run(operation, *more, environment={"GITHUB_RUN_ID": str(number)})
        handed = {name: value for name, value in answer.outputs.items() if name not in {"report", "outcomes"}}
        outputs.append({"operation": operation, "code": answer.code, **handed})
    store = project.folder / ".speechops/store"
    paths = sorted(path for path in store.rglob("*.json") if "summaries" not in path.parts)
    documents = {
        path.relative_to(store).as_posix(): shortened(json.loads(path.read_bytes())) for path in paths
    }
    text = json.dumps({"outputs": outputs, "documents": documents}, indent=1, ensure_ascii=False)
    return numbered(text.replace(f"{project.folder}/", "")) + "\n"


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """Leave one of what there are many, and nothing that depends on the ids of entities."""
    document.pop("key", None)
    for many in document.keys() & {"utterances", "sentences", "words"}:
        rest = dict if isinstance(document[many], dict) else list
        items = document[many].items() if rest is dict else document[many]
        document[many] = rest(list(items)[:1])
    return document


def numbered(text: str) -> str:
    """Replace what differs in each run, ids of entities and the ends of names, by numbers."""
    for pattern, name in ((ENTITY, "entity"), (KEY, "key")):
        numbers = {
            found: f"{name} {number}" for number, found in enumerate(dict.fromkeys(pattern.findall(text)))
        }
        text = pattern.sub(lambda found, numbers=numbers: numbers[found[0]], text)  # type: ignore[misc]
    return text


def test_loop__leaves_these_documents(project: Project) -> None:
    found = looped(project)
    if os.environ.get("SPEECHOPS_WRITE") == "documents":
        EXPECTED.write_text(found, encoding="utf-8")
    assert found == EXPECTED.read_text(encoding="utf-8")
