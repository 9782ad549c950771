"""What a mail costs: the whole path of one worker against a bare loop of the client.

The path: claim, preflight, render (10 KB of HTML, ten variables, a loop), the unsubscribe link,
SES with 50 ms of latency, finish. The baseline: the same client, 200 requests in flight, one mail
that is made already. Printed, not asserted.

``python -m benchmarks.send [MAILS]``
"""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta

import asyncpg
import structlog
from redis.asyncio import Redis
from tests.conftest import add_tenant, create_database, prepare, settings_for
from tests.delivery.desk import Desk, until
from tests.delivery.world import World
from tests.fixtures import services

from tenantcrm import clock
from tenantcrm.campaigns.schedule import HandOver
from tenantcrm.database import Database
from tenantcrm.delivery.service import hand_over
from tenantcrm.delivery.ses import Mail, Ses
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant

IN_FLIGHT = 200
VARIABLES = " ".join(f"<b>{{{{ contact.a{n} }}}}</b>" for n in range(10))
LOOP = "{% for n in (1..20) %}<li>Item {{ n }} for {{ contact.name }}</li>{% endfor %}"
HTML = (
    f"<html><body><h1>Hello {{{{ contact.name }}}}</h1><p>{VARIABLES}</p><ul>{LOOP}</ul>"
    + "<p>Some words that fill the mail to its usual size, again and again.</p>" * 110
    + "</body></html>"
)
PEOPLE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
                      status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', 'p' || n || '@example.com', 'p' || n || '@example.com',
       sha256(n::text::bytea), 'Person ' || n, a, a, 'subscribed', now(), now()
FROM generate_series(1, $2::int) n, LATERAL (
  SELECT jsonb_object_agg('a' || k, 'value ' || n || k) AS a FROM generate_series(0, 9) k) x
"""
ENROL = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state)
SELECT tenant_id, uuid_v7(), $2, id, $3, now(), 'active' FROM contacts WHERE tenant_id = $1
"""


async def bare(ses: Ses, mails: int) -> tuple[float, float]:
    """Mails a second, and CPU milliseconds a mail, of the client alone."""
    mail = Mail("ada@example.com", b"From: <hi@example.com>\r\n\r\n" + b"x" * 14_000)
    left = iter(range(mails))

    async def one() -> None:
        for _ in left:
            await ses.send(mail, {"d": "x", "a": "1", "t": "y"})

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))
    return mails / (time.perf_counter() - begun), (time.process_time() - cpu) / mails * 1000


async def fill(port: int, name: str, world: World, mails: int) -> None:
    """Mails that are due."""
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
    campaign = await world.campaign(0, html=HTML)
    (message,) = await world.messages(campaign)
    now = clock.now()
    await connection.execute(PEOPLE, world.tenant_id, mails)
    await connection.execute(ENROL, world.tenant_id, campaign, now.date())
    async with world.database.unit_of_work(world.tenant_id) as session:
        due = HandOver(
            campaign_id=campaign,
            message_id=message.id,
            enrolled_on=now.date(),
            due_at=now,
            late_at=now + timedelta(hours=12),
            kind="day_zero",
        )
        await hand_over(session, [due])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def claimed(world: World) -> bool:
    return (await world.lane()).due_at is None


async def path(desk: Desk, world: World, mails: int) -> tuple[float, float]:
    """The same of the whole path, in one process."""
    begun, cpu = time.perf_counter(), time.process_time()
    async with desk.engines(concurrency=IN_FLIGHT):
        await until(lambda: claimed(world), 600)
    took = time.perf_counter() - begun
    states = await world.states()
    assert states == {"sent": mails}, states
    return mails / took, (time.process_time() - cpu) / mails * 1000


async def measure(port: int, redis_url: str, ses_url: str, mails: int) -> None:
    """Print the table."""
    await prepare(port)
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
        alone, alone_cpu = await bare(desk.ses, mails)
        whole, whole_cpu = await path(desk, world, mails)
    await database.close()
    print(f"{mails:,} mails, {IN_FLIGHT} requests in flight, SES answers after 50 ms\n")
    print(f"{'':<28}{'mails/s':>10}{'CPU ms a mail':>16}")
    print(f"{'client alone':<28}{alone:>10,.0f}{alone_cpu:>16.2f}")
    print(f"{'claim to finish':<28}{whole:>10,.0f}{whole_cpu:>16.2f}")
    print(f"{'ratio':<28}{whole / alone:>10.2f}{whole_cpu / alone_cpu:>16.2f}")


def main() -> None:
    """Measure with real services of our own."""
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    slow = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.slow_ses"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert slow.stdout is not None
        ses_url = f"http://127.0.0.1:{int(slow.stdout.readline())}"
        with services.postgres() as port, services.valkey() as redis_url:
            asyncio.run(measure(port, redis_url, ses_url, mails))
    finally:
        slow.terminate()
        slow.wait(10)


if __name__ == "__main__":
    main()
