"""Pages, their assets and downloads leave compressed (RFC 1952), for whoever takes that.

The API is left alone: its answers are small, and the time of a call counts more. Fonts and images
are compressed already. The header of each answer is of a random length, so that lengths tell an
onlooker nothing of secrets beside words that they chose (BREACH; after Django's remedy).
"""

import gzip
import io
import secrets
from functools import lru_cache
from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

LEVEL, ASSET_LEVEL = 5, 9
SMALLEST = 600
"""Bytes of an answer that is worth it: what is smaller fits into one packet anyway."""
PADDING = 100
NOT_THESE = ("/v1/", "/webhooks/", "/metrics", "/healthz", "/readyz")
TEXTS = (b"text/", b"application/json", b"application/javascript", b"image/svg+xml")
WHOLE = 200


class Compression:
    """Middleware: compresses the body of an answer that is text."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, compressed where that is asked for."""
        if scope["type"] != ScopeType.HTTP or not _wanted(scope):
            await self._app(scope, receive, send)
            return
        asset = scope["path"].startswith("/static/")
        answer: _Asset | _Answer = _Asset(send) if asset else _Answer(send)
        await self._app(scope, receive, answer.take)


def _wanted(scope: Scope) -> bool:
    if scope["path"].startswith(NOT_THESE) or scope.get("method") == "HEAD":
        return False
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


class _Answer:
    """An answer as it comes, piece by piece: what is written is flushed, as events have to be."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._out: io.BytesIO | None = None
        self._file: gzip.GzipFile | None = None

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or (self._start is None and self._file is None):
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            if not _is_text(start) or (not more and len(body) < SMALLEST):
                await self._send(start)
                await self._send(message)
                return
            self._out = io.BytesIO()
            self._file = gzip.GzipFile(_padding(), "wb", LEVEL, self._out, 0)
            if more:
                await self._send(_marked(start, None))
            else:
                squeezed = self._written(body, more=False)
                await self._send(_marked(start, len(squeezed)))
                await self._send({**message, "body": squeezed})
                return
        await self._send({**message, "body": self._written(body, more=more)})

    def _written(self, body: bytes, *, more: bool) -> bytes:
        assert self._file is not None  # noqa: S101 - told to the type checker
        assert self._out is not None  # noqa: S101 - as above
        self._file.write(body)
        if more:
            self._file.flush()
        else:
            self._file.close()
        squeezed = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return squeezed


class _Asset:
    """A file of ours: compressed once, as well as can be, and remembered."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_text(message):
            self._start = message
            return
        if message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
            return
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            squeezed = _squeezed(b"".join(self._parts))
            await self._send(_marked(self._start, len(squeezed)))
            await self._send({"type": "http.response.body", "body": squeezed, "more_body": False})


@lru_cache(maxsize=256)
def _squeezed(body: bytes) -> bytes:
    return gzip.compress(body, ASSET_LEVEL, mtime=0)


def _padding() -> str:
    """A file's name of any length: all that it is for."""
    return "n" * (1 + secrets.randbelow(PADDING))


def _is_text(start: Message) -> bool:
    if start["type"] != "http.response.start" or start["status"] < WHOLE or start["status"] in {
        204, 206, 304,
    }:  # fmt: skip
        return False
    headers = dict(start["headers"])
    kind = headers.get(b"content-type", b"")
    return b"content-encoding" not in headers and kind.startswith(TEXTS)


def _marked(start: Message, length: int | None) -> Message:
    """The head of the answer with what is true of it now."""
    headers = [
        (name, value)
        for name, value in start["headers"]  # type: ignore[typeddict-item] # it is a start
        if name not in {b"content-length", b"accept-ranges"}
    ]
    headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return cast("Message", {**start, "headers": headers})
