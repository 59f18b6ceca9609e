"""``doctor``: finds what is missing before anything costs money; read-only."""
