"""Frames between the simulator and its posting process: four bytes of length, then JSON."""

import asyncio
from typing import TypeVar

import msgspec

T = TypeVar("T")
_LENGTH = 4


def framed(*items: object) -> bytes:
    """Frames, one after the other."""
    documents = [msgspec.json.encode(item) for item in items]
    return b"".join(len(one).to_bytes(_LENGTH, "big") + one for one in documents)


async def frame(reader: asyncio.StreamReader, kind: type[T]) -> T | None:
    """The next frame; None where the other side has ended."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
        return msgspec.json.decode(await reader.readexactly(length), type=kind)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
