"""Imports of contacts: a file is kept, read in rows, and upserted in batches by a worker.

* ``encodings``, ``dialects``, ``columns``: what a file is, and what its columns mean; pure.
* ``reading``, ``rows``, ``ndjson``, ``batches``: from bytes to batches of checked rows.
* ``repository.staging``: the statements that judge and upsert a batch as a set.
* ``service``: what people and keys do with an import; ``running``, ``importer``: what a worker
  does.
"""
