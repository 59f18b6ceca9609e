"""A GitHub server for tests: stateful, on the loopback, judged by GitHub's own description of its API."""
