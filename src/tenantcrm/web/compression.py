"""Pages, their assets and downloads leave compressed, for whoever takes that.

What is made for one person leaves as gzip (RFC 1952), piece by piece. A file of ours, which is the
same for all, is compressed once, as Brotli (RFC 7932) for whoever takes it: an eighth less.

The API is left alone: its answers are small, and the time of a call counts more. Fonts and images
are compressed already. The header of each answer is of a random length, so that lengths tell an
onlooker nothing of secrets beside words that they chose (BREACH; after Django's remedy).
"""

import asyncio
import gzip
import io
import secrets
from functools import lru_cache
from typing import cast

import brotli
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

LEVEL, ASSET_LEVEL = 5, 9
GZIP, BROTLI = "gzip", "br"
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
        taken = _taken(scope) if scope["type"] == ScopeType.HTTP else frozenset()
        answer: _Asset | _Answer
        if scope["type"] == ScopeType.HTTP and scope["path"].startswith("/static/") and taken:
            answer = _Asset(send, BROTLI if BROTLI in taken else GZIP)
        elif GZIP in taken:
            answer = _Answer(send)
        else:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, answer.take)


def _taken(scope: Scope) -> frozenset[str]:
    """Of the codings that we have, those that may be used; ``q=0`` takes one back."""
    if scope["path"].startswith(NOT_THESE) or scope.get("method") == "HEAD":
        return frozenset()
    named = ",".join(
        value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-encoding"
    )
    found = set[str]()
    for one in named.lower().split(","):
        coding, _, weight = one.partition(";")
        if not weight.strip().removeprefix("q=").strip("0.") and weight:
            continue
        found.add(coding.strip())
    return frozenset(found & {GZIP, BROTLI})


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
                await self._send(_marked(start, GZIP, None))
            else:
                squeezed = self._written(body, more=False)
                await self._send(_marked(start, GZIP, len(squeezed)))
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

    def __init__(self, send: Send, coding: str) -> None:
        self._send, self._coding = send, coding
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
            # Beside the loop: the first time of a large file takes about a second.
            squeezed = await asyncio.to_thread(_squeezed, b"".join(self._parts), self._coding)
            await self._send(_marked(self._start, self._coding, len(squeezed)))
            await self._send({"type": "http.response.body", "body": squeezed, "more_body": False})


@lru_cache(maxsize=256)
def _squeezed(body: bytes, coding: str) -> bytes:
    if coding == BROTLI:
        return bytes(brotli.compress(body, mode=brotli.MODE_TEXT))
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


def _marked(start: Message, coding: str, length: int | None) -> Message:
    """The head of the answer with what is true of it now."""
    headers = [
        (name, value)
        for name, value in start["headers"]  # type: ignore[typeddict-item] # it is a start
        if name not in {b"content-length", b"accept-ranges"}
    ]
    headers += [(b"content-encoding", coding.encode()), (b"vary", b"Accept-Encoding")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return cast("Message", {**start, "headers": headers})
