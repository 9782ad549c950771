"""Read requests of HTTP/1.1 from the bytes of a connection (RFC 9112)."""

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_HEAD = 64 * 1024
MOST_BODY = 80 * 1024 * 1024
"""A mail of 40 MB in base64 and a text that is escaped in JSON fit in."""
_LINE = re.compile(rb"([A-Z]+) ([!-~]+) HTTP/1\.([01])")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*)")
_LENGTH = re.compile(rb"[0-9]{1,10}")


class BadRequestLineError(Exception):
    """What came is no request that is understood. ``status``: what to answer before closing."""

    def __init__(self, status: int, words: str) -> None:
        """Keep both."""
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(slots=True)
class Request:
    """A request, whole."""

    method: str
    target: bytes
    """Path and query, as they came."""
    headers: list[tuple[bytes, bytes]]
    """Names in lower case, in order."""
    keep_alive: bool
    length: int
    expects: bool
    """Whether the client waits for ``100 Continue`` before it sends the body."""
    body: bytes = b""


class Reader:
    """The bytes of one connection, in; its requests, out, one after another."""

    def __init__(self) -> None:
        """Begin with a new connection."""
        self._chunks: list[bytes] = []
        self._held = 0
        self._open: Request | None = None

    @property
    def held(self) -> int:
        """Bytes that came and belong to no request yet that was given out."""
        return self._held

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client waits to be told to go on; true once a request."""
        opened = self._open
        if opened is None or not opened.expects:
            return False
        opened.expects = False
        return True

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._chunks.append(data)
        self._held += len(data)

    def next(self) -> Request | None:
        """The next request, if it is there to its last byte.

        Raises:
            BadRequestLineError: it is none, or too large.
        """
        request = self._open
        if request is None:
            buffer = self._joined()
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(buffer) > MOST_HEAD:
                    raise BadRequestLineError(431, "The headers are too long.")
                return None
            request = self._open = _head(buffer[:end])
            self._keep(buffer[end + 4 :])
        if self._held < request.length:
            return None
        buffer = self._joined()
        self._open = None
        if len(buffer) == request.length:
            request.body = buffer
            self._keep(b"")
        else:
            request.body = buffer[: request.length]
            self._keep(buffer[request.length :])
        return request

    def _joined(self) -> bytes:
        chunks = self._chunks
        if len(chunks) != 1:
            self._chunks = chunks = [b"".join(chunks)]
        return chunks[0]

    def _keep(self, rest: bytes) -> None:
        self._chunks = [rest] if rest else []
        self._held = len(rest)


def _head(block: bytes) -> Request:
    first, _, rest = block.lstrip(b"\r\n").partition(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadRequestLineError(400, "That is no request of HTTP/1.1.")
    headers = [_field(one) for one in rest.split(b"\r\n")] if rest else []
    length: bytes | None = None
    keep_alive, expects = line[3] == b"1", False
    for name, value in headers:
        if name == b"content-length":
            if not _LENGTH.fullmatch(value) or length not in {None, value}:
                raise BadRequestLineError(400, "The length of the body is not one number.")
            length = value
        elif name == b"connection" and b"close" in value.lower():
            keep_alive = False
        elif name == b"transfer-encoding":
            raise BadRequestLineError(411, "The length of the body must be told.")
        elif name == b"expect":
            expects = value.lower() == b"100-continue"
    size = int(length or 0)
    if size > MOST_BODY:
        raise BadRequestLineError(413, f"The body is larger than {MOST_BODY} bytes.")
    return Request(line[1].decode(), line[2], headers, keep_alive, size, expects and size > 0)


@lru_cache(maxsize=4096)
def _field(line: bytes) -> tuple[bytes, bytes]:
    # Most lines of most requests are the same, and short.
    found = _FIELD.fullmatch(line)
    if found is None:
        raise BadRequestLineError(400, "That is no header.")
    return found[1].lower(), found[2].rstrip(b" \t")
