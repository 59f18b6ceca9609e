"""What time does to a resource: expiry, retention, the maintenance issue."""
