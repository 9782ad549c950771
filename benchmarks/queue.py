"""What the ledger carries: claim 500, mark them as being sent, write down the answers.

Three transactions, as a worker makes them, over a ledger of many rows; nothing is rendered and no
request is made. The baseline is one UPDATE of as many rows of the same ledger. Printed, not
asserted.

``python -m benchmarks.queue [ROWS] [MAILS]``: rows in the ledger, and how many of them to move.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
from tests.conftest import add_tenant, create_database, prepare, settings_for
from tests.delivery.world import World
from tests.fixtures import services

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.repository import hours, ledger
from tenantcrm.delivery.schemas import Claimed, Settlement
from tenantcrm.delivery.states import State

QUANTUM = 500
PEOPLE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, attributes, folded,
                      status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', n || '@example.com', n || '@example.com', sha256(n::text::bytea),
       '{"plan": "free", "city": "Paris"}', '{}', 'subscribed', now(), now()
FROM generate_series(1, $2::int) n
"""
ENROL = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state)
SELECT tenant_id, uuid_v7(), $2, id, $3, now(), 'active' FROM contacts WHERE tenant_id = $1
"""
DUE = """
INSERT INTO deliveries (tenant_id, id, kind, campaign_id, message_id, contact_id, state, due_at,
                        fence, attempts, created_at, updated_at)
SELECT tenant_id, uuid_v7(), 'drip', $2, $3, id, 'pending', $4, 0, 0, now(), now()
FROM contacts WHERE tenant_id = $1
"""
BASELINE = """
UPDATE deliveries SET lease_until = now(), state = 'claimed' WHERE tenant_id = $1 AND id IN (
  SELECT id FROM deliveries WHERE tenant_id = $1 AND state = 'pending' LIMIT $2)
"""


@dataclass
class Spent:
    """Seconds by step, of all mails."""

    steps: dict[str, float] = field(default_factory=dict)

    async def step(self, name: str, work: Awaitable[None]) -> None:
        begun = time.perf_counter()
        await work
        self.steps[name] = self.steps.get(name, 0.0) + time.perf_counter() - begun


async def fill(port: int, name: str, world: World, rows: int) -> None:
    """A ledger of mails that are due."""
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
    campaign = await world.campaign(0)
    (message,) = await world.messages(campaign)
    now = clock.now()
    await connection.execute(PEOPLE, world.tenant_id, rows)
    await connection.execute(ENROL, world.tenant_id, campaign, now.date())
    await connection.execute(DUE, world.tenant_id, campaign, message.id, now)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


class Path:
    """The three transactions of a batch."""

    def __init__(self, database: Database, world: World) -> None:
        self.database, self.world = database, world
        self.claimed: list[Claimed] = []

    async def claim(self) -> None:
        now, real = clock.now(), clock.real_now()
        async with self.database.unit_of_work(self.world.tenant_id) as session:
            await ledger.put_back(session, "drip", real_now=real)
            self.claimed = await ledger.claim(
                session,
                "drip",
                most=QUANTUM,
                worker="bench",
                now=now,
                lease=real + timedelta(seconds=10),
            )

    async def mark(self) -> None:
        now = clock.now()
        async with self.database.unit_of_work(self.world.tenant_id) as session:
            facts = await ledger.facts(session, self.claimed, worker="bench")
            await ledger.begin(
                session,
                [mail.id for mail in facts],
                now=now,
                lease=clock.real_now() + timedelta(seconds=45),
            )
            await hours.add(session, "drip", now, asked=len(facts))

    async def finish(self) -> None:
        done = [
            Settlement(id=m.id, fence=m.fence, state=State.SENT, ses_message_id=m.id.hex)
            for m in self.claimed
        ]
        async with self.database.unit_of_work(self.world.tenant_id) as session:
            await ledger.settle(session, done, old=[State.SENDING], now=clock.now())


async def measure(port: int, rows: int, mails: int) -> None:
    """Print the table."""
    await prepare(port)
    name = await create_database(port)
    database = Database(settings_for(port, name, "redis://127.0.0.1:1/0"), pool_size=4)
    world = World(database, await add_tenant(database))
    await fill(port, name, world, rows)
    path, spent, moved = Path(database, world), Spent(), 0
    cpu = time.process_time()
    while moved < mails:
        await spent.step("claim", path.claim())
        await spent.step("facts and mark", path.mark())
        await spent.step("finish", path.finish())
        moved += len(path.claimed)
    cpu = time.process_time() - cpu
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
    hot = await connection.fetchrow(
        "SELECT n_tup_upd AS moves, n_tup_hot_upd AS hot FROM pg_stat_user_tables "
        "WHERE relname = 'deliveries'"
    )
    begun = time.perf_counter()
    await connection.execute(BASELINE, world.tenant_id, mails)
    alone = mails / (time.perf_counter() - begun)
    await connection.close()
    await database.close()
    whole = sum(spent.steps.values())
    print(f"{rows:,} mails due, {moved:,} of them moved, {QUANTUM} at a time\n")
    print(f"{'':<26}{'rows/s':>10}{'ratio':>8}{'µs a row':>10}")
    print(f"{'one UPDATE':<26}{alone:>10,.0f}{1:>8.2f}{1e6 / alone:>10.1f}")
    for step, seconds in spent.steps.items():
        rate = moved / seconds
        print(f"{step:<26}{rate:>10,.0f}{rate / alone:>8.2f}{1e6 / rate:>10.1f}")
    rate = moved / whole
    print(f"{'a mail, all three':<26}{rate:>10,.0f}{rate / alone:>8.2f}{1e6 / rate:>10.1f}")
    print(f"{'moves, three a mail':<26}{3 * rate:>10,.0f}{3 * rate / alone:>8.2f}")
    print(f"\nCPU of this process: {cpu / moved * 1e6:.0f} µs a mail")
    if hot and hot["moves"]:
        print(f"updates that touched no index: {hot['hot'] / hot['moves']:.0%}")


def main() -> None:
    """Measure with a PostgreSQL of our own."""
    numbers = [int(word) for word in sys.argv[1:]]
    rows = numbers[0] if numbers else 200_000
    mails = numbers[1] if len(numbers) > 1 else min(rows // 2, 100_000)
    with services.postgres() as port:
        asyncio.run(measure(port, rows, mails))


if __name__ == "__main__":
    main()
