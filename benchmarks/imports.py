"""What an import costs: contacts as CSV over HTTP, to the last row; new, and again unchanged.

One web process, one worker, PostgreSQL on the same machine. The baseline is COPY of the same rows
into an unlogged table without indexes, in the same run; beside it what one INSERT of all rows takes
that finds, checks and tells nothing. Then 1,000 upserts in one call against 1,000 single calls.

``python -m benchmarks.imports [ROWS]``
"""

import asyncio
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
from tests.conftest import add_tenant

from benchmarks.installation import Installation, installed, tell
from benchmarks.upsert import serving
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys

HEADER = "email,name,external_id,language,plan,seats\n"
STAGE = """
CREATE UNLOGGED TABLE baseline (email text, name text, external_id text, language text, plan text,
                                seats text)
"""
INSERT = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, external_id,
                      attributes, folded, status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', email, email, sha256(email::bytea), name, external_id, a, a,
       'subscribed', now(), now()
FROM baseline, LATERAL (
  SELECT jsonb_build_object('language', language, 'plan', plan, 'seats', seats::int) AS a) AS made
"""
AT_ONCE = 1_000
CALLS = 7
PATIENCE = 3_600


@dataclass
class Peak:
    """The most memory that processes have had, in MB."""

    processes: list[psutil.Process]
    most: float = 0.0

    def look(self) -> None:
        """Note what they have now."""
        resident = max(process.memory_info().rss for process in self.processes)
        self.most = max(self.most, resident / 1e6)


def processor(process: psutil.Process) -> float:
    """Seconds of processor that a process and its children have used, those that ended too."""
    own = process.cpu_times()
    used = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        times = child.cpu_times()
        used += times.user + times.system
    return float(used)


def server(port: int) -> psutil.Process:
    """The PostgreSQL that listens there."""
    wanted = ["-p", str(port)]
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if any(line[n : n + 2] == wanted for n in range(len(line))) and "postgres" in line[0]:
            return process
    raise LookupError(f"no PostgreSQL listens on {port}")


def lines(rows: int) -> Iterator[bytes]:
    """The file, a piece at a time."""
    yield HEADER.encode()
    for first in range(0, rows, 10_000):
        yield "".join(
            f"person{n}@example{n % 50}.com,Person Number {n},u_{n},en,pro,{n % 20}\n"
            for n in range(first, min(rows, first + 10_000))
        ).encode()


async def copied(place: str, path: Path, rows: int, tenant: Any = None) -> float:
    """Rows a second into an unlogged table; with a tenant, from there into its contacts."""
    connection = await asyncpg.connect(place)
    await connection.execute(STAGE)
    started = time.perf_counter()
    await connection.copy_to_table("baseline", source=str(path), format="csv", header=True)
    if tenant is not None:
        started = time.perf_counter()
        await connection.execute("BEGIN")
        await connection.execute(INSERT, tenant, timeout=PATIENCE)
    took = time.perf_counter() - started
    if tenant is not None:
        await connection.execute("ROLLBACK")
        await connection.execute("VACUUM contacts", timeout=PATIENCE)
    await connection.execute("DROP TABLE baseline")
    await connection.close()
    return rows / took


def imported(
    client: httpx.Client, path: Path, rows: int, peak: Peak
) -> tuple[float, dict[str, Any]]:
    """Rows a second, from the first byte of the upload to the last row; and what it came to."""
    started = time.perf_counter()
    with path.open("rb") as data:
        headers = {"Content-Type": "text/csv"}
        answer = client.post("/v1/contact-imports", content=data, headers=headers)
    answer.raise_for_status()
    tell(f"uploaded in {time.perf_counter() - started:.1f} s")
    address = answer.headers["Location"]
    while True:
        found = client.get(address).json()
        peak.look()
        if found["state"] != "importing":
            break
        time.sleep(0.1)
    took = time.perf_counter() - started
    assert found["state"] == "finished", found
    assert found["rows"] == rows, found
    return rows / took, found


def warm_up(client: httpx.Client) -> None:
    """Wait until a worker is there that takes imports up."""
    headers = {"Content-Type": "text/csv"}
    answer = client.post(
        "/v1/contact-imports", content=b"email\nfirst@example.com\n", headers=headers
    )
    answer.raise_for_status()
    while client.get(answer.headers["Location"]).json()["state"] == "importing":
        time.sleep(0.2)


def batched(client: httpx.Client) -> tuple[float, float]:
    """Seconds of 1,000 contacts one by one, and in one call: the median of some."""
    started = time.perf_counter()
    for n in range(AT_ONCE):
        body = {"name": f"Single {n}", "attributes": {"plan": "pro", "seats": n}}
        client.put(f"/v1/contacts/by-email/single{n}@example.com", json=body).raise_for_status()
    single = time.perf_counter() - started
    many = []
    for call in range(CALLS):
        contacts = [
            {"email": f"m{n}@{call}.example.com", "name": f"M {n}", "attributes": {"seats": n}}
            for n in range(AT_ONCE)
        ]
        started = time.perf_counter()
        client.post("/v1/contacts/batch", json={"contacts": contacts}).raise_for_status()
        many.append(time.perf_counter() - started)
    return single, statistics.median(many)


async def main() -> None:
    """Measure in an installation of its own."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    # A million contacts and their indexes, and what is made of them as often as PostgreSQL does.
    async with installed(shared_buffers="512MB", autovacuum_naptime="60s") as here:
        tenant = await add_tenant(here.database)
        async with here.database.unit_of_work(tenant) as session:
            key = await keys.create(session, name="b", mode=Mode.LIVE, scopes=list(SCOPES))
        await asyncio.to_thread(measure, here, tenant, key.key, rows)


