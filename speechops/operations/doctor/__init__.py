"""``doctor``: finds what is missing before anything costs money; read-only."""

from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.operations.doctor.examination import run

__all__ = ["Diagnosis", "State", "run"]
