"""The reusable workflows, judged by GitHub's own parser and expression engine (``make .venv/.workflows``)."""
