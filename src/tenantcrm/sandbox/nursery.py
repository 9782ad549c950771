"""Start Python programs as forks of one process that has loaded what they consist of.

Web, worker, migrations, demo and simulator load the same two thousand modules, which takes most of
the time of a start; here they are loaded once, while PostgreSQL makes its files. What comes out is
what ``python -m MODULE`` starts: a process of its own under a guard of its own, with its own
environment, folder and log, whose command line says so too.

The nursery itself is started with the number of a socket, over which each order comes as one packet
with the file descriptors that go with it (see :meth:`Nursery.fork`); it ends when the socket does.
A nursery that is killed is missed by nobody but the next start, which begins another one.
"""

import asyncio
import contextlib
import ctypes
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tenantcrm.loading import loading
from tenantcrm.sandbox import guard

POSSIBLE = sys.platform == "linux"
"""Elsewhere a fork of a process with so many libraries in it is not safe, or there is none."""
LOADED = (
    "tenantcrm.schema",
    "tenantcrm.serving",
    "tenantcrm.worker",
    "tenantcrm.delivery.senders",
    "tenantcrm.sandbox.ses.serving",
)
ARG_START, ARG_END = 48, 49
"""Fields of /proc/PID/stat, from 1: where the command line begins and ends in memory."""
LARGEST = 131_072
"""Bytes of an order; what an environment comes to is a few thousand."""
LONGEST_NAME = 1_000
"""Characters of a command line at most that is shown for a program."""
STANDARD = 3
"""Descriptors that come first with an order: the guard's standard input, output and error."""


def command(fd: int) -> list[str]:
    """What starts a nursery that is given its orders over this socket."""
    # The blanks are room for the command lines of what it forks.
    return [sys.executable, "-m", "tenantcrm.sandbox.nursery", str(fd), " " * LONGEST_NAME]


class Nursery:
    """The nursery of one run, as its master holds it."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        """Start nothing yet. ``log``: what its own output is appended to."""
        self._log = log
        self._environment = dict(environment)
        self._socket: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Have it load in the background, unless it has."""
        if self._process is not None and self._process.returncode is None:
            return
        self._hang_up()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        log = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                cwd="/", env=self._environment, start_new_session=True,
                pass_fds=[theirs.fileno()],
            )  # fmt: skip
        finally:
            os.close(log)
            theirs.close()

    async def fork(
        self,
        order: Mapping[str, object],
        *,
        environment: Mapping[str, str],
        folder: Path,
        standard: Sequence[int],
        keep: Sequence[int],
    ) -> None:
        """Have a guard forked that runs ``python -m MODULE ARGUMENT...``.

        Args:
            order: what the guard is to do (see :class:`guard.Order`), without ``keep``.
            environment: all of the program's.
            folder: where it runs.
            standard: the guard's standard input, output and error.
            keep: what the guard keeps open until nothing of the program is left.
        """
        await self.begin()
        assert self._socket is not None  # noqa: S101 -- it has begun
        words = {"order": order, "environment": dict(environment), "folder": str(folder)}
        # A descriptor arrives with the same rights, but under a number of the receiver's own.
        socket.send_fds(self._socket, [json.dumps(words).encode()], [*standard, *keep])

    async def end(self) -> None:
        """Start nothing more; what was started goes on."""
        self._hang_up()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _name(words: str) -> None:
    """Let this be the command line that ``ps`` shows: the kernel reads it where it was put.

    A last byte that is not NUL tells it that it is one text now (proc_pid_cmdline(5)).
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[ARG_START - 3]), int(fields[ARG_END - 3])
    room = end - start - 2
    ctypes.memmove(start, words.encode()[:room].ljust(room + 1, b"\0") + b".", room + 2)


def _load() -> None:
    with loading():
        for name in LOADED:
            # What cannot be loaded here fails in its own program, whose log says why.
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _serve(orders: socket.socket) -> int:
    """Fork a guard for every order; in the fork, run it. Gives the exit status of the process."""
    while True:
        words, fds, _, _ = socket.recv_fds(orders, LARGEST, 16)
        if not words:
            return 0
        if os.fork() == 0:
            orders.close()
            # What was loaded is not for the guard to take down.
            os._exit(_guard(json.loads(words), fds))
        for fd in fds:
            os.close(fd)


def _guard(words: dict[str, dict[str, object]], fds: list[int]) -> int:
    _name(f"{sys.executable} {guard.__file__}")
    os.setsid()
    for number, fd in enumerate(fds[:STANDARD]):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(words["environment"])  # type: ignore[arg-type] # texts
    os.chdir(str(words["folder"]))
    order = guard.Order(json.dumps(words["order"] | {"keep": fds[STANDARD:]}))
    return guard.watch_over(order, _run)


def _run(order: guard.Order) -> None:
    """Be the program, as Python is when it has just started."""
    _name(" ".join(order.argv))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    sys.argv = order.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    # The kernel collects the guards that ended: their masters hear of it over their pipes.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _name(" ".join([sys.executable, *sys.argv]).rstrip())
    with socket.socket(fileno=int(sys.argv[1])) as _orders:
        _load()
        _status = _serve(_orders)
    sys.exit(_status)
