"""``/v1/filters``: what a filter means, before it is used."""

from typing import Any

from litestar import Response, post
from msgspec import Struct

from tenantcrm.contacts import service
from tenantcrm.web.api.call import Call
from tenantcrm.web.api.operations import operation
from tenantcrm.web.api.views import ContactView


class FilterInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A filter to look at; an empty one is every contact."""

    filter: str


class AudienceView(Struct, frozen=True, kw_only=True):
    """Whom a filter reaches: how many can be mailed, how many cannot by reason, a few of them."""

    eligible: int
    excluded: dict[str, int]
    sample: list[ContactView]


@post(
    "/filters/check",
    tags=("Filters",),
    **operation(
        "Check a filter",
        text="Reads the filter and counts whom it reaches. A fault names its position.",
        scope="contacts:read",
        takes=FilterInput,
        gives={200: AudienceView},
        example={"filter": 'language = "en" AND plan = "pro"'},
    ),
)
async def check_filter(call: Call) -> Response[Any]:
    """Read a filter, and count."""
    given = call.read(FilterInput)
    found = await service.audience(call.session, given.filter, mode=call.mode)
    view = AudienceView(
        eligible=found.eligible,
        excluded=found.excluded,
        sample=[ContactView.of(row) for row in found.sample],
    )
    return await call.answer(view, people=[row.id for row in found.sample])
