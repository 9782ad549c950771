"""Does a program answer yet?"""

import asyncio
import contextlib
import http.client
import time
from collections.abc import Awaitable, Callable

from tenantcrm.sandbox.errors import ProgramFailedError
from tenantcrm.sandbox.process import GuardedProcess

Ready = Callable[[], Awaitable[bool]]
SOONEST, LATEST = 0.02, 0.25
"""Seconds between two questions: at first, and in the end."""
ANSWER = 5.0
"""Seconds that one answer may take."""


async def wait_until(ready: Ready, process: GuardedProcess, patience: float) -> None:
    """Ask until the answer is yes.

    Raises:
        ProgramFailedError: the program ended instead, or took longer than ``patience`` seconds.
    """
    name, end, pause = process.program.name, time.monotonic() + patience, SOONEST
    while not await ready():
        if not process.running:
            raise ProgramFailedError(f"{name} did not start: {process.ending}", process.tail())
        if time.monotonic() > end:
            raise ProgramFailedError(
                f"{name} did not get ready within {patience:.0f} s", process.tail()
            )
        await asyncio.sleep(pause)
        pause = min(LATEST, pause * 1.2)


async def http_ok(host: str, port: int, path: str) -> bool:
    """Whether a GET gives 200."""
    return await asyncio.to_thread(_get, host, port, path) == http.client.OK


def _get(host: str, port: int, path: str) -> int:
    # Directly, never through a proxy of the environment; a client library would take longer to
    # load than the program to start.
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


async def redis_says(host: str, port: int, password: str, question: str) -> str:
    """The first line of the answer to one inline command; empty when there is none."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"AUTH {password}\r\n{question}\r\n".encode())
                if (await reader.readline()).startswith(b"+OK"):
                    return (await reader.readline()).decode().strip()
            finally:
                writer.close()
    return ""
