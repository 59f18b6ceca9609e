"""One comparable result: its entities, its recognitions, its verdict, candidates and benchmarks."""
