"""Pages of lists: the parameters that every list takes, and its answer."""

from typing import Generic, TypeVar

from msgspec import Struct

from tenantcrm.web.api.call import LARGEST_LIMIT, USUAL_LIMIT
from tenantcrm.web.api.operations import Parameter

T = TypeVar("T")

LIMIT = Parameter(
    "limit",
    "How many rows at most.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": USUAL_LIMIT},
)
AFTER = Parameter("after", "The `next` of the page before; leave it out for the first page.")


class PageView(Struct, Generic[T], frozen=True):
    """A page of a list. ``next`` is the cursor behind it, null where the list ends."""

    data: list[T]
    next: str | None
