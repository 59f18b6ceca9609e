"""The data that a team keeps in git: read, checked against the service's rules, packed, fingerprinted."""
