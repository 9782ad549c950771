"""What people and keys do with imports, and how one moves on. Nothing here commits."""

from tenantcrm.contacts.imports.service.course import COUNTS, end, layout_of, wait_for_person
from tenantcrm.contacts.imports.service.deciding import cancel, map_columns, start
from tenantcrm.contacts.imports.service.reading import (
    attribute_names,
    first_faults,
    get,
    how_many_open,
    latest,
    progress,
    samples,
)
from tenantcrm.contacts.imports.service.taking_in import (
    OPEN_MOST,
    PIECE,
    SIZE_MOST,
    abandon,
    begin,
    complete,
    keep_piece,
)

__all__ = [
    "COUNTS",
    "OPEN_MOST",
    "PIECE",
    "SIZE_MOST",
    "abandon",
    "attribute_names",
    "begin",
    "cancel",
    "complete",
    "end",
    "first_faults",
    "get",
    "how_many_open",
    "keep_piece",
    "latest",
    "layout_of",
    "map_columns",
    "progress",
    "samples",
    "start",
    "wait_for_person",
]
