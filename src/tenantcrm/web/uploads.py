"""A form with one file, read as it comes: its fields first, then the file, which is kept nowhere.

Litestar's own forms are read whole before anybody knows who sends them. Here the person is known,
the token is checked, and the file's bytes go on as they arrive.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Final

from litestar._multipart import parse_content_header
from litestar.exceptions import InternalServerException, PermissionDeniedException
from litestar.middleware.csrf import generate_csrf_hash
from litestar.utils.scope.state import ScopeState
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.once import FIELD, TOKEN, Press, where

OUTSIDE_CSRF: Final = {"exclude_from_csrf": True}
"""``opt`` of a handler that checks the token itself: the middleware would read the whole body."""
FIELD_MOST: Final = 10_000
AROUND: Final = 100_000
"""Bytes of a form that are not its file."""
_SECRET: Final = 64


class Upload:
    """The fields before the file, its name, and its bytes as they come; no file: no name."""

    def __init__(self, form: Form, file_name: str, data: AsyncIterator[bytes]) -> None:
        """The bytes are hashed as they come: they are a part of what the form holds."""
        self.form, self.file_name = form, file_name
        self._data, self._hash = data, hashlib.sha256()

    async def data(self) -> AsyncIterator[bytes]:
        """The bytes, to be read once."""
        async for some in self._data:
            self._hash.update(some)
            yield some

    def press(self, request: AnyRequest) -> Press | None:
        """The submission that it is, once all of it has come; None: not one of a form."""
        if not self.form[FIELD]:
            return None
        fields = sorted((n, v) for n, v in self.form.items() if n not in {FIELD, TOKEN})
        parts = [*where(request), *(text for pair in fields for text in pair)]
        return Press(self.form[FIELD], [*parts, self.file_name, self._hash.hexdigest()])


async def read_upload(request: AnyRequest) -> Upload:
    """The form of a request, whose token is checked before the file comes.

    Raises:
        PermissionDeniedException: the token is missing or another browser's.
        InvalidError: it is no such form.
    """
    kind, options = parse_content_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data" or "boundary" not in options:
        form = await read_form(request)
        _check_token(request, form[TOKEN])
        return Upload(form, "", _nothing())
    parts = _parts(request, options["boundary"].encode())
    form, name, text = Form(), "", bytearray()
    async for part in parts:
        if isinstance(part, MultipartSegment):
            name, text = part.name, bytearray()
            if part.filename is not None:
                _check_token(request, form[TOKEN])
                return Upload(form, part.filename, _file(parts))
        elif part:
            text += part
            if len(text) > FIELD_MOST:
                raise InvalidError.of(f"/{name}", "too_long", f"{name} is too long")
        else:
            form[name] = text.decode(errors="replace").replace("\x00", "")
    _check_token(request, form[TOKEN])
    return Upload(form, "", _nothing())


async def _parts(
    request: AnyRequest, boundary: bytes
) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
    with PushMultipartParser(boundary, max_segment_count=20) as parser:
        try:
            async for some in request.stream():
                for part in parser.parse(some):
                    yield part
        except MultipartError as fault:
            raise TenantCrmError("The form cannot be read") from fault
        except InternalServerException as fault:
            raise TenantCrmError("The file ended before its end") from fault


async def _file(
    parts: AsyncIterator[MultipartSegment | bytes | bytearray | None],
) -> AsyncIterator[bytes]:
    async for part in parts:
        if part is None:
            return
        if not isinstance(part, MultipartSegment):
            yield bytes(part)
    raise TenantCrmError("The file ended before its end; nothing of it is kept")


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""  # What makes it a generator.


def _check_token(request: AnyRequest, given: str) -> None:
    """The double submit of Litestar's middleware: form and cookie agree, and we signed both."""
    config = request.app.csrf_config
    if config is None:
        raise PermissionDeniedException("CSRF token verification failed")
    token = request.headers.get(config.header_name) or given
    cookie = request.cookies.get(config.cookie_name, "")
    signed = generate_csrf_hash(token=token[:_SECRET], secret=config.secret)
    same = hmac.compare_digest(token.encode(), cookie.encode())
    if not same or not hmac.compare_digest(token[_SECRET:].encode(), signed.encode()):
        raise PermissionDeniedException("CSRF token verification failed")
    ScopeState.from_scope(request.scope).csrf_token = cookie
