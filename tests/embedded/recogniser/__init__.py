"""The recogniser of the embedded service."""
