"""A request whose form is read within bounds, and whose form and cookies nobody remembers.

Litestar's own reading keeps the last 1,024 of both in a process, parsed: forms of up to 10 MB,
cookies of 400 kB. Whoever sends large ones fills its memory, and passwords stay in it.
"""

from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from litestar._parsers import parse_cookie_string
from litestar.datastructures import FormMultiDict, State
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException
from litestar.types import Empty

FIELDS_MOST: Final = 10_000
"""Of a form; the largest of ours has a few hundred. Millions would take seconds, and a gigabyte."""


class FormRequest(Request[Any, Any, State]):
    """Every request to the application."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that were sent."""
        state = self._connection_state
        if state.cookies is Empty:
            sent = self.headers.get("cookie", "")
            state.cookies = parse_cookie_string.__wrapped__(sent) if sent else {}
        return super().cookies

    async def form(self) -> FormMultiDict:
        """The form that was sent; an empty one, where none was.

        Raises:
            ClientException: it has too many fields, or its text is in no encoding that we know.
        """
        state = self._connection_state
        if state.form is Empty and self.content_type[0] == RequestEncodingType.URL_ENCODED:
            state.form = _fields(await self.body())
        try:
            return await super().form()
        except (UnicodeError, LookupError) as fault:
            raise ClientException("The form cannot be read") from fault


def _fields(body: bytes) -> dict[str, Any]:
    """Each field with its value, or with the list of them where there are several."""
    if body.count(b"&") >= FIELDS_MOST:
        raise ClientException("The form has too many fields", status_code=413)
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
