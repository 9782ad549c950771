"""What every page of a large customer costs: time in the server, and bytes of a first view.

A tenant with 1,000,000 contacts and 5,000,000 sends is made by SQL, the real web process serves
it, and every page is asked for again and again by one client on the same machine. The time of
``/healthz``, which does nothing, is the baseline: what is left is the page's. Printed only.

``python -m benchmarks.pages [CONTACTS] [--keep DIR] [--times N] [--only TEXT]``: DIR keeps the
database, so that the next run need not fill it.
"""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg
import httpx
from tests.conftest import SECRET, prepare, settings_for
from tests.fixtures import services

from benchmarks.installation import tell
from benchmarks.pages_world import fill
from tenantcrm import clock, schema
from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import Database
from tenantcrm.delivery.repository import recount, senders
from tenantcrm.delivery.service import refresh_stats
from tenantcrm.settings import Settings

OWNER = "owner@pages.example"
NAME = "pages"
ASSETS = re.compile(r'(?:href|src)="(/static/[^"]+)"')
TOKEN = re.compile(r'name="_csrf_token"[^>]*value="([^"]+)"')
PASSWORD = "correct horse battery staple"
PATIENCE = 300
"""Seconds that the process may take to start on a busy machine."""
TARGET_MS, TARGET_KB = 100, 200
Processes = Callable[[], list[int]]


def processor(processes: Processes) -> float:
    """Milliseconds of processor that these processes have used so far."""
    tick, spent = os.sysconf("SC_CLK_TCK"), 0
    for pid in processes():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent += int(fields[11]) + int(fields[12])
    return spent * 1000 / tick


