"""Python programs that are forked are what they are when they are started."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tenantcrm.sandbox.nursery import POSSIBLE, Nursery
from tenantcrm.sandbox.process import GuardedProcess, Program
from tests.sandbox.support import PROGRAMS, gone, pids_in, runs

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="programs are not forked here")
ROOT = Path(__file__).parents[2]
LOADED = "tenantcrm.ids"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "WHERE": "nursery"}


@pytest.fixture
async def nursery(folder: Path) -> AsyncIterator[Nursery]:
    nursery = Nursery(["json", LOADED], folder / "nursery.log", ENVIRONMENT)
    await nursery.begin()
    yield nursery
    await nursery.end()
    assert (folder / "nursery.log").read_text() == ""


def module(folder: Path, name: str, *words: str, preload: str = LOADED, **more: Any) -> Program:
    return Program(
        name=name,
        argv=[sys.executable, "-m", f"tests.sandbox.programs.{name}", *words],
        log=folder / f"{name}.log",
        environment={**ENVIRONMENT, "WHERE": "here"},
        folder=folder,
        preload=preload,
        **more,
    )


async def test_finds_what_a_started_one_finds(folder: Path, nursery: Nursery):
    """Arguments, environment, folder, files, signals, command line: all is as without a nursery;
    and what must differ from process to process does."""
    found, unique = [], set()
    with (folder / "kept").open("w") as kept:
        for source in (None, nursery, nursery):
            process = await GuardedProcess.start(
                module(folder, "probe", "a word"), keep=[kept.fileno()], nursery=source
            )
            assert await process.wait() == 0, process.tail()
            one = json.loads(process.tail()[-1])
            unique |= set(one.pop("unique"))
            # A process can change its command line as a text alone, without marks between words.
            one["command line"] = " ".join(one["command line"]).strip()
            found.append(one)
    assert found[0]["environment"].pop("LC_CTYPE", "") in {"", "C.UTF-8"}
    for one in found[1:]:
        one["environment"].pop("LC_CTYPE", "")
        assert one == found[0]
    assert found[0]["environment"]["WHERE"] == "here"
    assert len(unique) == 6


async def test_its_end_is_heard(folder: Path, nursery: Nursery):
    """A program that fails says why in its log, and its master hears how it ended; however large
    its environment, and whatever bytes it is called with."""
    program = module(folder, "probe", "fail", os.fsdecode(b"caf\xe9"))
    large = {f"LARGE_{number}": "x" * 100_000 for number in range(4)}
    program = replace(program, environment={**program.environment, **large})
    process = await GuardedProcess.start(program, nursery=nursery)
    assert await process.wait() == 1
    assert process.ending == "exit status 1"
    assert process.tail()[-1] == "RuntimeError: told to fail"


@pytest.mark.parametrize("victim", ["program", "guard"])
async def test_who_is_killed_leaves_nothing(folder: Path, nursery: Nursery, victim: str):
    """Killed, the program takes with it what it started; so does its guard."""
    family = module(folder, "family", str(folder / "pids"))
    process = await GuardedProcess.start(family, nursery=nursery)
    pids = await pids_in(folder / "pids")
    guard = psutil.Process(process.pid).ppid()
    os.kill(process.pid if victim == "program" else guard, signal.SIGKILL)
    assert await process.wait() in {128 + signal.SIGKILL, -signal.SIGKILL}
    assert process.ending == "killed by SIGKILL"
    await gone([guard, process.pid, *(pids if victim == "program" else [])])


async def test_stopping(folder: Path, nursery: Nursery):
    """It is asked to end; one that does not heed is killed when its time is over."""
    for words, ending in ([], signal.SIGTERM), (["stubborn"], signal.SIGKILL):
        (folder / "pids").unlink(missing_ok=True)
        family = module(folder, "family", str(folder / "pids"), *words, grace=0.5 if words else 60)
        process = await GuardedProcess.start(family, nursery=nursery)
        pids = await pids_in(folder / "pids")
        assert await process.stop() == 128 + ending
        await gone(pids)


async def test_a_program_waits_for_its_modules_alone(folder: Path):
    """A program begins when its own module is loaded; one whose module is not yet there waits, and
    holds nobody up."""
    slow = "tests.sandbox.programs.slow"
    go_on = folder / "go on"
    environment = {**ENVIRONMENT, "LOADED_WITH": str(go_on)}
    nursery = Nursery(["json", slow], folder / "nursery.log", environment)
    await nursery.begin()
    waiting = asyncio.create_task(
        GuardedProcess.start(
            module(folder, "family", str(folder / "pids"), preload=slow), nursery=nursery
        )
    )
    await asyncio.sleep(0)
    first = await GuardedProcess.start(module(folder, "probe", preload="json"), nursery=nursery)
    assert await first.wait() == 0
    assert not waiting.done()
    go_on.touch()
    second = await waiting
    await pids_in(folder / "pids")
    await second.stop()
    await nursery.end()


async def test_killed_master_leaves_nothing(folder: Path):
    """When the master is killed, the nursery goes, and every program with all that it started."""
    master = subprocess.Popen([sys.executable, PROGRAMS / "master.py", folder, "nursery"])
    pids = await pids_in(folder / "pids")
    others = [child.pid for child in psutil.Process(master.pid).children(recursive=True)]
    assert len(others) >= 3
    master.kill()
    await asyncio.to_thread(master.wait)
    await gone([*pids, *others])


async def test_a_killed_nursery_is_begun_again(folder: Path, nursery: Nursery):
    """What it has started goes on without it, and the next program comes from a new one."""
    first = await GuardedProcess.start(
        module(folder, "family", str(folder / "pids")), nursery=nursery
    )
    await pids_in(folder / "pids")
    guard = psutil.Process(first.pid).parent()
    assert guard is not None
    dead = guard.ppid()
    os.kill(dead, signal.SIGKILL)
    await gone([dead])
    second = await GuardedProcess.start(module(folder, "probe"), nursery=nursery)
    assert await second.wait() == 0
    assert runs(first.pid)
    await first.stop()
