"""The embedded speech service: the same REST API with a real recogniser behind it."""
