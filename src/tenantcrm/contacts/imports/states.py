"""Where an import stands.

::

    uploading ─► mapping ─► checking ─► checked ─► importing ─► finished
        │           │           │           │           │
        └───────────┴───────────┴───────────┴───────────┴─► failed, cancelled

An import that is made over the API knows its columns by their names: it goes from ``uploading`` to
``importing`` (or, as a dry run, over ``checking`` to ``finished``) by itself.
"""

from enum import StrEnum
from typing import Final


class ImportState(StrEnum):
    """``mapping`` and ``checked`` wait for a person; ``checking``, ``importing`` for a worker."""

    UPLOADING = "uploading"
    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


WORKED: Final = (ImportState.CHECKING, ImportState.IMPORTING)
"""A worker is at it, or will be."""
ENDED: Final = (ImportState.FINISHED, ImportState.FAILED, ImportState.CANCELLED)
"""Nothing more happens; the file is gone, its refused rows are kept for a while."""
