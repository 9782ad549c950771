"""The listing for scripts: ``GET /inbox/messages``, each mail's source, and emptying."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get
from litestar.exceptions import NotFoundException
from litestar.params import Parameter
from litestar.response import Stream

from tenantcrm.sandbox.ses.events import emitted
from tenantcrm.sandbox.ses.inbox.reading import read_mail
from tenantcrm.sandbox.ses.mails import HIGHEST_ID, Envelope, Mails, sizes
from tenantcrm.sandbox.ses.simulator import Simulator

MOST_MESSAGES = 10_000
_CHUNK_MAILS, _CHUNK_BYTES = 100, 4 * 1024 * 1024
MailId = Annotated[int, Parameter(ge=0, le=HIGHEST_ID)]
ShownId = Annotated[str, Parameter(pattern=r"^[0-9]{0,18}\Z")]
"""An id as it was shown, or without the zeros that it begins with; empty for none."""


class Message(msgspec.Struct, frozen=True):
    """A mail as scripts see it."""

    id: str
    """All digits, in order of arrival as a number and as text; never used twice."""
    to: str
    """The addresses that SES was asked to send to, joined by a comma and a space."""
    from_: str = msgspec.field(name="from")
    subject: str
    received_at: str
    """On the clock of the sandbox: RFC 3339, UTC."""
    headers: dict[str, str]
    html: str
    text: str
    raw_url: str


def shown_id(mail_id: int) -> str:
    """The id as text that sorts like the number."""
    return f"{mail_id:010d}"


def message_of(envelope: Envelope, raw: bytes, inbox_url: str) -> Message:
    """Read a mail for a script."""
    mail = read_mail(raw)
    return Message(
        id=shown_id(envelope.id),
        to=", ".join(envelope.recipients),
        from_=mail.header("From"),
        subject=mail.header("Subject"),
        received_at=envelope.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        headers=mail.headers_by_name(),
        html=mail.html,
        text=mail.text,
        raw_url=f"{inbox_url}/messages/{shown_id(envelope.id)}/raw",
    )


def chunks(found: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Ids in groups that are read at once: bounded in number and, beyond one mail, in bytes."""
    group: list[int] = []
    room = _CHUNK_BYTES
    for mail_id, size in found:
        if group and (len(group) == _CHUNK_MAILS or size > room):
            yield group
            group, room = [], _CHUNK_BYTES
        group.append(mail_id)
        room -= size
    if group:
        yield group


def _encoded(
    db: sqlite3.Connection, mails: Mails, ids: Sequence[int], inbox_url: str
) -> list[bytes]:
    return [
        msgspec.json.encode(message_of(envelope, raw, inbox_url))
        for envelope, raw in mails.several(db, ids)
    ]


async def _listing(
    simulator: Simulator, found: Sequence[tuple[int, int]], inbox_url: str
) -> AsyncIterator[bytes]:
    """The document, piece by piece: a full inbox never stands in memory at once."""
    yield b'{"data":['
    comma = b""
    for group in chunks(found):
        encoded = await simulator.store.read(
            partial(_encoded, mails=simulator.mails, ids=group, inbox_url=inbox_url)
        )
        if encoded:
            yield comma + b",".join(encoded)
            comma = b","
    yield b"]}"


class Messages(Controller):
    """The mails, for scripts."""

    path = "/inbox/messages"

    @get("/")
    async def index(
        self,
        request: Request[Any, Any, Any],
        simulator: Simulator,
        to: str | None = None,
        after: ShownId = "",
        limit: Annotated[int, Parameter(ge=1, le=MOST_MESSAGES)] = MOST_MESSAGES,
    ) -> Stream:
        """Mails to ``to`` (any case; everybody where it is left out) after an id, oldest first."""
        found = await simulator.store.read(
            partial(sizes, to=to or None, after=int(after or 0), limit=limit)
        )
        inbox_url = f"{str(request.base_url).rstrip('/')}/inbox"
        return Stream(_listing(simulator, found, inbox_url), media_type="application/json")

    @delete("/", status_code=204)
    async def empty(self, simulator: Simulator) -> None:
        """Remove every mail."""
        await simulator.store.write(simulator.mails.empty, None)
        await simulator.store.write(emitted.forget, None)

    @get("/{mail_id:int}/raw")
    async def raw(self, simulator: Simulator, mail_id: MailId) -> Response[bytes]:
        """The source, byte for byte as a recipient's server would get it."""
        found = await simulator.store.read(partial(simulator.mails.one, mail_id=mail_id))
        if found is None:
            raise NotFoundException(f"There is no mail {mail_id}.")
        name = f"{shown_id(mail_id)}.eml"
        return Response(
            found[1],
            media_type="message/rfc822",
            headers={
                "Content-Disposition": f'inline; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )
