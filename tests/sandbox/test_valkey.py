"""The embedded Valkey."""

import os
import signal
import stat
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from tenantcrm.sandbox.process import GuardedProcess
from tenantcrm.sandbox.valkey import EmbeddedValkey
from tests.sandbox.support import gone, runs


@pytest.fixture
def folder(folder: Path) -> Path:
    """A folder for the data, in one for what is beside them."""
    (folder / "valkey").mkdir()
    return folder / "valkey"


async def test_restart_keeps_the_data(folder: Path):
    """What is written is there after a stop and a start, with the same password and port."""
    async with EmbeddedValkey(folder) as valkey:
        async with Redis.from_url(valkey.url) as redis:
            await redis.set("kept", "42")
        pid = valkey.pid
    await gone([pid])
    async with valkey, Redis.from_url(valkey.url) as redis:
        assert await redis.get("kept") == b"42"


async def test_kill_loses_nothing(folder: Path):
    """What was answered is there after a kill -9 of the server and a start."""
    async with EmbeddedValkey(folder) as valkey:
        async with Redis.from_url(valkey.url) as redis:
            await redis.set("kept", "42")
        os.kill(valkey.pid, signal.SIGKILL)
        await valkey.stop()
        await valkey.start()
        async with Redis.from_url(valkey.url) as redis:
            assert await redis.get("kept") == b"42"


async def test_the_password_is_secret(folder: Path):
    """It is asked for, it is not on the command line, and the settings are their owner's alone."""
    async with EmbeddedValkey(folder) as valkey:
        password = valkey.url.split(":")[2].split("@")[0]
        assert password not in (Path("/proc") / str(valkey.pid) / "cmdline").read_text()
        assert stat.S_IMODE((folder / "valkey.conf").stat().st_mode) == 0o600
        async with Redis.from_url(valkey.url.replace(password, "wrong")) as redis:
            with pytest.raises(AuthenticationError):
                await redis.ping()


async def test_a_server_left_behind_is_ended(folder: Path):
    """A server that still runs on these data, of an earlier run, is ended first."""
    valkey = EmbeddedValkey(folder)
    await valkey.prepare()
    left = await GuardedProcess.start(valkey.program())
    while not await valkey.ready():
        pass
    async with EmbeddedValkey(folder):
        assert not runs(left.pid)
    await left.stop()


async def test_without_durability_nothing_is_kept(folder: Path):
    """For tests, nothing is written."""
    async with EmbeddedValkey(folder, durable=False) as valkey:
        async with Redis.from_url(valkey.url) as redis:
            await redis.set("lost", "1")
        await valkey.stop()
        await valkey.start()
        async with Redis.from_url(valkey.url) as redis:
            assert await redis.get("lost") is None
