"""One run a home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox import lock
from tenantcrm.sandbox.lock import HomeLock, holder

HOLDS = """
import sys, time
from pathlib import Path
from tenantcrm.sandbox.lock import HomeLock
held = HomeLock.take(Path(sys.argv[1]), print)
held.describe("http://127.0.0.1:8000", "127.0.0.1")
print("held", flush=True)
sys.stdin.read()
"""


def silent(_: str) -> None:
    """Nobody listens."""


def holding(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_learns_of_the_first(folder: Path):
    """Whoever comes second gets one line: who has it, and where it answers."""
    path = folder / "lock"
    with holding(path) as first:
        words = f"already running, pid {first.pid}, at http://127.0.0.1:8000"
        with pytest.raises(ConfigurationError, match=f"^{words}$"):
            HomeLock.take(path, silent)
        found = holder(path)
        assert found is not None
        assert found["pid"] == first.pid
        first.communicate("")
    HomeLock.take(path, silent).release()
    assert holder(path) is None


def test_a_killed_run_frees_it(folder: Path):
    """A lock is as long as its processes: a file that stays behind means nothing."""
    path = folder / "lock"
    with holding(path) as first:
        first.kill()
        first.communicate()
    assert holder(path) is None
    HomeLock.take(path, silent).release()


def test_waits_for_what_a_killed_run_left(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """While guards of a killed run are still at work, a new run waits, says so, and gives up in
    the end with one line.
    """
    path, told = folder / "lock", []
    left = HomeLock.take(path, silent)
    os.ftruncate(left.fd, 0)
    monkeypatch.setattr(lock, "PATIENCE", 0.3)
    with pytest.raises(ConfigurationError, match="processes of an earlier run still hold"):
        HomeLock.take(path, told.append)
    assert told == ["Waiting for an earlier run to end"]
    left.release()
