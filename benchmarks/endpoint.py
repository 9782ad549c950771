"""An endpoint for SNS that confirms its subscription and takes everything.

``python -m benchmarks.endpoint PORT``
"""

import asyncio
import re
import sys
import urllib.request

import uvloop

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_CONFIRM = re.compile(rb'"SubscribeURL":"([^"]+)"')
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Taking(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self.buffer, 0, end)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < whole:
                return
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            self.transport.write(ANSWER)  # type: ignore[attr-defined] # a transport of a stream
            if b"SubscriptionConfirmation" in body and (url := _CONFIRM.search(body)):
                asyncio.get_running_loop().run_in_executor(
                    None, urllib.request.urlopen, url[1].decode()
                )


async def serve(port: int) -> None:
    """Take until killed."""
    server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
