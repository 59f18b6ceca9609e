"""The test kit of the embedded service: what no client has, its date, pace, failures, contents, traffic."""
