"""``GET /v1/deliveries/{id}``: one mail, and why it stands where it stands."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from tenantcrm import ids
from tenantcrm.delivery.service import get_delivery
from tenantcrm.web.api.call import Call
from tenantcrm.web.api.campaign_views import DeliveryShown
from tenantcrm.web.api.operations import operation


@get(
    "/deliveries/{delivery_id:str}",
    tags=("Deliveries",),
    **operation(
        "Get a delivery",
        text="A mail of a campaign, or a test mail: its state, and why.",
        scope="campaigns:read",
        gives={200: DeliveryShown},
        refuses=("not_found",),
    ),
)
async def delivery(call: Call, delivery_id: FromPath[str]) -> Response[Any]:
    """One entry of the ledger."""
    call.parameters()
    found = await get_delivery(call.session, ids.read_id(ids.DELIVERY, delivery_id))
    return await call.answer(DeliveryShown.of(found))
