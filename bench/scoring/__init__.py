"""How fast and how lean scoring is, beside the tools one would use instead: ``python -m bench.scoring``."""
