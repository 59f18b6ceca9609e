"""The table of faults fits the code; that each is caught is for ``make mutations``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutations.faults import FAULTS, ROOT, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault__can_be_put_in_and_has_tests(fault: Fault) -> None:
    faulty = fault.put_into(fault.path.read_text(encoding="utf-8"))
    compile(faulty, fault.path.name, "exec")
    named = [word for word in fault.tests.split() if word.startswith("tests/")]
    assert named
    assert all((ROOT / Path(name)).exists() for name in named)


def test_faults__have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
