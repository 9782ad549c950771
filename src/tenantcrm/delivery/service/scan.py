"""Scan campaigns, and enter in the ledger what is due: both in one unit of work a campaign."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from tenantcrm import clock, jobs
from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.campaigns.repository import schedule
from tenantcrm.database import Database, TenantSession
from tenantcrm.delivery.repository import entries, lanes
from tenantcrm.tenants.service import tenants

log = structlog.get_logger()

ROUNDS = 100
"""Scans of one call: a campaign that was paused for years takes a month at a time."""


async def hand_over(
    session: TenantSession, hand_overs: Sequence[HandOver], *, now: datetime | None = None
) -> int:
    """Enter due messages in the ledger, each contact's once; gives how many mails are new.

    In their order: what one enters a later one may take back.
    """
    now = now or clock.now()
    entered, due = 0, dict[str, datetime]()
    for item in hand_overs:
        if item.takes_back:
            await entries.take_back(session, item)
            continue
        count = await entries.hand_over(session, item, now=now)
        entered += count
        if count and item.skip is None and (item.late_at is None or now <= item.late_at):
            due[item.kind] = min(item.due_at, due.get(item.kind, item.due_at))
    if due:
        await lanes.wake(session, due)
        jobs.wake(session, "send")
    return entered


async def scan_tenant(database: Database, tenant_id: UUID) -> int:
    """Scan what is due of a tenant's campaigns; gives how many mails have become due.

    Safe to run twice and at the same time.

    Raises:
        ExceptionGroup: campaigns that failed; they did not hold up the others.
    """
    total, faults = 0, list[Exception]()
    for _ in range(ROUNDS):
        due = await _due(database, tenant_id)
        faults, counts = [], list[int]()
        for campaign_id in due:
            try:
                count = await _scan(database, tenant_id, campaign_id)
            except Exception as fault:  # noqa: BLE001 - raised below, when the others are done
                fault.add_note(f"campaign {campaign_id.hex}")
                faults.append(fault)
            else:
                counts += [] if count is None else [count]
        total += sum(counts)
        if not counts:
            break  # Nothing is due, or somebody else is at it.
    if faults:
        raise ExceptionGroup("campaigns could not be scanned", faults)
    return total


async def _due(database: Database, tenant_id: UUID) -> list[UUID]:
    async with database.unit_of_work(tenant_id) as session:
        if (await tenants.facts(session)).suspended:
            return []
        if await lanes.note_resumed(session):
            jobs.wake(session, "send")
        await campaigns.start_waiting(session)
        due = await campaigns.due(session)
        if not due:
            # The schedule may have said that something was: it is told what is so now.
            await schedule.refresh(session)
        return due


async def _scan(database: Database, tenant_id: UUID, campaign_id: UUID) -> int | None:
    """How many mails have become due; None when another scan has the campaign."""
    async with database.unit_of_work(tenant_id) as session:
        result = await campaigns.scan(session, campaign_id)
        if result is None:
            return None
        await entries.let_go(session, result.ahead)
        entered = await hand_over(session, result.hand_overs)
    if result.enrolled or entered:
        log.info(
            "scan.done",
            tenant_id=tenant_id.hex,
            campaign_id=campaign_id.hex,
            enrolled=result.enrolled,
            due=entered,
        )
    return entered


async def contacts_changed(database: Database, tenant_id: UUID) -> int:
    """Contacts have come or changed: scan the campaigns that mail at once."""
    async with database.unit_of_work(tenant_id) as session:
        await campaigns.contacts_changed(session)
    return await scan_tenant(database, tenant_id)
