"""A guard, as its master speaks with it: over two pipes, however it was started."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tenantcrm.sandbox.nursery import Nursery

SCRIPT = Path(__file__).with_name("guard.py")


class Guard:
    """A guard that runs, or has; see :mod:`guard` for what the two say to each other."""

    def __init__(self, hears: asyncio.StreamWriter, says: asyncio.StreamReader) -> None:
        """Keep the ends of the pipes; :meth:`start` and :meth:`fork` make them."""
        self.pid = self.program = 0
        """Process ids of the guard and of what it runs; 0 when there is none."""
        self.status: int | None = None
        """None while something of the program is left; then its exit status, or, when the guard
        itself was killed, a negative number."""
        self._hears, self._says = hears, says
        self._ended: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        order: Mapping[str, object],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: int,
        keep: Sequence[int],
    ) -> Self:
        """Start one as a program; ``log``: what it and its program write to."""
        # -S: no packages are looked for, which halves the start; the guard needs none.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(SCRIPT), json.dumps({**order, "keep": list(keep)}),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            cwd=folder, env=dict(environment), start_new_session=True, pass_fds=list(keep),
        )  # fmt: skip
        assert process.stdin is not None  # noqa: S101 -- it was asked for as a pipe
        assert process.stdout is not None  # noqa: S101 -- so was this
        return await cls(process.stdin, process.stdout).meet()

    @classmethod
    async def fork(
        cls,
        nursery: Nursery,
        order: bytes,
        *,
        log: int,
        keep: Sequence[int],
    ) -> Self:
        """Have one forked by the nursery; ``order``: what :func:`nursery.packed` makes."""
        its_input, hears = os.pipe()
        says, its_output = os.pipe()
        try:
            await nursery.fork(order, [its_input, its_output, log], keep)
        except BaseException:
            os.close(hears)
            os.close(says)
            raise
        finally:
            os.close(its_input)
            os.close(its_output)
        return await cls(await _writer(hears), await _reader(says)).meet()

    async def meet(self) -> Self:
        """Wait until the program has begun."""
        try:
            words = (await self._says.readline()).split()
        except asyncio.CancelledError:
            # Nobody will ever hear of it: it ends by itself when it finds that nobody listens.
            self._hears.close()
            raise
        if words:
            self.pid, self.program = int(words[0]), int(words[1])
        self._ended = asyncio.create_task(self._listen())
        return self

    async def _listen(self) -> None:
        words = (await self._says.read()).split()
        self.status = int(words[0]) if words else -int(signal.SIGKILL)
        self._hears.close()

    async def wait(self) -> int:
        """Wait until it has ended; gives its status."""
        assert self._ended is not None  # noqa: S101 -- it was met
        await asyncio.shield(self._ended)
        assert self.status is not None  # noqa: S101 -- that is what was waited for
        return self.status

    def grant(self, seconds: float) -> None:
        """Have it end the program within so many seconds; a second word can only shorten them."""
        if self.status is None:
            with contextlib.suppress(ConnectionError):
                self._hears.write(f"{seconds}\n".encode())

    def kill(self) -> None:
        """Kill the guard itself."""
        if self.pid and self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


async def _writer(fd: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(fd, "wb", buffering=0)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, pipe)
    return asyncio.StreamWriter(transport, protocol, None, loop)


async def _reader(fd: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(fd, "rb", buffering=0)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader
