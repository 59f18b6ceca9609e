"""CI/CD for custom speech models: test, train, compare, decide, deploy."""

__version__ = "0.1.0"
