"""CI/CD for custom speech models: test, train, compare, decide, deploy."""

__version__ = "1.0.0"
