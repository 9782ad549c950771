"""The embedded PostgreSQL."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.passwords import Passwords
from tenantcrm.sandbox.postgres import EmbeddedPostgres, data_folder, installation
from tenantcrm.sandbox.postgres.installation import Installation, packaged
from tenantcrm.sandbox.process import GuardedProcess
from tenantcrm.sandbox.service_user import ServiceUser, can_use, service_user
from tests.sandbox.support import NOBODY, gone, needs_root, open_folder, runs


async def query(postgres: EmbeddedPostgres, sql: str, role: str = "tenantcrm_owner") -> object:
    connection = await asyncpg.connect(postgres.url(role))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def fast(folder: Path, **more: object) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder / "postgres", durable=False, **more)


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """Data that were made once; each test starts a server on them, and stops it."""
    with open_folder() as folder:
        made = fast(folder)
        await made.prepare()
        yield made


async def test_restart_keeps_the_data(postgres: EmbeddedPostgres):
    """What is written is there after a stop and a start; nothing runs in between."""
    async with postgres:
        await query(postgres, "CREATE TABLE kept AS SELECT 'ä' AS word")
        pid = postgres.pid
    await gone([pid])
    async with postgres:
        assert await query(postgres, "SELECT word FROM kept") == "ä"


async def test_kill_loses_nothing(postgres: EmbeddedPostgres):
    """What is committed is there after a kill -9 of the server and a start."""
    async with EmbeddedPostgres(postgres.folder, passwords=postgres.passwords) as durable:
        assert await query(durable, "SHOW fsync") == "on"
        assert await query(durable, "SHOW synchronous_commit") == "on"
        await query(durable, "CREATE TABLE survives AS SELECT 42 AS number")
        os.kill(durable.pid, signal.SIGKILL)
        await durable.stop()
        await durable.start()
        assert await query(durable, "SELECT number FROM survives") == 42


async def test_roles_are_safe(postgres: EmbeddedPostgres):
    """The three roles are no superusers, bypass nothing, and need their passwords."""
    async with postgres:
        connection = await asyncpg.connect(postgres.url("postgres"))
        rows = await connection.fetch(
            "SELECT rolname, rolcanlogin AND NOT (rolsuper OR rolbypassrls OR rolcreatedb"
            " OR rolcreaterole OR rolreplication) AS safe FROM pg_roles"
            " WHERE rolname LIKE 'tenantcrm%' ORDER BY 1"
        )
        await connection.close()
        assert [tuple(row) for row in rows] == [
            ("tenantcrm_app", True),
            ("tenantcrm_control", True),
            ("tenantcrm_owner", True),
        ]
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'tenantcrm'"
        assert await query(postgres, owner, "tenantcrm_app") == "tenantcrm_owner"
        wrong = postgres.url().replace(postgres.passwords.app, "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)


async def test_text_is_the_same_everywhere(postgres: EmbeddedPostgres):
    """UTF-8, sorted by code point, cased by Unicode, whatever the machine's locale."""
    async with postgres:
        assert await query(postgres, "SHOW server_encoding") == "UTF8"
        assert await query(postgres, "SELECT upper('äéß')") == "ÄÉß"
        assert await query(postgres, "SELECT 'Z' < 'a'") is True


async def test_other_passwords_are_one_line(postgres: EmbeddedPostgres):
    """Passwords that are not the data's are refused with a sentence."""
    with pytest.raises(ConfigurationError, match="do not open the database"):
        await EmbeddedPostgres(postgres.folder, passwords=Passwords()).start()


async def test_a_half_made_start_is_made_again(folder: Path):
    """A start that was killed while it made the data leaves nothing in the way."""
    draft = folder / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    async with fast(folder) as postgres:
        assert await query(postgres, "SELECT 1") == 1
    assert not draft.exists()


async def test_data_of_another_version(folder: Path):
    """Data of another major version are left alone, with a sentence."""
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigurationError, match="is of PostgreSQL 16, this is 18"):
        await fast(folder).start()


