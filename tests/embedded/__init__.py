"""The embedded speech service, through its HTTP face."""
