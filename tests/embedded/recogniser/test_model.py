from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import model

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTION = model.Description(30, (model.Entry("3cpo", "3CPO", ("TH R IY", "TH")),))


def test_read__gives_what_was_written(tmp_path: Path) -> None:
    model.write(tmp_path, DESCRIPTION)
    assert model.read(tmp_path) == DESCRIPTION
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


def test_stamp__tells_a_model_from_an_earlier_one(tmp_path: Path) -> None:
    model.write(tmp_path, DESCRIPTION)
    stamp = model.stamp(tmp_path)
    assert model.stamp(tmp_path) == stamp
    model.write(tmp_path, DESCRIPTION)
    assert model.stamp(tmp_path) != stamp


def test_stamp__no_complete_model(tmp_path: Path) -> None:
    (tmp_path / "model.json.part").touch()
    with pytest.raises(EngineError, match="holds no complete model"):
        model.stamp(tmp_path)
