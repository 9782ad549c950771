"""A program under its guard, as its master holds it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.service_user import ServiceUser

GUARD = Path(__file__).with_name("guard.py")
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
    own user. ``log``: the file that its output is appended to.
    """

    name: str
    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path = Path("/")
    stop: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    user: ServiceUser | None = None


def rotate(log: Path) -> None:
    """Put a log that has grown large aside, as ``NAME.1``; the one before it goes."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name(log.name + ".1"))


class GuardedProcess:
    """A running program. Nothing of it outlives this process, however either of them ends."""

    def __init__(self, program: Program, guard: asyncio.subprocess.Process, log_start: int) -> None:
        """Keep the parts; :meth:`start` makes them."""
        self.program = program
        self.pid = 0
        """The program's own process id (0 when it could not be started), not its guard's."""
        self.started = time.monotonic()
        self._guard = guard
        self._log_start = log_start

    @classmethod
    async def start(cls, program: Program, *, keep: Sequence[int] = ()) -> "GuardedProcess":
        """Start it; whether it works is for the caller to see.

        Args:
            program: what to run.
            keep: file descriptors that stay open until nothing of the program is left.

        Raises:
            ConfigurationError: its log cannot be written.
        """
        order = {
            "argv": [str(part) for part in program.argv],
            "stop": int(program.stop),
            "user": program.user and program.user.uid,
            "group": program.user and program.user.gid,
            "keep": list(keep),
        }
        try:
            log = os.open(program.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as fault:
            raise ConfigurationError(f"cannot write {program.log}: {fault.strerror}") from fault
        try:
            # -S: no packages are looked for, which halves the start; the guard needs none.
            guard = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", str(GUARD), json.dumps(order),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                cwd=program.folder, env=dict(program.environment),
                start_new_session=True, pass_fds=list(keep),
            )  # fmt: skip
            process = cls(program, guard, os.fstat(log).st_size)
        finally:
            os.close(log)
        assert guard.stdin is not None  # noqa: S101 -- it was asked for as a pipe
        assert guard.stdout is not None  # noqa: S101 -- so was this
        try:
            process.pid = int((await guard.stdout.readline()).strip() or 0)
        except asyncio.CancelledError:
            guard.stdin.close()
            raise
        return process

    @property
    def running(self) -> bool:
        """Whether the program or something that it started is still there."""
        return self._guard.returncode is None

    @property
    def ending(self) -> str:
        """How it ended, for a person: "exit status 3", "killed by SIGKILL"."""
        code = self._guard.returncode
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
        pipe = self._guard.stdin
        assert pipe is not None  # noqa: S101 -- it was asked for as a pipe
        with contextlib.suppress(ConnectionError):
            pipe.write(f"{grace}\n".encode())
            await pipe.drain()
        try:
            code = await asyncio.wait_for(self.wait(), grace + MARGIN)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._guard.kill()
            code = await self.wait()
        pipe.close()
        return code

    def hurry(self) -> None:
        """Leave it no more time to end in."""
        if self._guard.stdin is not None and self.running:
            self._guard.stdin.write(b"0\n")

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
