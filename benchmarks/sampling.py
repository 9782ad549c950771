"""Where the processor time of this process goes: the stack is looked at every millisecond of it.

The thread that renders gives the interpreter away only in certain places, which would get all of
its time: so what is done in threads is done in the loop while this looks.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

EVERY = 0.001
PARTS = (
    ("campaigns/rendering", "rendering"),
    ("/liquid/", "rendering"),
    ("/markupsafe/", "rendering"),
    ("delivery/tracking", "links and pixel"),
    ("tenantcrm/signing", "unsubscribe link"),
    ("delivery/mime", "writing the mail"),
    ("delivery/headers", "writing the mail"),
    ("delivery/frames", "writing the mail"),
    ("delivery/bulk", "writing the request"),
    ("delivery/wire", "signing the request"),
    ("delivery/ses", "writing the request"),
    ("/structlog/", "log lines"),
    ("/botocore/", "the client (botocore)"),
    ("/aiobotocore/", "the client (botocore)"),
    ("/aioboto3/", "the client (botocore)"),
    ("/aiohttp/", "HTTP and TLS"),
    ("/asyncio/sslproto", "HTTP and TLS"),
    ("/redis/", "Redis"),
    ("/sqlalchemy/", "database"),
    ("/asyncpg/", "database"),
    ("tenantcrm/database", "database"),
    ("tenantcrm/driver", "database"),
    ("delivery/repository", "database"),
    ("/asyncio/", "event loop"),
    ("tenantcrm/", "the steps themselves"),
)


class Sampler:
    """Counts samples by part and by function, of every thread that runs Python."""

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()

    def start(self) -> None:
        asyncio.to_thread = _in_the_loop  # type: ignore[assignment] # of any function
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        if frame is not None:
            code = frame.f_code
            name = code.co_filename.rpartition("site-packages/")[2]
            self.functions[f"{name}:{code.co_name}"] += 1
            self.parts[part_of(frame)] += 1


async def _in_the_loop(work: Callable[..., Any], *values: Any) -> Any:
    """What stands for asyncio.to_thread."""
    return work(*values)


def part_of(frame: FrameType | None) -> str:
    """The part that the innermost known frame belongs to."""
    while frame is not None:
        name = frame.f_code.co_filename
        for mark, part in PARTS:
            if mark in name:
                return part
        frame = frame.f_back
    return "other"
