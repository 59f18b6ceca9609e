"""Files that are written into a repository: all of them or none, and never over one that exists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.errors import UsageError, reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Files:
    """The text of each file, by its path in ``folder``."""

    folder: Path
    contents: Mapping[Path, str]

    def check(self, *, replaced: Collection[Path] = ()) -> None:
        """Raise :class:`UsageError` if a file exists already, other than those ``replaced``, or is a link."""
        self.refuse_links(*replaced)
        taken = [
            str(path) for path in self.contents if (self.folder / path).exists() and path not in replaced
        ]
        if taken:
            raise UsageError(
                f"{', '.join(taken)} already exists: nothing was changed.", hint="Rename or remove it first."
            )

    def refuse_links(self, *more: Path) -> None:
        """Raise :class:`UsageError` if one of the files, or of ``more``, is a link or behind one."""
        parts = {part for path in (*self.contents, *more) for part in (path, *path.parents)}
        for path in sorted(parts):
            if (self.folder / path).is_symlink():
                raise UsageError(f"{path} is a symbolic link: nothing was changed.", hint="Remove it first.")

    def write(self) -> None:
        """Write the files. Raises :class:`UsageError` if the folder cannot be written."""
        for path, text in self.contents.items():
            target = self.folder / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="\n")
            except OSError as error:
                raise UsageError(f"{target} cannot be written: {reason(error)}.") from error


def check_action(action: str) -> None:
    """Raise :class:`UsageError` if ``action`` is not of the form ``owner/name@version``."""
    repository, _, version = action.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[\w./-]+", version):
        raise UsageError(f"Invalid value {action!r} for action: expected the form OWNER/speechops@v1.")
