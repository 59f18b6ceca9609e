"""Maintenance of a resource over time: expiry, retention, the maintenance issue."""
