"""A report value and its renderers."""
