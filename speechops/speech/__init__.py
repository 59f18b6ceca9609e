"""The Speech-to-text REST API: entities, one method per endpoint, versions, waiting, authentication."""
