"""A pytest plugin that puts the fault named by ``SPEECHOPS_MUTATION`` into its module as that is imported."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import TYPE_CHECKING

from tests.mutations.faults import FAULTS, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

VARIABLE = "SPEECHOPS_MUTATION"


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, fault: Fault) -> None:
        super().__init__(name, path)
        self._fault = fault

    def get_code(self, fullname: str) -> CodeType:
        """Compile the faulty source, past the cache of compiled modules."""
        path = self.get_filename(fullname)
        return compile(self._fault.put_into(self.get_data(path).decode()), path, "exec")


class _Finder:
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module that gets the fault, and no other."""
        if name != self._fault.module:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin:
            spec.loader = _Loader(name, spec.origin, self._fault)
        return spec


def install(name: str) -> None:
    """Put a fault into the modules that are imported from now on."""
    fault = next(fault for fault in FAULTS if fault.name == name)
    if fault.module in sys.modules:
        raise RuntimeError(f"{fault.module} is imported already")
    sys.meta_path.insert(0, _Finder(fault))


if os.environ.get(VARIABLE):
    install(os.environ[VARIABLE])
