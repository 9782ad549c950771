"""A tenant's small world for the tests of delivery: contacts, a campaign, mails that are due."""

import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from tenantcrm import clock, ids
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.campaigns.models import Campaign, CampaignState, Enrollment, Message
from tenantcrm.contacts.models import Contact, Suppression
from tenantcrm.database import Database
from tenantcrm.delivery import service
from tenantcrm.delivery.models import Delivery, Lane
from tenantcrm.delivery.states import Kind
from tenantcrm.tenants.models import Tenant


def at(text: str) -> datetime:
    """A moment in UTC, from ``2026-03-01 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class World:
    """What a test does with one tenant's data."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database = database
        self.tenant_id = tenant_id

    async def contact(self, **values: Any) -> UUID:
        """A subscribed contact with an address of its own."""
        email = values.pop("email", f"{secrets.token_hex(6)}@example.com")
        values = {
            "mode": "live",
            "email_hash": secrets.token_bytes(32),
            "attributes": {},
            "folded": {},
        } | values
        contact = Contact(
            tenant_id=self.tenant_id, id=ids.new_id(), email=email, email_key=email, **values
        )
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add(contact)
        return contact.id

    async def campaign(self, *days: int, **values: Any) -> UUID:
        """An active campaign with a message on each of the days."""
        now = clock.now()
        html = values.pop("html", "<p>Hello {{ contact.name | default: 'you' }}</p>")
        values = {
            "name": "Welcome",
            "contact_filter": "",
            "preferred_send_time": time(10),
            "timezone": "UTC",
            "state": CampaignState.ACTIVE,
            "next_scan_at": now + timedelta(days=1),
            "scanned_at": now,
        } | values
        campaign = Campaign(tenant_id=self.tenant_id, id=ids.new_id(), **values)
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add(campaign)
            await session.flush()
            session.add_all(
                Message(
                    tenant_id=self.tenant_id,
                    id=ids.new_id(),
                    campaign_id=campaign.id,
                    subject=f"Day {day}",
                    send_day=day,
                    html_template=html,
                )
                for day in days
            )
        return campaign.id

    async def messages(self, campaign_id: UUID) -> list[Message]:
        async with self.database.unit_of_work(self.tenant_id) as session:
            query = (
                select(Message)
                .where(Message.tenant_id == self.tenant_id, Message.campaign_id == campaign_id)
                .order_by(Message.send_day)
            )
            return list((await session.execute(query)).scalars())

    async def enrol(self, campaign_id: UUID, *contacts: UUID) -> None:
        """Put contacts in a campaign, today."""
        now = clock.now()
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add_all(
                Enrollment(
                    tenant_id=self.tenant_id,
                    id=ids.new_id(),
                    campaign_id=campaign_id,
                    contact_id=contact,
                    enrolled_on=now.date(),
                    enrolled_at=now,
                )
                for contact in contacts
            )

    async def due(
        self,
        *contacts: UUID,
        campaign_id: UUID | None = None,
        late: timedelta = timedelta(hours=12),
        kind: str = Kind.DAY_ZERO,
        since: timedelta = timedelta(0),
    ) -> UUID:
        """Mails to contacts in a campaign, in the ledger and due; gives the campaign."""
        campaign_id = campaign_id or await self.campaign(0)
        message = (await self.messages(campaign_id))[0]
        await self.enrol(campaign_id, *contacts)
        now = clock.now()
        async with self.database.unit_of_work(self.tenant_id) as session:
            await service.hand_over(
                session,
                [
                    HandOver(
                        campaign_id=campaign_id,
                        message_id=message.id,
                        days0=(now.date(),),
                        due_at=now - since,
                        late_at=now - since + late,
                        kind=kind,
                    )
                ],
            )
        return campaign_id

    async def mails(self) -> list[Delivery]:
        """The ledger, oldest first."""
        async with self.database.unit_of_work(self.tenant_id) as session:
            query = (
                select(Delivery)
                .where(Delivery.tenant_id == self.tenant_id)
                .order_by(Delivery.created_at, Delivery.id)
            )
            return list((await session.execute(query)).scalars())

    async def states(self) -> dict[str, int]:
        """How many mails stand where; the reason behind a colon where there is one."""
        counted: dict[str, int] = {}
        for mail in await self.mails():
            key = f"{mail.state}:{mail.reason}" if mail.reason else mail.state
            counted[key] = counted.get(key, 0) + 1
        return counted

    async def lane(self, kind: str = Kind.DAY_ZERO) -> Lane:
        async with self.database.unit_of_work(self.tenant_id) as session:
            return await session.get_one(Lane, (self.tenant_id, kind), populate_existing=True)

    async def change(self, what: Any, key: UUID, **values: Any) -> None:
        """Write columns of a row of the tenant."""
        async with self.database.unit_of_work(self.tenant_id) as session:
            await session.execute(
                update(what)
                .where(what.tenant_id == self.tenant_id, what.id == key)
                .values(**values)
            )

    async def row(self, what: Any, key: UUID) -> Any:
        """A row of the tenant; None when it is gone."""
        async with self.database.unit_of_work(self.tenant_id) as session:
            return await session.get(what, (self.tenant_id, key))

    async def all(self, what: Any) -> list[Any]:
        """Every row of the tenant."""
        async with self.database.unit_of_work(self.tenant_id) as session:
            rows = await session.execute(select(what).where(what.tenant_id == self.tenant_id))
            return list(rows.scalars())

    async def suppress(self, contact_id: UUID) -> None:
        row = await self.row(Contact, contact_id)
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add(
                Suppression(
                    tenant_id=self.tenant_id,
                    mode="live",
                    email_hash=row.email_hash,
                    reason="unsubscribed",
                )
            )

    async def suspend(self, *, suspended: bool = True) -> None:
        async with self.database.control_unit_of_work() as session:
            await session.execute(
                update(Tenant)
                .where(Tenant.id == self.tenant_id)
                .values(
                    state="suspended" if suspended else "active",
                    suspended_at=clock.now() if suspended else None,
                )
            )
