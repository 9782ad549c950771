"""The last look at a mail before SES is asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from tenantcrm import clock
from tenantcrm.campaigns.calendar import Cap
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.delivery import packing
from tenantcrm.delivery.composing import Fault
from tenantcrm.delivery.gatekeeping import cap_of, gatekeep, needs_history
from tenantcrm.delivery.ports import Mail
from tenantcrm.delivery.repository import domains, hours, ledger, siblings
from tenantcrm.delivery.rules import Objection, judge
from tenantcrm.delivery.schemas import Claimed, Facts, Settlement
from tenantcrm.delivery.states import Kind, State
from tenantcrm.delivery.steps.bench import SEND_LEASE, Bench, Ready
from tenantcrm.delivery.steps.finish import wake_for
from tenantcrm.tenants.service import tenants

log = structlog.get_logger()

CAMPAIGNS = (Kind.DAY_ZERO, Kind.DRIP)


async def preflight(
    bench: Bench,
    tenant_id: UUID,
    kind: str,
    claimed: Sequence[Claimed],
    *,
    room: int | None = None,
) -> list[list[Ready]]:
    """Check once more whether each mail may leave, make it, and mark it as being sent.

    What is given was committed as ``sending``, which is what makes a second request impossible; it
    comes by request. With ``room`` for so many requests, what these cannot carry goes back.
    The mails are locked while this looks: whoever unsubscribes at this instant either is seen
    here, or finds the mail handed over.
    """
    now = clock.now()
    async with bench.database.unit_of_work(tenant_id) as session:
        tenant = await tenants.facts(session)
        cap = cap_of(tenant)
        if kind in CAMPAIGNS:
            await siblings.lock_contacts(
                session,
                [mail.id for mail in claimed],
                kinds=CAMPAIGNS if cap is not None else (Kind.DRIP,),
            )
        facts = await ledger.facts(session, claimed, worker=bench.worker)
        refused = await domains.refused(session)
        objections = {
            mail.id: judge(
                mail,
                suspended=tenant.suspended,
                default_sender=tenant.sender_email,
                now=now,
                refused=refused,
                paused=tenant.paused,
            )
            for mail in facts
        }
        objections |= await _gated(
            session, [mail for mail in facts if objections[mail.id] is None], cap, now
        )
        sendable = [mail for mail in facts if objections[mail.id] is None]
        made = await bench.composer.compose(session, tenant, sendable)
        ready = [
            Ready(id=mail.id, fence=mail.fence, attempt=mail.attempts + 1, mail=found)
            for mail in sendable
            if isinstance(found := made[mail.id], Mail)
        ]
        parcels = packing.pack(ready, bench.sender.bulk)
        staying: list[Ready] = []
        if room is not None:
            parcels, staying = packing.within(parcels, room)
            ready = [one for parcel in parcels for one in parcel]
        await ledger.begin(
            session, [mail.id for mail in ready], now=now, lease=clock.real_now() + SEND_LEASE
        )
        if ready:
            await hours.add(session, kind, now, asked=len(ready))
        turned = [
            _turned(mail, objection)
            for mail in facts
            if (objection := objections[mail.id]) is not None
        ]
        broken = [
            Settlement(id=m.id, fence=m.fence, state=State.FAILED, **fault._asdict())
            for m in sendable
            if isinstance(fault := made[m.id], Fault)
        ]
        back = [Settlement(id=m.id, fence=m.fence, state=State.PENDING) for m in staying]
        await _turn_away(session, kind, turned + broken + back)
        paused = {m.campaign_id for m in facts if (o := objections[m.id]) is not None and o.held}
        if paused:
            await ledger.hold(session, kind, [key for key in paused if key is not None])
    await _heal(bench, tenant_id, facts, objections)
    return parcels


async def _gated(
    session: TenantSession, mails: Sequence[Facts], cap: Cap | None, now: datetime
) -> dict[UUID, Objection]:
    """What the calendar has against mails that nothing else stands against."""
    others = await siblings.of_contacts(session, needs_history(mails, cap))
    return gatekeep(mails, others, cap=cap, now=now)


def _turned(mail: Facts, objection: Objection) -> Settlement:
    wait = timedelta(seconds=objection.wait)
    return Settlement(
        id=mail.id,
        fence=mail.fence,
        state=objection.state,
        reason=objection.reason,
        detail=objection.detail,
        held=objection.held,
        retry_at=clock.real_now() + wait if wait else None,
        due_at=objection.due_at,
        late_at=objection.late_at,
    )


async def _turn_away(session: TenantSession, kind: str, settlements: Sequence[Settlement]) -> None:
    if not settlements:
        return
    moved = await ledger.settle(session, settlements, old=[State.CLAIMED], now=clock.now())
    log.info("send.turned_away", kind=kind, count=len(moved))
    await wake_for(session, moved)


async def _heal(
    bench: Bench,
    tenant_id: UUID,
    facts: Sequence[Facts],
    objections: dict[UUID, Objection | None],
) -> None:
    """Let contacts that were upserted while their address was suppressed say so, too."""
    for mail in facts:
        objection = objections[mail.id]
        if objection is None or objection.reason != "suppressed" or mail.contact_id is None:
            continue
        async with bench.database.unit_of_work(tenant_id) as session:
            contact = await contacts.lock(session, mail.contact_id)
            if contact is not None:
                await contacts.mark_suppressed(session, contact, objection.detail)
