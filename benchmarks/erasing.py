"""What a bulk erasure costs: people of a campaign with a mail each, as sets; against one by one.

``python -m benchmarks.erasing [CONTACTS]``
"""

import asyncio
import sys
import time

from tests.delivery.world import World

from benchmarks.installation import Installation, installed
from tenantcrm import ids
from tenantcrm.contacts.bulk import service as bulk
from tenantcrm.contacts.bulk.states import What
from tenantcrm.contacts.service.lists import Asked
from tenantcrm.delivery.bulk_actions import BulkActions
from tenantcrm.delivery.service import erase
from tenantcrm.tenants.models import Mode

ALONE = 500
"""Contacts that are erased one by one."""
ACTOR = "user:benchmark"


async def one_by_one(world: World) -> float:
    """Milliseconds a contact."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = await session.fetch(
            "SELECT id FROM contacts WHERE tenant_id = $1 LIMIT $2", world.tenant_id, ALONE
        )
    started = time.perf_counter()
    for row in rows:
        async with world.database.unit_of_work(world.tenant_id) as session:
            await erase(session, row["id"], suppress=False, actor=ACTOR)
    return 1_000 * (time.perf_counter() - started) / len(rows)


async def in_sets(here: Installation, world: World) -> float:
    """Milliseconds a contact."""
    chosen = bulk.Chosen(asked=Asked(mode=Mode.LIVE))
    async with here.database.unit_of_work(world.tenant_id) as session:
        action = await bulk.start(session, ids.new_id(), chosen, What.ERASE, actor=ACTOR)
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
    async with installed() as here:
        world = await here.tenant("Vinr")
        await here.fill(world, contacts)
        alone, together = await one_by_one(world), await in_sets(here, world)
    print(f"{contacts:,} people of a campaign, each with a mail that is due")
    print(f"one by one {alone:6.2f} ms a contact")
    print(f"in sets    {together:6.2f} ms a contact   {alone / together:.0f} x")


if __name__ == "__main__":
    asyncio.run(main())
