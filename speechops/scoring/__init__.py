"""Normalise, align, count, compare, decide: pure functions over frozen values."""
