"""How often the verdict is wrong, and how often it finds what is there: ``python -m bench.calibration``."""
