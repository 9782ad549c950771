"""Hand requests on to an ASGI application, and start and end it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from tenantcrm.sandbox.ses.http.connection import Exchange

# The messages of ASGI are dictionaries whose members differ with their type.
Message = Any
Application = Callable[[Any, Any, Any], Awaitable[None]]
_VERSIONS = {"version": "3.0", "spec_version": "2.4"}
_NO_BODY = frozenset({204, 304})


class _Answer:
    """What the application asks and says of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._read = False
        self._start: Message = None
        self._chunked = False
        self.ended = False
        self._over = asyncio.Event()
        exchange.connection.gone.add_done_callback(self._end)

    def _end(self, _: object = None) -> None:
        self._over.set()

    async def receive(self) -> Message:
        if not self._read:
            self._read = True
            body = self._exchange.request.body
            return {"type": "http.request", "body": body, "more_body": False}
        # The end of the answer counts as well as the client's going: nothing more will come.
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            more = message.get("more_body", False)
            await self._body(message.get("body", b""), more=more)
            if not more:
                self.ended = True
                self._end()

    def forget(self) -> None:
        """Let go of the connection, which goes on to other exchanges."""
        self._exchange.connection.gone.remove_done_callback(self._end)

    async def _body(self, data: bytes, *, more: bool) -> None:
        exchange = self._exchange
        if not exchange.begun:
            status = self._start["status"]
            headers = [(name.lower(), value) for name, value in self._start["headers"]]
            told = any(name == b"content-length" for name, _ in headers)
            if not more:
                headers = [one for one in headers if one[0] != b"content-length" or not data]
                self._whole(status, headers, data, told=told)
                return
            self._chunked = not told and status not in _NO_BODY
            if self._chunked:
                headers.append((b"transfer-encoding", b"chunked"))
            exchange.start(status, headers)
        if self._chunked:
            data = (b"%x\r\n%b\r\n" % (len(data), data) if data else b"") + (
                b"" if more else b"0\r\n\r\n"
            )
        if data:
            await exchange.go_on(data)

    def _whole(
        self, status: int, headers: list[tuple[bytes, bytes]], data: bytes, *, told: bool
    ) -> None:
        if told and not data:
            # An answer to HEAD tells the length of a body that it does not have.
            self._exchange.start(status, headers)
        else:
            self._exchange.answer(status, headers, data)


async def hand_on(application: Application, exchange: Exchange) -> None:
    """Have the application answer."""
    request = exchange.request
    path, _, query = request.target.partition(b"?")
    transport = exchange.connection.transport
    scope = {
        "type": "http",
        "asgi": _VERSIONS,
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": request.headers,
        "client": transport.get_extra_info("peername"),
        "server": transport.get_extra_info("sockname"),
        "state": {},
        "extensions": {},
    }
    answer = _Answer(exchange)
    try:
        await application(scope, answer.receive, answer.send)
    except ConnectionResetError:
        # The client went in the middle of the answer, which is its right.
        return
    finally:
        answer.forget()
    if exchange.begun and not answer.ended:
        raise RuntimeError("the application left its answer unfinished")


@asynccontextmanager
async def started(application: Application) -> AsyncIterator[None]:
    """The application between its start and its end.

    Raises:
        RuntimeError: it did not start, in its words.
    """
    asked: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": _VERSIONS, "state": {}}
    living = asyncio.ensure_future(application(scope, asked.get, said.put))
    living.add_done_callback(lambda _: said.put_nowait({"type": "ended"}))
    await asked.put({"type": "lifespan.startup"})
    first = await said.get()
    if first["type"] != "lifespan.startup.complete":
        raise RuntimeError(first.get("message", "the application did not start"))
    try:
        yield
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        await said.get()
        await living