def measure(here: Installation, tenant: Any, key: str, rows: int) -> None:
    """Every part in turn."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        path = Path(file.name)
        with path.open("wb") as out:
            out.writelines(lines(rows))
        size = path.stat().st_size / 1e6
        database = server(urlsplit(here.place).port or 0)
        idle = processor(database)
        base = max(asyncio.run(copied(here.place, path, rows)) for _ in range(2))
        copying = (processor(database) - idle) / 2
        floor = asyncio.run(copied(here.place, path, rows, tenant))
        tell(f"COPY {base:,.0f} rows/s, INSERT {floor:,.0f} rows/s")
        with (
            serving("tenantcrm.app:create_app", here.settings, tenant) as port,
            here.workers(1) as (worker,),
        ):
            headers = {"Authorization": f"Bearer {key}"}
            peak = Peak([psutil.Process(worker.pid)])
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE
            ) as client:
                warm_up(client)
                peak.look()
                rest = peak.most
                figures, spent = {}, {}
                for name in ("new", "unchanged"):
                    before = [processor(database), processor(peak.processes[0])]
                    figures[name], found = imported(client, path, rows, peak)
                    after = [processor(database), processor(peak.processes[0])]
                    spent[name] = [b - a for a, b in zip(before, after, strict=True)]
                    assert found["created" if name == "new" else "unchanged"] == rows, found
                single, many = batched(client)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, everything on one machine")
    print(f"{rows:,} contacts, {size:.0f} MB")
    print(f"COPY into an unlogged table {base:>10,.0f} rows/s   1")
    print(f"one INSERT, all indexes     {floor:>10,.0f} rows/s   {floor / base:.2f}")
    for name, rate in figures.items():
        print(f"import, {name:<19} {rate:>10,.0f} rows/s   {rate / base:.2f}")
    print(f"processor, microseconds a row: COPY {1e6 * copying / rows:.1f}", end="")
    for name, (database_s, worker_s) in spent.items():
        print(
            f"; {name}: PostgreSQL {1e6 * database_s / rows:.1f},"
            f" worker {1e6 * worker_s / rows:.1f}",
            end="",
        )
    print()
    print(f"worker: {rest:.0f} MB at rest, {peak.most:.0f} MB at most")
    print(
        f"1,000 upserts: {single:.2f} s one by one, {many:.3f} s in one call, {single / many:.0f} x"
    )


if __name__ == "__main__":
    asyncio.run(main())
