"""``tenantcrm up`` from the outside."""

import asyncio
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from redis.asyncio import Redis

from tests.sandbox.instance import PARTS, Instance, command, instance
from tests.sandbox.support import (
    NOBODY,
    gone,
    needs_root,
    open_folder,
    ordinary_environment,
    runs,
    until,
)

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Instance]:
    """A run that most of these tests share."""
    with open_folder() as folder:
        async with instance(folder / "the home") as started:
            yield started


async def tenant(home: Path, owner: str, **how: Mapping[str, str]) -> str:
    """Make a tenant; gives its id."""
    words = ["tenants", "create", "Vinr", "--owner", owner, "--json"]
    return str(json.loads(await command(home, *words, **how))["id"])


def ready_of(running: Instance) -> dict[str, str]:
    return json.loads((running.home / "ready.json").read_text())


async def test_it_says_where_everything_is(running: Instance):
    """When it is ready, the terminal and ready.json say where everything answers, and it does."""
    async with asyncio.timeout(20):
        # The last line is printed just after the file is written.
        while "Ctrl-C stops" not in running.told:
            await asyncio.sleep(0.05)
    ready = ready_of(running)
    assert set(ready) == {
        "url", "inbox_url", "ses_endpoint_url", "database_url", "redis_url", "pid",
    }  # fmt: skip
    assert ready["pid"] == running.process.pid
    assert stat.S_IMODE((running.home / "ready.json").stat().st_mode) == 0o600
    demo = json.loads((running.home / "demo.json").read_text())
    for word in (
        ready["url"],
        ready["inbox_url"],
        demo["email"],
        demo["password"],
        demo["api_key"],
    ):
        assert word in running.told
    for step in ("PostgreSQL", "Valkey", "SES simulator", "Migrations", "Demo", "Web", "Worker"):
        assert re.search(rf"✓ {step}.* \d+\.\d s", running.told), running.told
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{ready['url']}/readyz")).status_code == 200
        assert (await client.get(ready["inbox_url"])).status_code == 200
        assert (await client.get(f"{ready['ses_endpoint_url']}/healthz")).status_code == 200
    connection = await asyncpg.connect(ready["database_url"])
    assert await connection.fetchval("SELECT current_user") == "tenantcrm_app"
    await connection.close()
    async with Redis.from_url(ready["redis_url"]) as redis:
        assert await redis.ping()


async def test_the_same_home_twice(running: Instance):
    """The second run of a home is one line that names the first, and exit status 1."""
    second = Instance(running.home)
    assert await asyncio.to_thread(second.process.wait, 60) == 1
    words = f"✗ already running, pid {running.process.pid}, at {ready_of(running)['url']}\n"
    assert second.told == words
    assert runs(running.process.pid)


async def test_other_commands_speak_to_it(running: Instance):
    """`--home` is all that another command needs, whatever the environment says."""
    environment = {**os.environ, "TENANTCRM_DATABASE_URL": "postgresql://nobody@192.0.2.1/x"}
    made = await tenant(running.home, "ada@example.com", environment=environment)
    assert made in await command(running.home, "tenants", "list")


@pytest.mark.parametrize("part", [*PARTS, "everything"])
async def test_what_is_killed_comes_back(running: Instance, part: str):
    """A part that is killed is back at the same address, and nothing that was kept is lost."""
    ready = ready_of(running)
    async with Redis.from_url(ready["redis_url"]) as redis:
        await redis.set("kept", part)
    await as_superuser(running, "CREATE SCHEMA IF NOT EXISTS apart")
    await as_superuser(running, "CREATE TABLE IF NOT EXISTS apart.kept (part text PRIMARY KEY)")
    await as_superuser(running, f"INSERT INTO apart.kept VALUES ('{part}')")
    parts = [*PARTS] if part == "everything" else [part]
    before = {name: running.pid(name) for name in parts}
    assert all(before.values())
    told = len(running.told)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    for name in parts:
        await until(lambda name=name: f"{name} is back" in running.told[told:], patience=120)
        assert running.pid(name) not in {0, before[name]}
    async with httpx.AsyncClient(trust_env=False) as client:
        await _answers(client, f"{ready['url']}/readyz")
        await _answers(client, f"{ready['ses_endpoint_url']}/healthz")
    async with Redis.from_url(ready["redis_url"]) as redis:
        assert await redis.get("kept") == part.encode()
    found = await as_superuser(running, f"SELECT part FROM apart.kept WHERE part = '{part}'")
    assert found == part
    assert runs(running.process.pid)


