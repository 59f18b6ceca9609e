"""The GitHub platform: workflow commands, files, API."""
