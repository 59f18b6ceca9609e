"""A standing mutation run: faults put into the rules that guard money and models must each fail a test.

``python -m tests.mutations`` runs all, ``python -m tests.mutations NAME ...`` some, ``python -m
tests.mutations --changed COMMIT`` those in modules that have changed since a commit. A new rule of that kind
gets its fault in :mod:`tests.mutations.faults`.
"""
