"""Runs that die and runs that race, in real processes against the embedded service.

``stage``
    The world: speech service with the stub engine, GitHub, in a process of their own, with snapshots.
``nursery``
    A process with everything imported that forks a fresh child for each run; ``run`` is what the child does.
``harness``
    What tests and ``python -m tests.reliability`` use: begin, kill, run again, compare, check what must hold.
"""
