"""What a mail costs: the whole path of one worker against a bare loop of the client.

The path: claim, preflight, render (10 KB of HTML, ten variables, a loop), the unsubscribe link,
SES over TLS with 50 ms of latency, finish; one mail with one request, and many with one. The
baseline, in the same run: aioboto3's ``send_email`` of one mail that is made already, with 200
requests in flight. Printed, not asserted.

``python -m benchmarks.send [MAILS] [--profile]``
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from redis.asyncio import Redis
from sqlalchemy import text
from tests.conftest import add_tenant, create_database, prepare, settings_for
from tests.delivery.desk import Desk, until
from tests.delivery.world import World
from tests.fixtures import services

from benchmarks.rendering import HTML, NAMES
from benchmarks.sampling import Sampler
from tenantcrm import clock, observability
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.database import Database
from tenantcrm.delivery import ses as ses_module
from tenantcrm.delivery.service import hand_over
from tenantcrm.delivery.ses import Ses
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant

IN_FLIGHT = 200
RAW = b"From: <hi@example.com>\r\n\r\n" + b"x" * 14_000
PEOPLE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
                      status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', 'p' || n || '@example.com', 'p' || n || '@example.com',
       sha256(n::text::bytea), 'Person ' || n, a, a, 'subscribed', now(), now()
FROM generate_series(1, $2::int) n, LATERAL (
  SELECT jsonb_object_agg(name, 'value of ' || name || n)
    || '{"tags": ["a", "b", "c", "d", "e"]}' AS a FROM unnest($3::text[]) name) x
"""
COUNT = text("SELECT state, count(*) AS number FROM deliveries WHERE tenant_id = :t GROUP BY state")
ENROL = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state)
SELECT tenant_id, uuid_v7(), $2, id, $3, now(), 'active' FROM contacts WHERE tenant_id = $1
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Mails a second, CPU milliseconds a mail, and bytes that the process grew by."""

    rate: float
    cpu: float
    grown: int
    sampler: Sampler


async def measured(mails: int, work: Callable[[], Awaitable[object]]) -> Cost:
    """What sending so many mails costs this process; with ``--profile``, also where."""
    sampler = Sampler()
    if "--profile" in sys.argv:
        sampler.start()
    memory = psutil.Process()
    before = memory.memory_info().rss
    begun, cpu = time.perf_counter(), time.process_time()
    await work()
    cost = Cost(
        mails / (time.perf_counter() - begun),
        (time.process_time() - cpu) / mails * 1000,
        memory.memory_info().rss - before,
        sampler,
    )
    sampler.stop()
    return cost


async def bare(ses: Ses, mails: int) -> None:
    """The client alone."""
    client = ses._client  # noqa: SLF001 - the baseline is that client
    left = iter(range(mails))
    tags = [{"Name": name, "Value": "x" * 32} for name in ("d", "a", "t")]

    async def one() -> None:
        for _ in left:
            await client.send_email(
                Destination={"ToAddresses": ["ada@example.com"]},
                Content={"Raw": {"Data": RAW}},
                EmailTags=tags,
            )

    await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))


async def fill(port: int, name: str, world: World, mails: int) -> None:
    """People in a campaign whose mails are due."""
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
    campaign = await world.campaign(0, html=HTML)
    (message,) = await world.messages(campaign)
    now = clock.now()
    await connection.execute(PEOPLE, world.tenant_id, mails, NAMES)
    await connection.execute(ENROL, world.tenant_id, campaign, now.date())
    async with world.database.unit_of_work(world.tenant_id) as session:
        due = HandOver(
            campaign_id=campaign,
            message_id=message.id,
            days0=(now.date(),),
            due_at=now,
            late_at=now + timedelta(hours=12),
            kind="day_zero",
        )
        await hand_over(session, [due])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def path(desk: Desk, world: World, mails: int) -> None:
    """The whole path."""

    async def claimed() -> bool:
        return (await world.lane()).due_at is None

    async with desk.engines(concurrency=IN_FLIGHT):
        await until(claimed, 3600)
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = await session.execute(COUNT, {"t": world.tenant_id})
        states = {row.state: row.number for row in rows}
    assert states == {"sent": mails}, states


async def measure(port: int, redis_url: str, ses_url: str, mails: int) -> list[tuple[str, Cost]]:
    """The client alone, then the path with one mail a request, then with many."""
    await prepare(port)
    costs: list[tuple[str, Cost]] = []
    for bulk in (False, True):
        name = await create_database(port)
        settings: Settings = replace(settings_for(port, name, redis_url), ses_endpoint_url=ses_url)
        database = Database(settings, pool_size=15)
        world = World(database, await add_tenant(database))
        async with database.control_unit_of_work() as control:
            (await control.get_one(Tenant, world.tenant_id)).send_rate = 100_000
        await fill(port, name, world, mails)
        async with (
            Redis.from_url(redis_url) as redis,
            Desk.opened(database, settings, redis, connections=IN_FLIGHT) as desk,
        ):
            desk.account.allow(100_000)
            ses: Any = desk.ses
            await bare(ses, 2 * IN_FLIGHT)  # Connections are made once, by a worker as by a loop.
            if not bulk:
                ses.bulk = None
                costs.append(("client alone", await measured(mails, partial(bare, ses, mails))))
            words = "claim to finish, many a request" if bulk else "claim to finish, one a request"
            costs.append((words, await measured(mails, partial(path, desk, world, mails))))
        await database.close()
    return costs


def tell(costs: list[tuple[str, Cost]], mails: int) -> None:
    """Print the table."""
    alone = costs[0][1]
    print(f"{mails:,} mails, {IN_FLIGHT} requests in flight, SES answers after 50 ms over TLS\n")
    print(f"{'':<34}{'mails/s':>9}{'ratio':>7}{'CPU ms a mail':>15}{'MB grown':>10}")
    for words, cost in costs:
        print(
            f"{words:<34}{cost.rate:>9,.0f}{cost.rate / alone.rate:>7.2f}{cost.cpu:>15.2f}"
            f"{cost.grown / 1e6:>10.0f}"
        )
    for words, cost in costs:
        samples = cost.sampler.parts.total()
        if samples:
            print(f"\n{words}: CPU ms a mail, by part")
            for part, count in cost.sampler.parts.most_common():
                print(f"  {part:<32}{count / samples * cost.cpu:>8.3f}")
        if "--functions" in sys.argv:
            for function, count in cost.sampler.functions.most_common(40):
                print(f"    {function:<90}{count / samples * cost.cpu:>8.3f}")


def run(work: Callable[[], Any]) -> Any:
    """Run a coroutine as a worker does."""
    with suppress(ImportError):
        import uvloop

        return uvloop.run(work())
    return asyncio.run(work())


def main() -> None:
    """Measure with real services of our own."""
    ses_module.CONNECT_SECONDS = 60  # Hundreds of connections at once, on a machine that is busy.
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    mails = numbers[0] if numbers else 5_000
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w") as kept:
        with redirect_stderr(kept):
            observability.configure()
        slow = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.slow_ses", folder], stdout=subprocess.PIPE, text=True
        )
        try:
            assert slow.stdout is not None
            ses_url = f"https://127.0.0.1:{int(slow.stdout.readline())}"
            os.environ |= {
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_CA_BUNDLE": f"{folder}/ses.pem",
            }
            with services.postgres() as port, services.valkey() as redis_url:
                costs = run(lambda: measure(port, redis_url, ses_url, mails))
        finally:
            slow.terminate()
            slow.wait(10)
    tell(costs, mails)


if __name__ == "__main__":
    main()
