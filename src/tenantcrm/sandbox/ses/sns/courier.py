"""The simulator's side of the posting process: parcels go in, outcomes come out."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import structlog

from tenantcrm.sandbox.ses.sns import frames
from tenantcrm.sandbox.ses.sns.envelopes import Hello, Outcome, Parcel

log = structlog.get_logger()
_MODULE = "tenantcrm.sandbox.ses.sns.posting"
_MOST_FRAME = 2**26
_PAUSE = 0.5
_PATIENCE = 60.0


class Courier:
    """Starts the process when the first parcel comes, and again when it dies."""

    def __init__(self, folder: Path) -> None:
        """Name the folder of the key; nothing starts yet."""
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._hello: Hello | None = None
        self._waiting: dict[int, asyncio.Future[Outcome]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._closed = False
        self._next = 0

    async def certificate(self) -> Hello:
        """The certificate that notifications are verified with, by name and in PEM."""
        await self._started()
        if self._hello is None:
            raise RuntimeError("the posting process did not say its certificate")
        return self._hello

    async def carry(self, parcel: Parcel) -> Outcome:
        """Have one parcel signed, and posted where it has a URL. Never raises for what it meets.

        When the process dies meanwhile the outcome has no status: it may have been posted.
        """
        try:
            process = await self._started()
        except (OSError, RuntimeError) as fault:
            log.warning("sns.posting_failed", error=str(fault))
            await asyncio.sleep(_PAUSE)
            return Outcome(id=parcel.id, fault="the posting process does not start")
        self._next += 1
        number = self._next
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            if process.stdin is not None and not process.stdin.is_closing():
                process.stdin.write(frames.framed(_numbered(parcel, number)))
                with contextlib.suppress(ConnectionError):
                    await process.stdin.drain()
            return await answer
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """End the process; what is under way stays to be done again."""
        self._closed = True
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._listening is not None:
            await self._listening

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closed:
                raise RuntimeError("the simulator ends")
            if self._process is not None and self._process.returncode is None:
                return self._process
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                _MODULE,
                str(self._folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONSAFEPATH": "1"},
                limit=_MOST_FRAME,
            )
            if process.stdout is None:
                raise RuntimeError("the posting process has no output")
            async with asyncio.timeout(_PATIENCE):
                self._hello = await frames.frame(process.stdout, Hello)
            if self._hello is None:
                raise RuntimeError("the posting process ended at its start")
            self._listening = asyncio.create_task(self._listen(process, process.stdout))
            return process

    async def _listen(
        self, process: asyncio.subprocess.Process, output: asyncio.StreamReader
    ) -> None:
        while (outcome := await frames.frame(output, Outcome)) is not None:
            answer = self._waiting.get(outcome.id)
            if answer is not None and not answer.done():
                answer.set_result(outcome)
        await process.wait()
        for number, answer in self._waiting.items():
            if not answer.done():
                answer.set_result(Outcome(id=number, fault="the posting process ended"))


def _numbered(parcel: Parcel, number: int) -> Parcel:
    return Parcel(
        id=number,
        fields=parcel.fields,
        base=parcel.base,
        subscription=parcel.subscription,
        url=parcel.url,
        forgery=parcel.forgery,
    )
