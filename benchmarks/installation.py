"""A whole installation for a benchmark: database, Redis, simulator of SES, worker processes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
from tests.conftest import SECRET, add_tenant, create_database, prepare, settings_for
from tests.delivery.world import World
from tests.fixtures import services

from tenantcrm import clock, jobs
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.database import Database
from tenantcrm.delivery.service import hand_over
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant

PATIENCE = 60.0
AT_ONCE = 100_000
"""Contacts that are made in one statement."""
PEOPLE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
                      status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', 'p' || n || '@example.net', 'p' || n || '@example.net',
       sha256(n::text::bytea), 'Person ' || n, '{}', '{}', 'subscribed', now(), now()
FROM generate_series($2::int, $3::int) n
"""
ENROL = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state)
SELECT tenant_id, uuid_v7(), $2, id, $3, now(), 'active' FROM contacts WHERE tenant_id = $1
"""


class Arrival(msgspec.Struct):
    """A line of the simulator's ledger."""

    id: int
    received_at: datetime
    tags: dict[str, str]


class Simulator:
    """The simulator of SES, and what it has seen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=PATIENCE)

    def change(self, path: str, **values: Any) -> None:
        self._http.put(path, json=values).raise_for_status()

    def counted(self) -> dict[str, int]:
        """Recipients that were taken, throttled and over the quota."""
        return dict(self._http.get("/_account").json()["recipients"])

    def arrivals(self, after: int = 0) -> list[Arrival]:
        lines = self._http.get("/_ledger", params={"after": after}).content
        return msgspec.json.Decoder(Arrival).decode_lines(lines)


class Installation:
    """What a benchmark works with."""

    def __init__(self, settings: Settings, port: int, name: str, simulator: Simulator) -> None:
        self.settings = settings
        self.database = Database(settings)
        self.simulator = simulator
        self.place = f"postgresql://super@127.0.0.1:{port}/{name}"

    async def tenant(self, name: str, rate: float = 100_000) -> World:
        """A tenant that may send so many mails a second."""
        tenant_id = await add_tenant(self.database, name)
        async with self.database.control_unit_of_work() as control:
            (await control.get_one(Tenant, tenant_id)).send_rate = rate
        return World(self.database, tenant_id)

    async def fill(self, world: World, mails: int) -> None:
        """So many mails of the tenant are due."""
        connection = await asyncpg.connect(self.place)
        campaign = await world.campaign(0)
        (message,) = await world.messages(campaign)
        now = clock.now()
        for first in range(1, mails + 1, AT_ONCE):
            last = min(mails, first + AT_ONCE - 1)
            await connection.execute(PEOPLE, world.tenant_id, first, last)
            tell(f"{last:,} contacts")
        await connection.execute(ENROL, world.tenant_id, campaign, now.date())
        tell("enrolled")
        await due(world, campaign, message.id, now)
        tell("in the ledger")
        await connection.execute("VACUUM ANALYZE")
        await connection.close()

    @contextmanager
    def workers(self, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Worker processes that run."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TENANTCRM_")
        } | {
            "TENANTCRM_DATABASE_URL": self.settings.database_url,
            "TENANTCRM_CONTROL_DATABASE_URL": self.settings.control_database_url,
            "TENANTCRM_OWNER_DATABASE_URL": self.settings.owner_database_url,
            "TENANTCRM_REDIS_URL": self.settings.redis_url,
            "TENANTCRM_SECRET_KEYS": SECRET,
            "TENANTCRM_PUBLIC_URL": self.settings.public_url,
            "TENANTCRM_SES_ENDPOINT_URL": self.simulator.url,
            "TENANTCRM_WORKER_PROCESSES": str(count),
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "NO_PROXY": "127.0.0.1",
        }
        with tempfile.NamedTemporaryFile(prefix="tcrm-workers-", suffix=".log") as said:
            tell(f"the workers log to {said.name}")
            processes = [
                subprocess.Popen(
                    [sys.executable, "-m", "tenantcrm.cli", "worker"], env=environment, stderr=said
                )
                for _ in range(count)
            ]
            try:
                yield processes
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(PATIENCE)


async def due(world: World, campaign: UUID, message: UUID, now: datetime) -> None:
    """Enter what is due of a message in the ledger."""
    item = HandOver(
        campaign_id=campaign,
        message_id=message,
        days0=(now.date(),),
        due_at=now,
        late_at=now + timedelta(hours=12),
        kind="day_zero",
    )
    async with world.database.unit_of_work(world.tenant_id) as session:
        await hand_over(session, [item])


def tell(words: str) -> None:
    """Progress, beside the figures."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


@contextmanager
def simulator() -> Iterator[Simulator]:
    """A simulator in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="tcrm-bench-") as home:
        port = services.free_port()
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tenantcrm.sandbox.ses",
                "--port",
                str(port),
                "--home",
                home,
                "--verified",
                "example.com",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            services.wait_for_port(port, process, Path(os.devnull))
            yield Simulator(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(PATIENCE)


@asynccontextmanager
async def installed(redis_url: str | None = None, **more: str) -> AsyncIterator[Installation]:
    """An installation without tenants and workers; ``redis_url``: of a Redis that is the caller's
    to start and stop; ``more``: settings of PostgreSQL.
    """
    os.environ |= {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}
    with ExitStack() as stack:
        port = stack.enter_context(services.postgres(None, **more))
        redis_url = redis_url or stack.enter_context(services.valkey())
        ses = stack.enter_context(simulator())
        await prepare(port)
        name = await create_database(port)
        settings = replace(settings_for(port, name, redis_url), ses_endpoint_url=ses.url)
        installation = Installation(settings, port, name, ses)
        doorbell = jobs.ArqDoorbell(redis_url)
        jobs.use(doorbell)
        try:
            yield installation
        finally:
            await doorbell.close()
            await installation.database.close()
