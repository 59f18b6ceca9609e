"""The GitHub platform: workflow commands and files, events and changes, API, comments, checks, releases."""