def _ours(web_pid: int, port: int) -> list[int]:
    """The web process with its children, and the backends of the database: Linux alone tells."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            commands[int(folder.name)] = (folder / "cmdline").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
    server = next((pid for pid, words in commands.items() if f"\0-p\0{port}\0" in words), 0)
    roots = {web_pid, server}
    return [pid for pid in parents if roots & {pid, parents[pid], parents.get(parents[pid], 0)}]


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> None:
    """Send the form of a page."""
    found = TOKEN.search((await client.get(path)).text)
    assert found, f"no form on {path}"
    answer = await client.post(path, data=fields | {"_csrf_token": found[1]})
    assert answer.status_code == 303, answer.text


@contextmanager
def web(settings: Settings) -> Iterator[tuple[str, int]]:
    """The real process; gives its address and its id."""
    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TENANTCRM_")} | {
        "TENANTCRM_DATABASE_URL": settings.database_url,
        "TENANTCRM_CONTROL_DATABASE_URL": settings.control_database_url,
        "TENANTCRM_OWNER_DATABASE_URL": settings.owner_database_url,
        "TENANTCRM_REDIS_URL": settings.redis_url,
        "TENANTCRM_SECRET_KEYS": SECRET,
        "TENANTCRM_PUBLIC_URL": url,
        "TENANTCRM_WEB_PORT": str(port),
        "TENANTCRM_SES_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "NO_PROXY": "127.0.0.1",
    }
    with TemporaryDirectory(prefix="tcrm-pages-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "tenantcrm.cli", "web"],
                env=environment, stdout=said, stderr=said,
            )  # fmt: skip
        try:
            services.wait_for_port(port, process, log, PATIENCE)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(30)


def pages(facts: dict[str, str]) -> list[tuple[str, str]]:
    """What is measured: name and address."""
    campaign, period = f"/campaigns/{facts['campaign']}", "from=2020-01-01&to=2099-01-01"
    ledger = f"/sends?campaign={facts['campaign']}"
    message = f"{ledger}&message={facts['message']}"
    return [
        ("nothing (baseline)", "/healthz"),
        ("home", "/"),
        ("contacts", "/contacts"),
        ("contacts, filtered", "/contacts?filter=plan%3Dpro"),
        ("contacts, filtered, few", "/contacts?filter=seats%3D7+AND+language%3Dde"),
        ("contacts, filtered, hardly any", "/contacts?filter=seats%3D7+AND+name%3A7777"),
        ("contacts, filtered, nobody", "/contacts?filter=seats%3D777"),
        ("contacts, counted", "/contacts/count?filter=plan%3Dpro"),
        ("contacts, counted, nobody", "/contacts/count?filter=seats%3D777"),
        ("contacts, searched", "/contacts?q=person4242"),
        ("contacts, searched by name", "/contacts?q=Person+4242"),
        ("contacts, none found", "/contacts?q=nobody-of-this-name"),
        ("contact", f"/contacts/{facts['contact']}"),
        ("campaigns", "/campaigns"),
        ("campaign", campaign),
        ("campaign, settings", f"{campaign}/settings"),
        ("campaign, people", f"{campaign}/people"),
        ("campaign, people who left", f"{campaign}/people?state=exited"),
        ("campaign, people in it", f"{campaign}/people?state=active"),
        ("campaign, people who clicked", f"{campaign}/people?reached=clicked"),
        ("campaign, report", f"{campaign}/report"),
        ("campaign, report of a period", f"{campaign}/report?{period}"),
        ("campaign, report as a file", f"{campaign}/report/days.csv"),
        ("campaign, forecast", f"{campaign}/forecast"),
        ("campaign, history", f"{campaign}/history"),
        ("campaign, activity", f"{campaign}/activity"),
        ("campaign, activation", f"{campaign}/activate"),
        ("campaign, new", "/campaigns/new"),
        ("message", f"{campaign}/messages/{facts['message']}"),
        ("sends", "/sends"),
        ("sends, skipped", "/sends?state=skipped"),
        ("sends, unknown", "/sends?state=unknown"),
        ("sends, waiting (none)", "/sends?state=waiting"),
        ("sends, clicked", "/sends?state=clicked"),
        ("sends of a campaign", ledger),
        ("sends of a campaign, clicked", f"{ledger}&state=clicked"),
        ("sends of a message, late", f"{message}&state=skipped&reason=late"),
        ("sends, an old week", f"/sends?from={facts['old']}&to={facts['old']}"),
        ("sends of a contact", f"/sends?contact={facts['contact']}"),
        ("send", f"/sends/{facts['send']}"),
        ("why somebody stands there", f"{campaign}/people/{facts['contact']}"),
        ("keys", "/keys"),
        ("settings", "/settings"),
        ("settings, account", "/settings/account"),
        ("settings, domains", "/settings/domains"),
        ("settings, team", "/settings/team"),
        ("settings, audit", "/settings/audit"),
        ("usage", "/settings/usage"),
        ("imports", "/contacts/imports"),
    ]  # fmt: skip


async def known(connection: asyncpg.Connection) -> dict[str, str]:
    """The ids that addresses need."""
    row = await connection.fetchrow(
        """
        SELECT g.id AS campaign, m.id AS message, d.contact_id AS contact, d.id AS send,
          (current_date - 150)::text AS old
        FROM campaigns g JOIN messages m ON m.tenant_id = g.tenant_id AND m.campaign_id = g.id
          AND m.send_day = 5
        JOIN LATERAL (SELECT * FROM deliveries d WHERE d.tenant_id = g.tenant_id
          AND d.message_id = m.id AND d.state = 'delivered' AND d.campaign_id = g.id
          ORDER BY at DESC LIMIT 1) d ON true
        ORDER BY g.id LIMIT 1
        """
    )
    assert row
    return {k: v.hex if hasattr(v, "hex") and not isinstance(v, str) else v for k, v in row.items()}


async def ready(settings: Settings, place: str) -> None:
    """A database with the tenant in it, unless there is one."""
    root = await asyncpg.connect(f"{place}/postgres")
    there = await root.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME)
    if not there:
        await root.execute(f"CREATE DATABASE {NAME} OWNER tenantcrm_owner")
    await root.close()
    await schema.migrate(settings, lambda _line: None)


async def filled(settings: Settings, place: str, people: int, url: str) -> None:
    """The customer signs up, and is given the years of data that they would have."""
    connection = await asyncpg.connect(f"{place}/{NAME}")
    if not await connection.fetchval("SELECT 1 FROM contacts LIMIT 1"):
        async with httpx.AsyncClient(base_url=url) as client:
            await post(
                client, "/sign-up", business_name="Large", email=OWNER, password=PASSWORD,
                timezone="Europe/London",
            )  # fmt: skip
        tenant_id = await connection.fetchval("SELECT id FROM tenants LIMIT 1")
        await fill(connection, tenant_id, people)
        database = Database(settings, pool_size=2)
        async with database.unit_of_work(tenant_id) as session:
            await recount.rebuild(session)
        await connection.execute("VACUUM ANALYZE")
        await refresh_stats(database)
        await database.close()
        tell("numbers")
    await connection.close()


async def verified(settings: Settings, tenant_id: UUID) -> None:
    """SES has said within the hour that it sends for the customer, as it has for whoever sends."""
    database = Database(settings, pool_size=2)
    async with database.unit_of_work(tenant_id) as session:
        address = normalise(OWNER)
        now = clock.real_now()
        await senders.note(session, address, verified=True, now=now, identity=address.key)
    await database.close()


async def first_view(client: httpx.AsyncClient, path: str) -> int:
    """Bytes on the wire of a page and of everything that it names, with nothing in the cache, for
    a browser: what it fetches only when somebody writes (``data-src``) counts as well.
    """
    total, takes = 0, {"Accept-Encoding": "gzip, deflate, br, zstd"}
    async with client.stream("GET", path, headers=takes) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
        total += len(body) + sum(len(k) + len(v) + 4 for k, v in answer.headers.raw)
    page = (await client.get(path)).text
    for asset in sorted({found.partition("#")[0] for found in ASSETS.findall(page)}):
        async with client.stream("GET", asset.replace("&amp;", "&"), headers=takes) as answer:
            total += sum([len(part) async for part in answer.aiter_raw()])
    return total


async def measure(
    url: str, facts: dict[str, str], times: int, only: str, processes: Processes
) -> None:
    """Print the table."""
    limits = httpx.Timeout(120)
    async with httpx.AsyncClient(base_url=url, timeout=limits) as client:
        await post(client, "/sign-in", email=OWNER, password=PASSWORD)
        print(f"{'page':<34}{'CPU ms':>9}{'p50 ms':>9}{'p99 ms':>9}{'kB first view':>15}")
        for name, path in pages(facts):
            if only and only not in name:
                continue
            spent, status = [], (await client.get(path)).status_code
            cpu = processor(processes)
            for _ in range(times):
                begun = time.perf_counter()
                status = (await client.get(path)).status_code
                spent.append((time.perf_counter() - begun) * 1000)
            cpu = (processor(processes) - cpu) / times
            size = await first_view(client, path) / 1000
            worst = statistics.quantiles(spent, n=100)[98] if times > 1 else spent[0]
            marks = [f"HTTP {status}"] if status != 200 else []
            marks += ["slow"] if worst > TARGET_MS else []
            marks += ["large"] if size > TARGET_KB else []
            print(
                f"{name:<34}{cpu:>9.1f}{statistics.median(spent):>9.1f}{worst:>9.1f}{size:>15.0f}  "
                f"{', '.join(marks)}",
                flush=True,
            )


async def run(port: int, redis_url: str, asked: argparse.Namespace) -> None:
    """Fill, serve, measure."""
    place = f"postgresql://super@127.0.0.1:{port}"
    settings = settings_for(port, NAME, redis_url)
    await ready(settings, place)
    with web(settings) as (url, _):
        await filled(settings, place, asked.contacts, url)
    with web(settings) as (url, web_pid):
        connection = await asyncpg.connect(f"{place}/{NAME}")
        sizes = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM contacts) AS contacts, "
            "(SELECT count(*) FROM deliveries) AS sends"
        )
        facts = await known(connection)
        await verified(settings, await connection.fetchval("SELECT id FROM tenants LIMIT 1"))
        await connection.close()
        assert sizes
        print(f"{sizes['contacts']:,} contacts, {sizes['sends']:,} sends, {asked.times} times\n")
        await measure(url, facts, asked.times, asked.only, lambda: _ours(web_pid, port))


def main() -> None:
    """Measure with a PostgreSQL of our own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("contacts", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    memory = {"shared_buffers": "512MB", "maintenance_work_mem": "512MB", "max_wal_size": "4GB"}
    with services.postgres(asked.keep, **memory) as port, services.valkey() as redis_url:
        if asked.keep is None or not (asked.keep / "made").exists():
            asyncio.run(prepare(port))
            if asked.keep is not None:
                (asked.keep / "made").touch()
        asyncio.run(run(port, redis_url, asked))


if __name__ == "__main__":
    main()
