"""A guarded program and its family."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.process import LOG_BYTES, GuardedProcess, Program, rotate
from tenantcrm.sandbox.service_user import ServiceUser
from tests.sandbox.support import NOBODY, PROGRAMS, gone, needs_root, pids_in, runs, until


def program(folder: Path, *argv: str, **more: object) -> Program:
    return Program(
        name="thing",
        argv=argv,
        log=folder / "thing.log",
        environment=dict(os.environ),
        **more,
    )


def family(folder: Path, *words: str, **more: object) -> Program:
    argv = [sys.executable, str(PROGRAMS / "family.py"), str(folder / "pids"), *words]
    return program(folder, *argv, **more)


@pytest.mark.parametrize("words", [[], ["stubborn"]])
async def test_killed_master_leaves_nothing(folder: Path, words: list[str]):
    """When the master is killed, the program goes, with all that it started, heeding or not."""
    master = subprocess.Popen([sys.executable, PROGRAMS / "master.py", folder, *words])
    pids = await pids_in(folder / "pids")
    guards = [child.pid for child in psutil.Process(master.pid).children()]
    assert all(runs(pid) for pid in [*pids, *guards])
    master.kill()
    await asyncio.to_thread(master.wait)
    await gone([*pids, *guards])


async def test_killed_program_leaves_nothing(folder: Path):
    """When the program is killed, what it started goes with it, and the master hears how."""
    process = await GuardedProcess.start(family(folder))
    pids = await pids_in(folder / "pids")
    os.kill(process.pid, signal.SIGKILL)
    assert await process.wait() == 128 + signal.SIGKILL
    assert process.ending == "killed by SIGKILL"
    await gone(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the master sweeps the group")
async def test_killed_guard_leaves_nothing(folder: Path):
    """When the guard is killed, the program does not go on alone."""
    process = await GuardedProcess.start(program(folder, "sleep", "600"))
    guard = psutil.Process(process.pid).ppid()
    os.kill(guard, signal.SIGKILL)
    await process.wait()
    await gone([process.pid, guard])


async def test_stop_asks_first(folder: Path):
    """A program that heeds its signal ends by it, and so does all that it started."""
    process = await GuardedProcess.start(family(folder, grace=60))
    pids = await pids_in(folder / "pids")
    assert await process.stop() == 128 + signal.SIGTERM
    await gone(pids)


async def test_stop_insists(folder: Path):
    """A program that does not heed its signal is killed when its time is over."""
    process = await GuardedProcess.start(family(folder, "stubborn", grace=0.3))
    pids = await pids_in(folder / "pids")
    assert await process.stop() == 128 + signal.SIGKILL
    await gone(pids)
    assert await process.stop() == 128 + signal.SIGKILL


async def test_hurry_cuts_a_stop_short(folder: Path):
    """Whoever loses patience during a stop need not wait for its end."""
    process = await GuardedProcess.start(family(folder, "stubborn", grace=3600))
    await pids_in(folder / "pids")
    stopping = asyncio.create_task(process.stop())
    await asyncio.sleep(0.1)
    process.hurry()
    assert await stopping == 128 + signal.SIGKILL


async def test_output_goes_to_the_log(folder: Path):
    """Both outputs are appended to the log; the tail is what came since this start."""
    log = folder / "thing.log"
    log.write_text("of an earlier run\n")
    process = await GuardedProcess.start(program(folder, "sh", "-c", "echo out; echo err >&2"))
    assert await process.wait() == 0
    assert process.tail() == ["out", "err"]
    assert log.read_text() == "of an earlier run\nout\nerr\n"


async def test_exit_status_is_passed_on(folder: Path):
    """The exit status of the program is the guard's."""
    process = await GuardedProcess.start(program(folder, "sh", "-c", "exit 7"))
    assert await process.wait() == 7
    assert process.ending == "exit status 7"


async def test_a_program_that_is_not_there(folder: Path):
    """A program that cannot be started says so in its log."""
    process = await GuardedProcess.start(program(folder, "/no/such/program"))
    assert await process.wait() == 127
    assert process.tail() == ["cannot start /no/such/program: No such file or directory"]


async def test_a_log_that_cannot_be_written(folder: Path):
    """A log that cannot be written is one line, not a traceback."""
    with pytest.raises(ConfigurationError, match="cannot write"):
        await GuardedProcess.start(program(folder / "missing", "true"))


async def test_the_terminal_stays_with_the_master(folder: Path):
    """The program has a session of its own and nothing to read, so Ctrl-C does not reach it."""
    script = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"
    process = await GuardedProcess.start(program(folder, sys.executable, "-c", script))
    await process.wait()
    assert process.tail() == ["True True"]


async def test_kept_files_are_not_the_programs(folder: Path):
    """A file descriptor that the guard keeps does not reach the program."""
    with (folder / "kept").open("w") as kept:
        script = f"import os; os.fstat({kept.fileno()})"
        process = await GuardedProcess.start(
            program(folder, sys.executable, "-c", script), keep=[kept.fileno()]
        )
        assert await process.wait() == 1
        assert "Bad file descriptor" in process.tail()[-1]


@needs_root
async def test_becomes_the_service_user(folder: Path):
    """A program of another user is that user alone, and still ends when its guard does."""
    user = ServiceUser(NOBODY, NOBODY)
    process = await GuardedProcess.start(
        program(folder, "sh", "-c", "id -u; id -g; id -G", user=user)
    )
    await process.wait()
    assert process.tail() == [str(NOBODY)] * 3
    process = await GuardedProcess.start(program(folder, "sleep", "600", user=user))
    await until(lambda: psutil.Process(process.pid).name() == "sleep")
    os.kill(psutil.Process(process.pid).ppid(), signal.SIGKILL)
    await process.wait()
    await gone([process.pid])


def test_large_logs_are_put_aside(folder: Path):
    """A log that has grown large makes room when its program is first started."""
    log = folder / "thing.log"
    log.write_bytes(b"x" * (LOG_BYTES + 1))
    rotate(log)
    assert not log.exists()
    assert (folder / "thing.log.1").stat().st_size == LOG_BYTES + 1
    rotate(log)
    log.write_text("small")
    rotate(log)
    assert log.read_text() == "small"
