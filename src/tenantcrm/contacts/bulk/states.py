"""What a bulk action does, and where it stands."""

from enum import StrEnum


class What(StrEnum):
    """What is done to each contact."""

    SET, CLEAR = "set", "clear"
    UNSUBSCRIBE, ERASE = "unsubscribe", "erase"


class BulkState(StrEnum):
    """Where a bulk action stands; only ``running`` ones are worked at."""

    RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"


ON_ATTRIBUTES = frozenset({What.SET, What.CLEAR})
