"""What is remembered between runs: benchmark pointer, test results, run records, releases.

:class:`~speechops.registry.blob.BlobStore` is not imported here: its module loads the Azure libraries.
"""

from speechops.registry.folder import FolderStore
from speechops.registry.store import MAX_DOCUMENT, Blob, Conflict, Store

__all__ = ["MAX_DOCUMENT", "Blob", "Conflict", "FolderStore", "Store"]
