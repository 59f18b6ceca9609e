"""What changed, and which work that requires."""
