"""Listen, and end without leaving anybody in the middle of an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenantcrm.sandbox.ses.http.connection import Connection, Handler

_BACKLOG = 2048
_GRACE = 3.0
"""Real seconds that requests under way have at the end."""


@asynccontextmanager
async def listening(handler: Handler, host: str, port: int) -> AsyncIterator[None]:
    """Answer at an address until the end of the block; then finish what is under way."""
    connections: set[Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handler, connections), host, port, backlog=_BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        for connection in list(connections):
            connection.finish()
        left = [one.gone for one in connections if one.busy]
        if left:
            await asyncio.wait(left, timeout=_GRACE)
        for connection in list(connections):
            connection.transport.abort()
