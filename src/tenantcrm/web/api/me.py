"""``GET /v1/me``: what a key is, and what it may."""

from typing import Any

from litestar import Response, get
from msgspec import Struct

from tenantcrm import ids
from tenantcrm.contacts.rules import ATTRIBUTES_MOST
from tenantcrm.delivery.service import left_today
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.web.api.call import LARGEST_BODY, LARGEST_LIMIT, Call
from tenantcrm.web.api.limits import BURST, RATE
from tenantcrm.web.api.operations import operation


class TenantView(Struct, frozen=True):
    """The business whose key it is."""

    id: str
    name: str
    timezone: str


class KeyView(Struct, frozen=True):
    """The key that was sent."""

    id: str
    name: str


class CapView(Struct, frozen=True):
    """At most so many mails of campaigns to one contact, in so many days in a row."""

    mails: int
    days: int


class LimitsView(Struct, frozen=True, kw_only=True):
    """How much the tenant may."""

    requests_per_second: int
    requests_burst: int
    page_size: int
    attributes_per_contact: int
    body_bytes: int
    mails_per_second: float
    mails_per_day: int | None
    """Of campaigns, in any 24 hours; null: no cap of the tenant's own."""
    mails_left_today: int | None
    """Of that cap, now."""
    frequency_cap: CapView | None


class MeView(Struct, frozen=True, kw_only=True):
    """Who calls. Contacts of the mode ``test`` are never mailed."""

    tenant: TenantView
    key: KeyView
    mode: str
    scopes: list[str]
    limits: LimitsView


@get("/me", tags=("Account",), **operation("Who calls", scope=None, gives={200: MeView}))
async def me(call: Call) -> Response[Any]:
    """The tenant, and the key's scopes, mode and limits."""
    tenant, key = call.tenant, call.key
    allowed = await left_today(call.session, tenant)
    view = MeView(
        tenant=TenantView(ids.show_id(ids.TENANT, tenant.id), tenant.name, tenant.timezone),
        key=KeyView(ids.show_id(ids.KEY, key.key_id), key.name),
        mode=key.mode,
        scopes=[scope for scope in SCOPES if scope in key.scopes],
        limits=LimitsView(
            requests_per_second=RATE,
            requests_burst=BURST,
            page_size=LARGEST_LIMIT,
            attributes_per_contact=ATTRIBUTES_MOST,
            body_bytes=LARGEST_BODY,
            mails_per_second=tenant.send_rate,
            mails_per_day=allowed[0] if allowed else None,
            mails_left_today=allowed[1] if allowed else None,
            frequency_cap=(
                CapView(tenant.cap_mails, tenant.cap_days)
                if tenant.cap_mails and tenant.cap_days
                else None
            ),
        ),
    )
    return await call.answer(view)
