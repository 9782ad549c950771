"""One `up` a home: a lock that lasts until the last process of the run is gone."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tenantcrm.errors import ConfigurationError

PATIENCE = 30.0
"""Seconds to wait for the remains of a killed run; its guards need a few."""
SLACK = 2.0
"""Seconds by which two readings of a process's start may differ."""


class HomeLock:
    """The lock of one home, held.

    The operating system frees it with the last copy of its file descriptor. Every guard keeps one,
    so it also covers the moments in which a killed run's programs are still ending.
    """

    def __init__(self, path: Path, fd: int) -> None:
        """Keep what :meth:`take` got."""
        self._path = path
        self.fd = fd

    @classmethod
    def take(cls, path: Path, tell: Callable[[str], None]) -> "HomeLock":
        """Take the lock; wait for the remains of a killed run, and say so through ``tell``.

        Raises:
            ConfigurationError: another run has it.
            OSError: the file cannot be made.
        """
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        end, told = time.monotonic() + PATIENCE, False
        while not _locked(fd):
            run = _read(path)
            if _alive(run):
                os.close(fd)
                at = f", at {run['url']}" if run.get("url") else ""
                raise ConfigurationError(f"already running, pid {run['pid']}{at}")
            if time.monotonic() > end:
                os.close(fd)
                raise ConfigurationError(
                    f"processes of an earlier run still hold {path}: end them, then start again"
                )
            if not told:
                tell("Waiting for an earlier run to end")
                told = True
            time.sleep(0.1)
        lock = cls(path, fd)
        lock.describe()
        return lock

    def describe(self, url: str | None = None, host: str | None = None) -> None:
        """Write who holds it and where it answers, for whoever comes second."""
        pid = os.getpid()
        started = psutil.Process(pid).create_time()
        run = {"pid": pid, "started": started, "url": url, "host": host}
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, json.dumps(run).encode(), 0)

    def release(self) -> None:
        """Give it back."""
        os.ftruncate(self.fd, 0)
        os.close(self.fd)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        run = json.loads(path.read_text())
        if isinstance(run, dict):
            return run
    return {}


def _alive(run: dict[str, Any]) -> bool:
    """Whether the process that wrote this is still the one with its number."""
    pid, started = run.get("pid"), run.get("started")
    if not isinstance(pid, int) or not isinstance(started, float):
        return False
    try:
        return abs(psutil.Process(pid).create_time() - started) < SLACK
    except psutil.Error:
        return False


def holder(path: Path) -> dict[str, Any] | None:
    """Who holds the lock: ``{"pid", "started", "url"}``, or None when nobody does."""
    run = _read(path)
    return run if _alive(run) else None
