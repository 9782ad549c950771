"""Amazon's client library, loaded by whoever asks for it first.

It takes a third of a second of a processor, and more on a busy machine: most web processes and
commands never need it.
"""

import asyncio
from functools import cache
from typing import Any, NamedTuple


class Library(NamedTuple):
    """``session``: aioboto3's, one for the process, as it reads descriptions of services once.

    ``config``: the class of its clients' settings. Neither has types.
    """

    session: Any
    config: Any


@cache
def _load() -> Library:
    import aioboto3  # noqa: PLC0415 # see the head of this module
    from aiobotocore.config import AioConfig  # noqa: PLC0415

    return Library(aioboto3.Session(), AioConfig)


async def library() -> Library:
    """The library; nothing else waits while it is loaded."""
    return await asyncio.to_thread(_load)
