"""What changed, and which work is owed for it."""
