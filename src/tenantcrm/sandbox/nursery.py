"""Start Python programs as forks of one process that has loaded what they consist of.

Web, worker, migrations, demo and simulator load the same two thousand modules, which takes most of
the time of a start; here they are loaded once, while PostgreSQL makes its files. What comes out is
what ``python -m MODULE`` starts: a process of its own under a guard of its own, with its own
environment, folder and log, whose command line says so too. :mod:`forking` is the nursery itself.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

POSSIBLE = sys.platform == "linux"
"""Elsewhere a fork of a process with so many libraries in it is not safe, or there is none."""
ORDER = b"order"
"""What a packet says, whose order is in the first of the files that come with it."""
LONGEST_NAME = 1_000
"""Characters of a command line at most that is shown for a program."""


def command(fd: int, modules: Sequence[str]) -> list[str]:
    """What starts a nursery that loads the modules, and is given its orders over this socket."""
    # The blanks are room for the command lines of what it forks.
    room = " " * LONGEST_NAME
    return [sys.executable, "-m", "tenantcrm.sandbox.forking", str(fd), *modules, room]


def packed(
    order: Mapping[str, object], *, preload: str, environment: Mapping[str, str], folder: Path
) -> bytes:
    """An order as it is sent: to fork a guard that runs ``python -m MODULE ARGUMENT...``.

    Args:
        order: what the guard is to do (see :class:`guard.Order`), without ``keep``.
        preload: the module after whose loading it is forked.
        environment: all of the program's.
        folder: where it runs.
    """
    words = {"order": dict(order), "preload": preload, "folder": str(folder)}
    return json.dumps(words | {"environment": dict(environment)}).encode()


def send(orders: socket.socket, order: bytes, fds: Sequence[int]) -> None:
    """Send an order with the file descriptors that go with it.

    In a file of its own, in memory: an environment may be larger than any packet.
    """
    with os.fdopen(os.memfd_create("order"), "wb") as paper:
        paper.write(order)
        paper.flush()
        socket.send_fds(orders, [ORDER], [paper.fileno(), *fds])


class Nursery:
    """The nursery of one run, as its master holds it."""

    def __init__(self, modules: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        """Start nothing yet.

        Args:
            modules: what it loads, in this order.
            log: what its own output is appended to.
            environment: its own, while it loads.
        """
        self._modules = tuple(modules)
        self._log = log
        self._environment = dict(environment)
        self._socket: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Have it load in the background, unless it has. One that was killed begins anew."""
        if self._process is not None and self._process.returncode is None:
            return
        self._hang_up()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        log = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command(theirs.fileno(), self._modules),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                cwd="/", env=self._environment, start_new_session=True,
                pass_fds=[theirs.fileno()],
            )  # fmt: skip
        finally:
            os.close(log)
            theirs.close()

    async def fork(self, order: bytes, standard: Sequence[int], keep: Sequence[int]) -> None:
        """Have a guard forked.

        Args:
            order: what :func:`packed` makes.
            standard: the guard's standard input, output and error.
            keep: what the guard keeps open until nothing of the program is left.
        """
        try:
            await self._send(order, [*standard, *keep])
        except ConnectionError:
            # It has just been killed, and its end not been heard of yet.
            await self.end()
            await self._send(order, [*standard, *keep])

    async def _send(self, order: bytes, fds: Sequence[int]) -> None:
        await self.begin()
        assert self._socket is not None  # noqa: S101 -- it has begun
        send(self._socket, order, fds)

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
