"""What is remembered between runs: benchmark pointer, test results, run records, releases."""
