"""A server that reads requests to their end and says yes: ``… -m benchmarks.bare_server PORT``."""

import asyncio
import sys
from typing import cast

import uvloop

ANSWER = b'{"MessageId":"0100000000000000-bench"}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ANSWER),
    ANSWER,
)


class Connection(asyncio.Protocol):
    """One client; requests come one after another."""

    def __init__(self) -> None:
        self.head = b""
        self.missing = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self.missing:
            head, found, data = (self.head + data).partition(b"\r\n\r\n")
            if not found:
                self.head = head
                return
            self.head = b""
            self.missing = int(
                head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0
            )
        self.missing -= len(data)
        if not self.missing:
            self.transport.write(RESPONSE)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(
        Connection, "127.0.0.1", int(sys.argv[1]), backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
