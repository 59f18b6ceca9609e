"""Attacks, through the command or the browser; files are named as what an attacker tries.

Those through the container need an engine: ``tests/e2e/test_attacks.py``. Elsewhere are: who may promote
and deploy (``tests/operations/test_evidence.py``, ``test_publication.py``), which host gets which credential
(``tests/operations/test_secrets.py``), which job may run for whom (``tests/workflows``).
"""
