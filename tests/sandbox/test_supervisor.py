"""Children are kept running."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tenantcrm.sandbox.errors import ProgramFailedError
from tenantcrm.sandbox.process import Program
from tenantcrm.sandbox.supervisor import (
    LONGEST_PAUSE,
    QUICK,
    QUICK_DEATHS,
    Child,
    Supervisor,
    count_death,
    pause_before,
)
from tests.sandbox.support import PROGRAMS, gone, runs, until


def service(folder: Path, name: str, *needs: str, patience: float = 60) -> Child:
    program = Program(
        name=name,
        argv=[sys.executable, str(PROGRAMS / "service.py"), name, str(folder)],
        log=folder / f"{name}.log",
        environment=dict(os.environ),
    )

    async def ready() -> bool:
        return (folder / f"{name}.up").exists()

    async def before() -> None:
        (folder / f"{name}.up").unlink(missing_ok=True)

    return Child(name, lambda: program, ready=ready, needs=needs, before=before, patience=patience)


@asynccontextmanager
async def supervisor() -> AsyncIterator[tuple[Supervisor, list[str]]]:
    lines: list[str] = []
    made = Supervisor(lines.append)
    try:
        yield made, lines
    finally:
        await made.stop(lines.append)


def lines_of(folder: Path, name: str) -> list[str]:
    place = folder / name
    return place.read_text().split() if place.exists() else []


async def test_a_killed_child_is_started_again(folder: Path):
    """A child that is killed is back as another process, and two lines say so."""
    async with supervisor() as (kept, lines):
        await kept.start(service(folder, "web"))
        first = kept.pid("web")
        os.kill(first, signal.SIGKILL)
        await until(lambda: kept.pid("web") not in {0, first})
        assert lines_of(folder, "starts") == ["web", "web"]
        assert lines[0] == "web ended (killed by SIGKILL); starting it again"
        await until(lambda: len(lines) == 2)
        assert lines[1].startswith("web is back after ")


async def test_one_that_keeps_dying_is_given_up(folder: Path):
    """After so many quick deaths in a row it is over, with the last words of the child."""
    async with supervisor() as (kept, _):
        await kept.start(service(folder, "web"))
        (folder / "web.broken").touch()
        os.kill(kept.pid("web"), signal.SIGKILL)
        fault = await kept.failure()
        assert str(fault) == f"web keeps dying (exit status 3, {QUICK_DEATHS} times in a row)"
        assert fault.tail == ["web is broken"]
        assert len(lines_of(folder, "starts")) == QUICK_DEATHS


async def test_the_first_start_must_succeed(folder: Path):
    """A child that dies at its first start is not tried again: somebody is waiting."""
    (folder / "web.broken").touch()
    async with supervisor() as (kept, _):
        with pytest.raises(ProgramFailedError, match="web did not start: exit status 3") as failed:
            await kept.start(service(folder, "web"))
        assert failed.value.tail == ["web is broken"]
        assert lines_of(folder, "starts") == ["web"]


async def test_one_that_never_answers(folder: Path):
    """A child that does not answer in time counts as failed, and is stopped."""

    async def never() -> bool:
        return False

    child = service(folder, "web")
    async with supervisor() as (kept, _):
        with pytest.raises(ProgramFailedError, match="did not get ready within 0 s"):
            await kept.start(Child("web", child.program, ready=never, patience=0.3))
    assert lines_of(folder, "starts") == ["web"]


async def test_it_waits_for_what_it_needs(folder: Path):
    """A child is started again only once the children that it needs answer again."""
    async with supervisor() as (kept, _):
        await kept.start(service(folder, "database"))
        await kept.start(service(folder, "web", "database"))
        (folder / "database.broken").touch()
        for name in ("database", "web"):
            os.kill(kept.pid(name), signal.SIGKILL)
        await until(lambda: lines_of(folder, "starts").count("database") > 1)
        (folder / "database.broken").unlink()
        await until(lambda: kept.pid("web") and kept.pid("database"))
        starts = lines_of(folder, "starts")
        assert starts.count("web") == 2
        assert starts[-1] == "web"


async def test_stops_those_first_that_nobody_needs(folder: Path):
    """A child stops before those that it needs, and none is started again meanwhile."""
    async with supervisor() as (kept, _):
        await kept.start(service(folder, "database"))
        await kept.start(service(folder, "web", "database"))
        await kept.start(service(folder, "worker", "database"))
        pids = [kept.pid(name) for name in ("database", "web", "worker")]
        told: list[str] = []
        await kept.stop(told.append)
        assert told == ["web, worker", "database"]
        assert lines_of(folder, "ends")[-1] == "database"
        assert len(lines_of(folder, "ends")) == 3
        await gone(pids)
        assert len(lines_of(folder, "starts")) == 3


async def test_a_step_that_fails(folder: Path):
    """A program that is to end by itself fails with its last words; stopping ends one under way."""

    def step(script: str) -> Program:
        return Program("step", ["sh", "-c", script], folder / "step.log", dict(os.environ))

    async with supervisor() as (kept, _):
        await kept.run(step("true"))
        with pytest.raises(ProgramFailedError, match="step failed: exit status 4") as failed:
            await kept.run(step("echo no disk; exit 4"))
        assert failed.value.tail == ["no disk"]
        place = folder / "pid"
        running = asyncio.create_task(kept.run(step(f"echo $$ > '{place}'; sleep 600")))
        await until(lambda: place.exists() and place.read_text().strip())
    with pytest.raises(ProgramFailedError):
        await running
    assert not runs(int(place.read_text()))


def test_pauses_grow_and_end_somewhere():
    """The pause doubles from death to death, up to a bound."""
    assert [pause_before(n) for n in (1, 2, 3)] == [0.1, 0.2, 0.4]
    assert pause_before(50) == LONGEST_PAUSE


def test_a_long_life_clears_the_record():
    """Deaths in a row are quick ones; a child that had lived starts from one."""
    assert count_death(4, QUICK + 1) == 1
    assert count_death(4, 0.5) == 5
