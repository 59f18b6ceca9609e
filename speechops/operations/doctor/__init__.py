"""``doctor``: finds what is missing before anything costs money; read-only."""

from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.operations.doctor.examination import run
from speechops.operations.doctor.project_setup import ProjectSetup

__all__ = ["Diagnosis", "ProjectSetup", "State", "run"]
