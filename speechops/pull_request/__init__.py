"""What a pull request is shown: its check, its comment, the report of a fork."""
