"""``doctor``: finds what is missing before anything costs money; reads, and changes nothing."""

from speechops.operations.doctor.examination import run
from speechops.operations.doctor.patient import Diagnosis, Patient, State

__all__ = ["Diagnosis", "Patient", "State", "run"]
