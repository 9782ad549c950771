"""A form does its work once: pressed twice, at the same time, or sent again by a reload.

Every form carries a value of its own (``ui.csrf``), new each time that it is shown. Where a
submission led is kept for a day, in the transaction of its work: the same values from the same
form lead there again and do nothing. Other values, as after the Back button, are another
submission. What is kept is sealed with the form's value, of which the database knows a hash alone:
an outcome may name people, or hold a new key.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie, UploadFile
from msgspec import Struct

from tenantcrm import clock
from tenantcrm.database import Database, TenantSession
from tenantcrm.errors import ConflictError
from tenantcrm.sealing import NONCE_BYTES, Seal
from tenantcrm.tenants.repository import answers

FIELD: Final = "_once"
TOKEN: Final = "_csrf_token"  # noqa: S105 - the name of a field
MODE: Final = "form"
KEPT_FOR: Final = timedelta(hours=24)
WAITS: Final = (0.02, 0.05, 0.1, 0.2, *[0.3] * 60)
"""Seconds between looks at whether the first press is through, which hold no connection."""
UNDER_WAY: Final = 102
WORK_MOST: Final = timedelta(minutes=2)
"""What was begun longer ago has died without a word."""
_DONE = 303
_RANDOM_BYTES = 24


class Carried(Struct, frozen=True, kw_only=True):
    """A cookie that goes along with an outcome: what the next page tells."""

    key: str
    value: str
    max_age: int
    path: str
    secure: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """Where a form led."""

    location: str
    carried: list[Carried] = []

    def cookies(self) -> list[Cookie]:
        """Its cookies; none is for scripts."""
        return [
            Cookie(
                one.key,
                one.path,
                one.value,
                one.max_age,
                secure=one.secure,
                httponly=True,
                samesite="lax",
            )
            for one in self.carried
        ]


class DoneBeforeError(Exception):
    """Ends a request whose work is done already."""

    def __init__(self, outcome: Outcome) -> None:
        """Carry where it led to the exception handler."""
        super().__init__()
        self.outcome = outcome


class AnsweredError(Exception):
    """Ends a request that was answered before, with the answer that it is given now."""

    def __init__(self, answer: Response[Any]) -> None:
        """Carry the answer to the exception handler."""
        super().__init__()
        self.answer = answer


class UnderWayError(ConflictError):
    """The same form is being worked on, and takes its time."""

    code, title = "under_way", "This is under way already"

    def __init__(self) -> None:
        """Say that nothing has to be done."""
        super().__init__("You have sent this form before, and it is being done. Look in a minute.")


class Press:
    """One submission of a form."""

    def __init__(self, once: str, parts: Sequence[str]) -> None:
        """``once``: the form's own value. ``parts``: everything else that was sent."""
        hashed = hashlib.sha256()
        for part in (once, *parts):
            text = part.encode(errors="surrogatepass")
            hashed.update(len(text).to_bytes(8, "big") + text)
        self.key = hashed.hexdigest()
        self._seal = Seal([hashlib.sha256(b"once:" + once.encode()).digest()])

    def number(self, tenant_id: UUID) -> int:
        """What is locked while it is worked on."""
        text = f"once:{tenant_id}:{self.key}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)

    def close(self, content: bytes) -> bytes:
        """Seal something for whoever sends the same again."""
        return self._seal.close(content, self.key.encode())

    def open(self, sealed: bytes) -> bytes | None:
        """What was sealed; None: by another submission, or nothing at all."""
        return None if len(sealed) <= NONCE_BYTES else self._seal.open(sealed, self.key.encode())

    async def keep(self, session: TenantSession, outcome: Outcome) -> None:
        """Keep where it led, in the transaction of the work."""
        await self._write(session, _DONE, self.close(msgspec.json.encode(outcome)))

    async def announce(self, session: TenantSession) -> None:
        """Note that it is being worked on, outside of this transaction."""
        await self._write(session, UNDER_WAY, b"")

    async def forget(self, session: TenantSession) -> None:
        """It was refused: nothing was done, and it may be sent again."""
        await answers.forget(session, MODE, self.key)

    async def free(self, session: TenantSession) -> bool:
        """Whether nobody works on it; that it is locked until the transaction ends.

        Raises:
            DoneBeforeError: it is done already.
        """
        if not await answers.lock(session, self.number(session.tenant_id)):
            return False
        kept, now = await answers.kept(session, MODE, self.key), clock.real_now()
        if kept is None or kept.created_at < now - KEPT_FOR:
            return True
        if kept.status == UNDER_WAY:
            return kept.created_at < now - WORK_MOST
        found = self.open(kept.body)
        if found is None:
            return True
        raise DoneBeforeError(msgspec.json.decode(found, type=Outcome))

    async def _write(self, session: TenantSession, status: int, body: bytes) -> None:
        now = clock.real_now()
        values: dict[str, Any] = {
            "mode": MODE,
            "key": self.key,
            "request_hash": bytes.fromhex(self.key),
            "status": status,
            "body": body,
            "headers": {},
            "created_at": now,
        }
        await answers.keep(session, values, until=now - KEPT_FOR)


def new_value() -> str:
    """The value of a form that is being shown."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def where(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """Which form it is: by the address that it goes to."""
    return request.scope["path"], request.scope["query_string"].decode("latin-1")


async def press_of(request: Request[Any, Any, Any]) -> Press | None:
    """The submission that a request is; None: it is none, or comes from elsewhere than a form."""
    if request.method != "POST":
        return None
    sent = await request.form()
    once = sent.get(FIELD)
    if not isinstance(once, str) or not once:
        return None
    parts = list(where(request))
    for name in sorted(set(sent) - {FIELD, TOKEN}):
        for value in sent.getall(name):
            if isinstance(value, UploadFile):
                return None
            parts += [name, str(value)]
    return Press(once, parts)


@asynccontextmanager
async def turn(
    database: Database, tenant_id: UUID, press: Press | None
) -> AsyncIterator[TenantSession]:
    """A unit of work for a press, when its turn comes: one at a time. None: for any request.

    Raises:
        DoneBeforeError: it is done already.
        UnderWayError: it is being worked on for longer than anybody waits.
    """
    for wait in WAITS:
        async with database.unit_of_work(tenant_id) as session:
            if press is None or await press.free(session):
                yield session
                return
        await asyncio.sleep(wait)
    raise UnderWayError
