"""A program under its guard, as its master holds it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.guarding import Guard
from tenantcrm.sandbox.nursery import Nursery, packed
from tenantcrm.sandbox.service_user import ServiceUser

TAIL_LINES = 15
TAIL_BYTES = 16_384
LOG_BYTES = 5_000_000
"""A log that has grown past this is put aside when its program is first started."""
KILLED = 128
"""An exit status above it is a signal's number plus 128, as in the shell."""
MARGIN = 8.0
"""Seconds on top of a program's own that its guard has to kill it and sweep its remains."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how to end it.

    ``stop``: the signal that asks it to end. ``grace``: seconds that it has to do so, before it is
    killed with everything that it started. ``user``: whom it runs as, instead of this process's
    own user. ``log``: the file that its output is appended to. ``preload``: where the
    program is this Python with ``-m``, the module after whose loading a nursery forks it.
    """

    name: str
    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path = Path("/")
    stop: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    user: ServiceUser | None = None
    preload: str = ""


def rotate(log: Path) -> None:
    """Put a log that has grown large aside, as ``NAME.1``; the one before it goes."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name(log.name + ".1"))


class GuardedProcess:
    """A running program. Nothing of it outlives this process, however either of them ends."""

    def __init__(self, program: Program, guard: Guard, log_start: int) -> None:
        """Keep the parts; :meth:`start` makes them."""
        self.program = program
        self.pid = guard.program
        """The program's own process id (0 when it could not be started), not its guard's."""
        self.started = time.monotonic()
        self._guard = guard
        self._log_start = log_start

    @classmethod
    async def start(
        cls, program: Program, *, keep: Sequence[int] = (), nursery: Nursery | None = None
    ) -> "GuardedProcess":
        """Start it; whether it works is for the caller to see.

        Args:
            program: what to run.
            keep: file descriptors that stay open until nothing of the program is left.
            nursery: where a module of Python is forked from; without it, it is loaded anew.

        Raises:
            ConfigurationError: its log cannot be written.
        """
        order = {
            "argv": [str(part) for part in program.argv],
            "stop": int(program.stop),
            "user": program.user and program.user.uid,
            "group": program.user and program.user.gid,
        }
        try:
            log = os.open(program.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as fault:
            raise ConfigurationError(f"cannot write {program.log}: {fault.strerror}") from fault
        environment, folder = program.environment, program.folder
        try:
            start = os.fstat(log).st_size
            if nursery is not None and program.preload:
                packet = packed(
                    order, preload=program.preload, environment=environment, folder=folder
                )
                guard = await Guard.fork(nursery, packet, log=log, keep=keep)
            else:
                guard = await Guard.start(
                    order, environment=environment, folder=folder, log=log, keep=keep
                )
        finally:
            os.close(log)
        return cls(program, guard, start)

    @property
    def running(self) -> bool:
        """Whether the program or something that it started is still there."""
        return self._guard.status is None

    @property
    def ending(self) -> str:
        """How it ended, for a person: "exit status 3", "killed by SIGKILL"."""
        code = self._guard.status
        if code is None:
            return "is running"
        number = -code if code < 0 else code - KILLED
        with contextlib.suppress(ValueError):
            if number > 0:
                return f"killed by {signal.Signals(number).name}"
        return f"exit status {code}"

    async def wait(self) -> int:
        """Wait until nothing of it is left; give its exit status (128 + signal when killed)."""
        code = await self._guard.wait()
        if code < 0:
            # Somebody killed the guard itself: what it was to sweep away is left to us.
            self._kill_group()
        return code

    async def stop(self, grace: float | None = None) -> int:
        """Ask it to end within ``grace`` seconds (its own when left out), kill it then; idempotent.

        A second call with fewer seconds shortens the first.
        """
        grace = self.program.grace if grace is None else grace
        self._guard.grant(grace)
        try:
            return await asyncio.wait_for(self.wait(), grace + MARGIN)
        except TimeoutError:
            self._guard.kill()
            return await self.wait()

    def hurry(self) -> None:
        """Leave it no more time to end in."""
        self._guard.grant(0)

    def _kill_group(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def tail(self) -> list[str]:
        """The last lines that it wrote since this start."""
        with contextlib.suppress(OSError), self.program.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, end - TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
            return [line for line in lines if line.strip()][-TAIL_LINES:]
        return []
