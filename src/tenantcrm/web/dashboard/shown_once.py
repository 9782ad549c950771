"""The text of a key that was just made, on its way to the one page that shows it.

It goes along with the redirect in a cookie of that page alone, for two minutes: a reload of the
page does not make a second key, and does not show the first one again.
"""

import base64
import binascii
from typing import Final
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie
from msgspec import Struct

from tenantcrm.tenants.schemas import KeyRow, NewKey
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.once import Carried

COOKIE: Final = "tcrm_made"
PATH: Final = "/keys"
SECONDS: Final = 120


class Made(Struct, frozen=True, kw_only=True):
    """A new key. ``replaced``: the id (hex) of the one whose place it takes; empty: of none."""

    id: str
    key: str
    replaced: str = ""

    def is_of(self, row: KeyRow) -> bool:
        """Whether this is the text of a stored key."""
        same = self.key.startswith(row.prefix) and self.key.endswith(row.last_four)
        return row.id.hex == self.id and same


def carry(request: AnyRequest, made: NewKey, *, replaced: UUID | None = None) -> Carried:
    """What goes along to the page."""
    known = Made(id=made.id.hex, key=made.key, replaced=replaced.hex if replaced else "")
    text = base64.urlsafe_b64encode(msgspec.json.encode(known)).decode()
    secure = services(request).settings.secure_cookies
    return Carried(key=COOKIE, value=text, max_age=SECONDS, path=PATH, secure=secure)


def read(request: AnyRequest) -> Made | None:
    """What came along; None: nothing."""
    try:
        text = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        return msgspec.json.decode(text, type=Made)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def forget(request: AnyRequest) -> list[Cookie]:
    """What the page sets once it has shown it."""
    if COOKIE not in request.cookies:
        return []
    return [forgotten()]


def forgotten() -> Cookie:
    """The cookie that ends it; for whoever signs out, too."""
    return Cookie(COOKIE, PATH, "", 0, httponly=True, samesite="lax")
