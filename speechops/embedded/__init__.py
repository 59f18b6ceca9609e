"""The embedded speech service: the same REST API with a real recognizer behind it."""
