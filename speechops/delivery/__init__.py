"""From an approved candidate to an endpoint and a release."""
