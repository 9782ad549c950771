"""What was typed into a form whose session had ended: carried through the sign-in, without script.

It stands in the sign-in page itself, and nowhere on the server: nobody who is not signed in can
leave anything here. Whoever has signed in sees it again, and sends it with one more press.
"""

import re
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request
from litestar.enums import RequestEncodingType
from msgspec import Struct

from tenantcrm.errors import NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.web.once import FIELD, TOKEN

BUSINESS_COOKIE: Final = "tcrm_business"
HIDDEN: Final = ("_", "was", "version", "message", "format_was", "draft", "ids", "token", "key_id")
"""Beginnings of the names of fields that nobody has typed."""


class Kept(Struct, frozen=True, kw_only=True):
    """A form that was not taken. ``business``: the id (hex) of the one that it belongs to."""

    path: str
    business: str
    fields: list[tuple[str, str]]

    @property
    def once(self) -> str:
        """The form's own value, by which it is known when it comes again."""
        return dict(self.fields).get(FIELD, "")

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Everything else."""
        return [(name, value) for name, value in self.fields if name != FIELD]

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What a person has typed or chosen, by what it is called."""
        return [
            (re.sub(r"[_.:]+", " ", name).capitalize(), value)
            for name, value in self.fields
            if value.strip() and not name.startswith(HIDDEN)
        ]


async def kept_of(request: Request[Any, Any, Any]) -> Kept | None:
    """The form that a request carries; None: it carries none, or one with a file, which is gone."""
    kind, _ = request.content_type
    if request.method != "POST" or kind != RequestEncodingType.URL_ENCODED:
        return None
    sent = await request.form()
    fields = [
        (name, str(value))
        for name in dict.fromkeys(sent)
        if name != TOKEN
        for value in sent.getall(name)
    ]
    query = request.url.query
    return Kept(
        path=request.url.path + (f"?{query}" if query else ""),
        business=request.cookies.get(BUSINESS_COOKIE, ""),
        fields=fields,
    )


def written(kept: Kept | None) -> str:
    """As a field of the sign-in form."""
    return "" if kept is None else msgspec.json.encode(kept).decode()


def read(text: str) -> Kept | None:
    """What a field of the sign-in form holds."""
    try:
        return msgspec.json.decode(text, type=Kept)
    except msgspec.DecodeError:
        return None


def business_of(text: str | None) -> UUID | None:
    """The business that a cookie or a field names; None: none."""
    try:
        return read_hex(text or "")
    except NotFoundError:
        return None
