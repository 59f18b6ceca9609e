"""The whole loop on a real Speech resource. Skipped unless ``SPEECHOPS_LIVE_ENDPOINT`` names one.

- ``SPEECHOPS_LIVE_ENDPOINT``: ``https://NAME.cognitiveservices.azure.com``;
- ``SPEECHOPS_LIVE_KEY``: its key; without it this machine's Azure sign-in is used (``az login``);
- ``SPEECHOPS_LIVE_STORAGE``: a storage account to remember in; without it a folder;
- ``SPEECHOPS_LIVE_TIER``: ``F0`` or ``S0``, the default;
- ``SPEECHOPS_LIVE_API_VERSION``: the default is 2025-10-15;
- ``SPEECHOPS_LIVE_COST``: ``accepted``; without it the suite says what it would use, and does nothing.

``python -m pytest tests/live -s`` runs it. All that it makes carries a model name of its own and is deleted
in the end, whatever happens; the name is shown first, so that what a killed run left can be found. Documents
in a storage account stay, under that name.
"""
