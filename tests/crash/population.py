"""Tenants, their contacts, and waves of mail that fall due."""

import asyncio
import random
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import text

from tenantcrm import clock
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.delivery.service import hand_over
from tenantcrm.tenants.models import Tenant
from tests.conftest import add_tenant
from tests.crash.stage import Stage
from tests.delivery.world import World

HTML = "<p>Hello {{ contact.name }}, you live in {{ contact.town | default: 'town' }}.</p>" * 20
PEOPLE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
                      status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', e, e, sha256(e::bytea), 'Person ' || n, a, a,
       'subscribed', now(), now()
FROM generate_series(1, $2::int) n, LATERAL (
  SELECT $3 || '-' || n || '@people.test' AS e, jsonb_build_object('town', 'T' || n) AS a) x
"""
ENROL = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state)
SELECT tenant_id, uuid_v7(), $2, id, $3, now(), 'active' FROM contacts WHERE tenant_id = $1
FOR KEY SHARE SKIP LOCKED
"""
WAITING = "SELECT count(*) FROM deliveries WHERE tenant_id = $1 AND state = 'pending'"
LATE = (timedelta(minutes=30), timedelta(hours=12), timedelta(hours=72))
KINDS = ("day_zero", "drip")
SEND_RATES = (5_000, 5_000, 150, 5_000)


class Population:
    """Who is mailed."""

    def __init__(self, stage: Stage, dice: random.Random, *, contacts: int) -> None:
        self._stage = stage
        self._dice = dice
        self._contacts = contacts
        self.worlds: list[World] = []
        self.campaigns: list[tuple[World, UUID]] = []
        self.due = 0

    async def settle(self, tenants: int) -> None:
        """Make tenants with contacts."""
        connection = await self._stage.super_user()
        for number in range(tenants):
            tenant_id = await add_tenant(self._stage.database, f"Tenant {number}")
            async with self._stage.database.control_unit_of_work() as control:
                tenant = await control.get_one(Tenant, tenant_id)
                tenant.send_rate = SEND_RATES[number % len(SEND_RATES)]
            await connection.execute(PEOPLE, tenant_id, self._contacts, tenant_id.hex[-8:])
            self.worlds.append(World(self._stage.database, tenant_id))
        await connection.execute("VACUUM ANALYZE")
        await connection.close()

    async def feed(self) -> None:
        """Let new mails fall due wherever few wait, until cancelled."""
        connection = await self._stage.super_user()
        try:
            while True:
                for world in self.worlds:
                    waiting = await connection.fetchval(WAITING, world.tenant_id)
                    if waiting < self._contacts:
                        await self._wave(connection, world)
                await asyncio.sleep(0.5)
        finally:
            connection.terminate()

    async def feed_once(self) -> None:
        """One more mail to everybody."""
        connection = await self._stage.super_user()
        for world in self.worlds:
            await self._wave(connection, world)
        await connection.close()

    async def _wave(self, connection: asyncpg.Connection, world: World) -> None:
        """One more mail to everybody of a tenant."""
        name = f"Wave {len(self.campaigns)}"
        campaign = await world.campaign(0, html=HTML, name=name, next_scan_at=never())
        (message,) = await world.messages(campaign)
        now = clock.now()
        await connection.execute(ENROL, world.tenant_id, campaign, now.date())
        wave = HandOver(
            campaign_id=campaign,
            message_id=message.id,
            days0=(now.date(),),
            due_at=now,
            late_at=now + self._dice.choice(LATE),
            kind=self._dice.choice(KINDS),
        )
        async with self._stage.database.unit_of_work(world.tenant_id) as session:
            self.due += await hand_over(session, [wave])
        self.campaigns.append((world, campaign))

    async def wake(self) -> None:
        """Everybody may send again, and every campaign goes on."""
        for world in self.worlds:
            await world.suspend(suspended=False)
            async with self._stage.database.unit_of_work(world.tenant_id) as session:
                await session.execute(
                    text(
                        "UPDATE campaigns SET state = 'active', next_scan_at = :never "
                        "WHERE tenant_id = :t AND state = 'paused'"
                    ),
                    {"t": world.tenant_id, "never": never()},
                )


def never() -> datetime:
    """When campaigns are scanned: what falls due here is handed over at once."""
    return clock.now() + timedelta(days=3650)
