"""One comparable result: its entities, its recognitions, its judgement, candidates and benchmarks."""
