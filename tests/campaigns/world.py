"""A tenant's small world for the tests of campaigns: contacts, campaigns, and a scan on demand."""

import secrets
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from tenantcrm import ids
from tenantcrm.campaigns import schedule
from tenantcrm.campaigns.models import Campaign, CampaignState, Enrollment, Message, ScanSchedule
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service import change
from tenantcrm.campaigns.service.scan import ScanResult, scan
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.contacts.models import Contact, Suppression
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.repository import entries
from tenantcrm.delivery.service import hand_over
from tests.campaigns.senders import VerifiedSenders


def at(text: str) -> datetime:
    """A moment in UTC, from ``2026-03-01 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MORNING = at("2026-03-02 08:00")


class World:
    """What a test does with one tenant's data."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database = database
        self.tenant_id = tenant_id

    async def contact(self, created_at: datetime = MORNING, **values: Any) -> UUID:
        attributes = values.pop("attributes", {})
        email = values.pop("email", f"{secrets.token_hex(6)}@example.com")
        contact = Contact(
            tenant_id=self.tenant_id,
            id=ids.new_id(),
            mode=values.pop("mode", "live"),
            email=email,
            email_key=email.lower(),
            email_hash=secrets.token_bytes(32),
            attributes=attributes,
            folded={k: v.casefold() if isinstance(v, str) else v for k, v in attributes.items()},
            created_at=created_at,
            updated_at=created_at,
            **values,
        )
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add(contact)
        return contact.id

    async def change(self, contact_id: UUID, **values: Any) -> None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            await session.execute(
                update(Contact)
                .where(Contact.tenant_id == self.tenant_id, Contact.id == contact_id)
                .values(**values)
            )

    async def suppress(self, contact_id: UUID) -> None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            row = await session.get_one(Contact, (self.tenant_id, contact_id))
            session.add(
                Suppression(
                    tenant_id=self.tenant_id, mode="live", email_hash=row.email_hash, reason="test"
                )
            )

    async def campaign(
        self, *days: int, now: datetime = MORNING, active: bool = True, **values: Any
    ) -> UUID:
        values = {
            "name": "Welcome",
            "contact_filter": "",
            "preferred_send_time": time(10),
            "timezone": "UTC",
            "day_zero": "scheduled",
            "late_limit_hours": 12,
            "late_action": "skip",
            "zone_mode": "campaign",
            "skip_weekdays": [],
            "skip_dates": [],
        } | values
        campaign = Campaign(tenant_id=self.tenant_id, id=ids.new_id(), **values)
        if active:
            timetable = timetable_of(campaign)
            campaign.state = CampaignState.ACTIVE
            campaign.scanned_at = now
            campaign.next_scan_at = (
                now if timetable.immediate else schedule.next_scan(timetable, now, now, 1.0)
            )
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add(campaign)
            await session.flush()
            session.add_all(self.message(campaign.id, day) for day in days)
        return campaign.id

    def message(self, campaign_id: UUID, day: int) -> Message:
        return Message(
            tenant_id=self.tenant_id,
            id=ids.new_id(),
            campaign_id=campaign_id,
            subject=f"Day {day}",
            send_day=day,
            html_template="<p>Hello</p>",
        )

    async def scan(self, campaign_id: UUID, now: datetime) -> ScanResult | None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            return await scan(session, campaign_id, now=now)

    async def work(self, campaign_id: UUID, now: datetime) -> ScanResult | None:
        """A scan with its entries in the ledger, as the worker does it."""
        async with self.database.unit_of_work(self.tenant_id) as session:
            result = await scan(session, campaign_id, now=now)
            if result is not None:
                await entries.let_go(session, result.ahead)
                await hand_over(session, result.hand_overs, now=now)
            return result

    async def ledger(self, contact_id: UUID | None = None) -> list[Delivery]:
        """The tenant's mails, or a contact's, by the time at which they are due."""
        async with self.database.unit_of_work(self.tenant_id) as session:
            query = select(Delivery).where(Delivery.tenant_id == self.tenant_id)
            if contact_id is not None:
                query = query.where(Delivery.contact_id == contact_id)
            return list((await session.execute(query.order_by(Delivery.due_at))).scalars())

    async def edit(self, campaign_id: UUID, *, now: datetime, **changes: Any) -> None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            await change(
                session,
                campaign_id,
                CampaignChanges(**changes),
                senders=VerifiedSenders(),
                actor="test",
                now=now,
            )

    async def row(self, campaign_id: UUID) -> Campaign:
        async with self.database.unit_of_work(self.tenant_id) as session:
            return await session.get_one(Campaign, (self.tenant_id, campaign_id))

    async def enrolled(self, campaign_id: UUID) -> dict[UUID | None, Enrollment]:
        async with self.database.unit_of_work(self.tenant_id) as session:
            query = select(Enrollment).where(
                Enrollment.tenant_id == self.tenant_id, Enrollment.campaign_id == campaign_id
            )
            return {e.contact_id: e for e in (await session.execute(query)).scalars()}

    async def scan_at(self) -> datetime | None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            query = select(ScanSchedule.scan_at).where(ScanSchedule.tenant_id == self.tenant_id)
            return (await session.execute(query)).scalar_one()