async def as_superuser(running: Instance, sql: str) -> object:
    passwords = json.loads((running.home / "secrets.json").read_text())
    url = ready_of(running)["database_url"].replace("tenantcrm_app", "postgres")
    connection = await asyncpg.connect(url.replace(passwords["app"], passwords["superuser"]))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def _answers(client: httpx.AsyncClient, url: str) -> None:
    async with asyncio.timeout(120):
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_ctrl_c_and_again(running: Instance):
    """Ctrl-C ends everything with exit status 0; the next start has the same data and ports."""
    kept = await tenant(running.home, "kept@example.com")
    before, demo = ready_of(running), (running.home / "demo.json").read_text()
    assert await running.end(signal.SIGINT) == 0
    assert not (running.home / "ready.json").exists()
    async with instance(running.home) as again:
        after = ready_of(again)
        assert {**after, "pid": 0} == {**before, "pid": 0}
        assert (again.home / "demo.json").read_text() == demo
        assert kept in await command(again.home, "tenants", "list")
        assert await again.end(signal.SIGTERM) == 0


async def test_a_killed_parent_leaves_nothing_and_two_homes_do_not_meet():
    """Two homes that start at the same moment get ports of their own. When one is killed, nothing
    of it is left, the other goes on, and the killed one starts again on its data.
    """
    with open_folder() as folder:
        one, two = Instance(folder / "one", "--no-demo"), Instance(folder / "two", "--no-demo")
        try:
            first, second = await asyncio.gather(one.ready(), two.ready())
            assert not set(first.values()) & set(second.values())
            kept = await tenant(one.home, "one@example.com")
            assert kept not in await command(two.home, "tenants", "list")
            family = one.family()
            assert len(family) > 10
            one.process.kill()
            one.process.wait()
            # At once, while the remains still end: the new run waits for them.
            async with instance(one.home, "--no-demo") as again:
                await gone(family)
                assert (await again.ready())["url"] == first["url"]
                assert kept in await command(again.home, "tenants", "list")
            assert runs(two.process.pid)
        finally:
            for started in (one, two):
                if runs(started.process.pid):
                    await started.end()


@needs_root
async def test_an_ordinary_user_and_a_scaled_clock(python_for_all: str):
    """An ordinary user runs it all as themselves; a day may last a minute."""
    with open_folder() as folder:
        os.chown(folder, NOBODY, NOBODY)
        async with instance(
            folder / "home", "--no-demo", "--day-lasts", "60",
            python=python_for_all, user=NOBODY, group=NOBODY, extra_groups=[],
            env=ordinary_environment(python_for_all),
        ) as started:  # fmt: skip
            assert {psutil.Process(pid).uids().real for pid in started.family()} == {NOBODY}
            assert json.loads((started.home / "clock.json").read_text())["rate"] == 1440
            assert "a day lasts 60 s" in started.told
            assert await started.end() == 0


async def test_ctrl_c_while_it_starts():
    """Ctrl-C in the middle of the start ends it all the same, and the next start succeeds."""
    with open_folder() as folder:
        started = Instance(folder / "home", "--no-demo")
        await until(lambda: len(started.family()) > 2)
        assert await started.end() == 0
        assert not (started.home / "ready.json").exists()
        async with instance(started.home, "--no-demo"):
            pass


async def test_it_gives_up_on_what_keeps_dying():
    """A part that cannot live ends the run, with its last words and exit status 1."""
    with open_folder() as folder:
        async with instance(folder / "home", "--no-demo") as started:
            family = started.family()
            (started.home / "valkey" / "valkey.pid").unlink()
            (started.home / "valkey" / "appendonlydir").rename(started.home / "elsewhere")
            (started.home / "valkey" / "appendonlydir").write_text("not a folder")
            os.kill(started.pid("valkey"), signal.SIGKILL)
            assert await asyncio.to_thread(started.process.wait, 120) == 1
            await gone(family)
            assert "✗ valkey keeps dying" in started.told
            assert "appendonlydir" in started.told


def up(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tenantcrm.cli", "up", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_port_that_is_taken(folder: Path):
    """A port that was asked for and is taken is one line, and exit status 1."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = str(server.getsockname()[1])
        ended = up(folder / "home", "--port", port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"✗ port {port} is taken: give another with --port\n"


@pytest.mark.parametrize("name", ["secrets.json", "clock.json"])
def test_damaged_files_are_one_line(folder: Path, name: str):
    """A damaged file of the home is one line that says what to do, and exit status 1."""
    home = folder / "home"
    home.mkdir()
    (home / name).write_text('{"half')
    ended = up(home)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"✗ {home / name} is damaged")


def test_a_host_that_is_not_here(folder: Path):
    """An address of another machine is one line, and exit status 1."""
    ended = up(folder / "home", "--host", "192.0.2.1")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "✗ --host 192.0.2.1 is not an address of this machine\n"


def test_a_day_that_cannot_be(folder: Path):
    """A day that lasts no time is refused before anything is made."""
    ended = up(folder / "home", "--day-lasts", "0")
    assert ended.returncode in {1, 2}
    assert ended.stderr.count("\n") == 1
    assert not (folder / "home").exists()
