"""What an upsert over the API costs: ``PUT /v1/contacts/by-email``, one web process; printed.

The baseline does the same statement under the same binding with raw asyncpg, in the same run, and
nothing else: no key, no limits, no checks. 32 connections; half of the contacts are new, half
change. Then one connection at rest: the time of one call.

``python -m benchmarks.upsert [SECONDS]``
"""

import asyncio
import itertools
import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from tests.conftest import add_tenant, create_database, prepare, settings_for
from tests.fixtures import services

from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys

CONNECTIONS = 32
TENANTS = 16
"""So that the limit of no tenant is what is measured."""
GRANIAN = ("--interface", "asgi", "--workers", "1", "--backpressure", "256", "--factory")


class Client:
    """One connection that is kept, and knows just enough HTTP to be cheap."""

    def __init__(self, port: int, key: str, run: str) -> None:
        self._port, self._key, self._run = port, key, run

    async def open(self) -> None:
        """Connect."""
        self._in, self._out = await asyncio.open_connection("127.0.0.1", self._port)

    async def put(self, number: int, seats: int) -> int:
        """Upsert a contact; gives the status."""
        body = json.dumps(
            {
                "name": "Ada Lovelace",
                "attributes": {"language": "en", "plan": "pro", "seats": seats},
            }
        ).encode()
        self._out.write(
            f"PUT /v1/contacts/by-email/p{self._run}{number}@example.com HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self._in.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await self._in.readexactly(length)
        return int(head[9:12])


async def throughput(port: int, api_keys: list[str], seconds: float) -> float:
    """Calls a second over all connections."""
    run, numbers = secrets.token_hex(4), itertools.count()
    end = time.perf_counter() + seconds

    async def work(key: str) -> int:
        client, done = Client(port, key, run), 0
        await client.open()
        while time.perf_counter() < end:
            number = next(numbers)
            for seats in (1, 2):
                status = await client.put(number, seats)
                assert status in {200, 201}, status
                done += 1
        return done

    started = time.perf_counter()
    done = await asyncio.gather(*(work(api_keys[n % TENANTS]) for n in range(CONNECTIONS)))
    return sum(done) / (time.perf_counter() - started)


async def at_rest(port: int, key: str) -> list[float]:
    """Milliseconds of single calls, one after the other."""
    client = Client(port, key, secrets.token_hex(4))
    await client.open()
    took = []
    for number in range(300):
        started = time.perf_counter()
        await client.put(number, 1)
        took.append((time.perf_counter() - started) * 1000)
    return took[50:]


@contextmanager
def serving(target: str, settings: Settings, tenant: UUID) -> Iterator[int]:
    """One web process; gives its port."""
    port = services.free_port()
    plain = settings.database_url.replace("+asyncpg", "")
    environment = {
        **os.environ,
        "TENANTCRM_DATABASE_URL": plain,
        "TENANTCRM_CONTROL_DATABASE_URL": settings.control_database_url,
        "TENANTCRM_OWNER_DATABASE_URL": settings.owner_database_url,
        "TENANTCRM_REDIS_URL": settings.redis_url,
        "TENANTCRM_SECRET_KEYS": ",".join(settings.secret_keys),
        "TENANTCRM_PUBLIC_URL": settings.public_url,
        "BENCH_TENANT": str(tenant),
    }
    log = Path(tempfile.mkstemp(prefix="tcrm-bench-")[1])
    command = [sys.executable, "-m", "granian", *GRANIAN, "--port", str(port), target]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        services.wait_for_port(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(15)
        log.unlink()


async def prepared(port: int, redis_url: str) -> tuple[Settings, list[UUID], list[str]]:
    """A database with tenants, and a key of each."""
    await prepare(port)
    settings = settings_for(port, await create_database(port), redis_url)
    database = Database(settings)
    tenants = [await add_tenant(database) for _ in range(TENANTS)]
    made = []
    for tenant in tenants:
        async with database.unit_of_work(tenant) as session:
            made.append(
                await keys.create(session, name="bench", mode=Mode.LIVE, scopes=list(SCOPES))
            )
    await database.close()
    return settings, tenants, [key.key for key in made]


def main() -> None:
    """Measure in a cluster of its own."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with services.postgres() as port, services.valkey() as redis_url:
        settings, tenants, api_keys = asyncio.run(prepared(port, redis_url))
        figures = {}
        for name, target in (
            ("raw asyncpg", "benchmarks.raw_upsert:create_app"),
            ("API", "tenantcrm.app:create_app"),
        ):
            with serving(target, settings, tenants[0]) as web:
                asyncio.run(throughput(web, api_keys, 2))
                best = max(asyncio.run(throughput(web, api_keys, seconds)) for _ in range(2))
                figures[name] = (best, asyncio.run(at_rest(web, api_keys[0])))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, everything on one machine")
    base = figures["raw asyncpg"][0]
    for name, (rate, took) in figures.items():
        quantiles = statistics.quantiles(took, n=100)
        print(
            f"{name:<12} {rate:>8,.0f} calls/s  {rate / base:.2f}   at rest "
            f"p50 {quantiles[49]:.1f} ms  p99 {quantiles[98]:.1f} ms"
        )


if __name__ == "__main__":
    main()
