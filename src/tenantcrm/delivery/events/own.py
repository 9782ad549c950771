"""What our own pixel and links saw: the same inbox and the same rules as SES's events."""

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.events.application import settle
from tenantcrm.delivery.events.machines import is_machine
from tenantcrm.delivery.events.notices import SUMMARY, Notice
from tenantcrm.delivery.events.scrubbing import scrub
from tenantcrm.delivery.repository import inbox, outcomes


async def note_seen(
    session: TenantSession,
    delivery_id: UUID,
    kind: Literal["open", "click"],
    *,
    user_agent: str | None,
    link: str = "",
    machine: bool | None = None,
    at: datetime | None = None,
) -> bool:
    """Keep and apply an open or a click of a mail; whether it told anything new.

    The same again within the hour is one: a picture that is fetched without end fills nothing.

    Args:
        session: of the tenant.
        delivery_id: the mail; one that is not there is False.
        kind: what was done.
        user_agent: what whoever did it calls itself.
        link: of a click, where it leads; kept without its query.
        machine: whether a machine did it; None: the user agent tells (:mod:`machines`).
        at: business time; now, when it is left out.
    """
    now = clock.now()
    at = at or now
    before = await outcomes.lock(session, [delivery_id])
    if not before:
        return False
    machine = is_machine(user_agent) if machine is None else machine
    told = {"timestamp": at.isoformat(), "userAgent": user_agent, "link": link}
    kept = scrub({"eventType": kind.capitalize(), kind: told})
    where = hashlib.sha256(link.encode("utf-8", "replace")).hexdigest()[:16]
    notice = Notice(
        notice_id=f"own:{delivery_id.hex}:{kind}:{where}:{machine:d}:{at:%Y%m%d%H}",
        tenant_id=session.tenant_id,
        delivery_id=delivery_id,
        kind=kind,
        at=at,
        machine=machine,
        detail={**kept, SUMMARY: {}, "own": True},
    )
    new = await inbox.keep(session, [notice], received_at=now)
    if new:
        await settle(session, [notice], before, {}, now=now)
    return bool(new)