async def test_a_folder_of_something_else(folder: Path):
    """A folder with other things in it is left alone, with a sentence."""
    (folder / "postgres").mkdir()
    (folder / "postgres" / "letters.txt").write_text("x")
    with pytest.raises(ConfigurationError, match="something else than a database"):
        await fast(folder).start()


async def test_a_server_left_behind_is_ended(postgres: EmbeddedPostgres):
    """A server that still runs on these data, of an earlier run, is ended first."""
    left = await GuardedProcess.start(postgres.program())
    while not await postgres.ready():
        pass
    async with EmbeddedPostgres(postgres.folder, passwords=postgres.passwords) as again:
        assert not runs(left.pid)
        assert again.pid != left.pid
    await left.stop()


async def test_the_number_of_a_dead_server(postgres: EmbeddedPostgres):
    """A pid file whose number is by now another process's is no obstacle, and that one lives."""
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        (postgres.folder / "postmaster.pid").write_text(f"{stranger.pid}\n")
        async with postgres:
            assert await query(postgres, "SELECT 1") == 1
        assert runs(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_long_path(folder: Path):
    """A home may lie deeper than a socket's path may be long."""
    deep = folder / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with fast(deep) as postgres:
        assert await query(postgres, "SELECT 1") == 1


@needs_root
async def test_root_runs_it_as_somebody_else(postgres: EmbeddedPostgres):
    """Started by root, it is another user's process, whose data nobody else can read."""
    async with postgres:
        assert (Path("/proc") / str(postgres.pid)).stat().st_uid == NOBODY
        found = postgres.folder.stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (NOBODY, 0o700)


@needs_root
async def test_a_home_that_only_root_can_enter(
    folder: Path, closed_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where PostgreSQL's user cannot enter the home, the data lie elsewhere, and the home stays
    closed; a home made anew at the same place gets new data.
    """
    monkeypatch.setattr(data_folder, "SHELF", folder)
    async with fast(closed_folder) as postgres:
        await query(postgres, "CREATE TABLE kept AS SELECT 42 AS number")
    link = closed_folder / "postgres"
    assert link.is_symlink()
    first = link.resolve()
    assert first.parent == folder / "data"
    assert stat.S_IMODE(closed_folder.stat().st_mode) == 0o700
    async with postgres:
        assert await query(postgres, "SELECT number FROM kept") == 42
    link.unlink()
    async with fast(closed_folder) as fresh:
        assert await query(fresh, "SELECT to_regclass('kept')") is None
    assert not first.exists()
    shutil.rmtree(link.resolve())
    with pytest.raises(ConfigurationError, match="which is gone"):
        await fast(closed_folder).start()


@needs_root
async def test_programs_that_only_root_can_run(
    folder: Path, closed_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where PostgreSQL's user cannot run the installed programs, a copy serves, made once."""
    monkeypatch.setattr(data_folder, "SHELF", folder)
    user = ServiceUser(NOBODY, NOBODY)
    original = packaged()
    package = installation.PACKAGE
    for name in (f"{package}/pginstall18", f"{package}.libs"):
        shutil.copytree(original.packages / name, closed_folder / name, symlinks=True)
    closed = Installation(closed_folder)
    assert not can_use(user, closed.postgres, "-x")
    copy = closed.for_user(user, folder)
    assert copy.packages.parent == folder
    made = copy.postgres.stat().st_ino
    assert closed.for_user(user, folder).postgres.stat().st_ino == made
    async with fast(folder, programs=copy) as postgres:
        assert await query(postgres, "SELECT 1") == 1


@needs_root
def test_data_of_an_ordinary_user_stay_theirs(folder: Path):
    """Root runs the server as the user who made the data."""
    assert service_user(folder / "postgres") == ServiceUser(NOBODY, NOBODY)
    data = folder / "postgres"
    data.mkdir()
    os.chown(data, 1234, 1235)
    assert service_user(data) == ServiceUser(1234, 1235)
