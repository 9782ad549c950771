"""One connection: a request, its answer, the next."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import cast

import structlog

from tenantcrm.sandbox.ses.http.requests import BadRequestLineError, Reader, Request

Headers = Iterable[tuple[bytes, bytes]]
_MOST_AHEAD = 1024 * 1024
"""Bytes that a client may send ahead of the answer that it waits for."""
_NO_BODY = frozenset({204, 304})
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
log = structlog.get_logger()


class Exchange:
    """A request and the way to answer it. Exactly one of the answers is to be given."""

    def __init__(self, request: Request, connection: "Connection") -> None:
        """Take both."""
        self.request = request
        self.connection = connection
        self.begun = False
        """Whether an answer, or the start of one, was given."""

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer in one piece; the length is added to the headers."""
        self.begun = True
        head = [_status(status)]
        head += [b"%b: %b\r\n" % one for one in headers]
        if status not in _NO_BODY:
            head.append(b"content-length: %d\r\n" % len(body))
        self._write(head, b"" if self.request.method == "HEAD" else body)

    def start(self, status: int, headers: Headers) -> None:
        """Begin an answer that :meth:`go_on` continues; ``headers`` tell how it ends."""
        self.begun = True
        self._write([_status(status), *(b"%b: %b\r\n" % one for one in headers)], b"")

    async def go_on(self, data: bytes) -> None:
        """Write a part of the body, as fast as the client reads.

        Raises:
            ConnectionResetError: the client has gone.
        """
        connection = self.connection
        if connection.gone.done():
            raise ConnectionResetError
        if self.request.method != "HEAD":
            connection.transport.write(data)
        await connection.writable.wait()

    def reset(self) -> None:
        """Break the connection: the client gets a TCP reset instead of an answer."""
        self.begun = True
        connection = self.connection
        if connection.gone.done():
            return
        broken: socket.socket = connection.transport.get_extra_info("socket")
        # A close that lingers for no time at all sends RST (see tcp(7) and socket(7)).
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        connection.transport.abort()

    def never(self) -> None:
        """Never answer; the connection stays until the client gives it up."""
        self.begun = True
        self.connection.deaf = True

    def _write(self, head: list[bytes], body: bytes) -> None:
        if self.connection.gone.done():
            return
        if not self.request.keep_alive:
            head.append(b"connection: close\r\n")
        head += (b"\r\n", body)
        self.connection.transport.write(b"".join(head))


Handler = Callable[[Exchange], Awaitable[None]]


class Connection(asyncio.Protocol):
    """A client, for as long as it stays."""

    transport: asyncio.Transport

    def __init__(self, handler: Handler, among: "set[Connection]") -> None:
        """Take who answers, and the set of connections to be in."""
        self.writable = asyncio.Event()
        self.writable.set()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.deaf = False
        self._handler, self._among = handler, among
        self._reader = Reader()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer that will come."""
        return self._task is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self._among.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the client. What it has asked for is finished all the same, as by SES."""
        self._among.discard(self)
        self.writable.set()
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self.deaf or self._closing:
            return
        self._reader.feed(data)
        if self._task is None:
            self._take()
        elif self._reader.held > _MOST_AHEAD:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """Keep the way back open while an answer is due."""
        return self.busy

    def pause_writing(self) -> None:
        """Have whoever writes wait."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Have whoever writes go on."""
        self.writable.set()

    def finish(self) -> None:
        """Close as soon as nothing is due any more."""
        self._closing = True
        if not self.busy:
            self.transport.close()

    def _take(self) -> None:
        try:
            request = self._reader.next()
        except BadRequestLineError as fault:
            nothing = Request("GET", b"", [], keep_alive=False, length=0, expects=False)
            kind = [(b"content-type", b"text/plain; charset=utf-8")]
            Exchange(nothing, self).answer(fault.status, kind, fault.words.encode())
            self._closing = True
            self.transport.close()
            return
        if request is not None:
            self._task = asyncio.get_running_loop().create_task(self._exchange(request))
        elif self._reader.waits_for_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _exchange(self, request: Request) -> None:
        exchange = Exchange(request, self)
        try:
            await self._handler(exchange)
        except Exception:
            log.exception("ses.request_failed", method=request.method)
            # An answer that was begun cannot be taken back: its end says that it is not whole.
            self._closing = self._closing or exchange.begun
        if not exchange.begun:
            exchange.answer(500, [], b"")
        self._task = None
        if self.gone.done() or self.deaf:
            return
        if self._closing or not request.keep_alive:
            self.transport.close()
            return
        if not self.transport.is_reading():
            self.transport.resume_reading()
        if self._reader.held:
            self._take()


@lru_cache(maxsize=64)
def _status(status: int) -> bytes:
    try:
        words = HTTPStatus(status).phrase
    except ValueError:
        words = ""
    return f"HTTP/1.1 {status} {words}\r\n".encode()
