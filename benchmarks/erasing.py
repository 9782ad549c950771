"""What it costs when many leave: people of a campaign with a mail each, erased or unsubscribed by a
bulk action, which works in sets; against one by one.

``python -m benchmarks.erasing [CONTACTS]``
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from tests.delivery.world import World

from benchmarks.installation import Installation, installed
from tenantcrm import ids
from tenantcrm.contacts.bulk import service as bulk
from tenantcrm.contacts.bulk.states import What
from tenantcrm.contacts.service.lists import Asked
from tenantcrm.database import TenantSession
from tenantcrm.delivery.bulk_actions import BulkActions
from tenantcrm.delivery.service import erase, withdraw
from tenantcrm.tenants.models import Mode

ALONE = 500
"""Contacts that leave one by one."""
ACTOR = "user:benchmark"


async def _erase(session: TenantSession, contact_id: UUID) -> None:
    await erase(session, contact_id, suppress=False, actor=ACTOR)


async def _unsubscribe(session: TenantSession, contact_id: UUID) -> None:
    await withdraw(session, contact_id, mode=Mode.LIVE, actor=ACTOR)


WAYS: dict[What, Callable[[TenantSession, UUID], Awaitable[None]]] = {
    What.ERASE: _erase,
    What.UNSUBSCRIBE: _unsubscribe,
}


async def one_by_one(world: World, what: What) -> float:
    """Milliseconds a contact."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = await session.fetch(
            "SELECT id FROM contacts WHERE tenant_id = $1 LIMIT $2", world.tenant_id, ALONE
        )
    started = time.perf_counter()
    for row in rows:
        async with world.database.unit_of_work(world.tenant_id) as session:
            await WAYS[what](session, row["id"])
    return 1_000 * (time.perf_counter() - started) / len(rows)


async def in_sets(here: Installation, world: World, what: What) -> float:
    """Milliseconds a contact."""
    chosen = bulk.Chosen(asked=Asked(mode=Mode.LIVE, filter_text="status = subscribed"))
    async with here.database.unit_of_work(world.tenant_id) as session:
        action = await bulk.start(session, ids.new_id(), chosen, what, actor=ACTOR)
    started = time.perf_counter()
    worker, state = BulkActions(here.database), "running"
    while state == "running":
        await worker.sweep()
        async with here.database.unit_of_work(world.tenant_id) as session:
            found = await bulk.get(session, action)
        state = found.state
    assert state == "done", found.fault
    return 1_000 * (time.perf_counter() - started) / found.changed


async def main() -> None:
    """Measure in an installation of its own."""
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"{contacts:,} people of a campaign, each with a mail that is due")
    async with installed() as here:
        for what in WAYS:
            world = await here.tenant("Vinr")
            await here.fill(world, contacts)
            alone, together = await one_by_one(world, what), await in_sets(here, world, what)
            print(f"{what}: one by one {alone:6.2f} ms a contact")
            print(f"{what}: in sets    {together:6.2f} ms a contact   {alone / together:.0f} x")


if __name__ == "__main__":
    asyncio.run(main())
