"""The inbox as pages: the list, and one mail. They work without script."""

import re
import sqlite3
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import Controller, MediaType, Request, Response, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response import Redirect
from litestar.status_codes import HTTP_404_NOT_FOUND, HTTP_500_INTERNAL_SERVER_ERROR

from tenantcrm import clock
from tenantcrm.sandbox.ses.events import emitted
from tenantcrm.sandbox.ses.inbox import happenings, origin
from tenantcrm.sandbox.ses.inbox.decoding import text_of
from tenantcrm.sandbox.ses.inbox.glances import Glance, days
from tenantcrm.sandbox.ses.inbox.html_part import POLICY as HTML_POLICY
from tenantcrm.sandbox.ses.inbox.html_part import html_document
from tenantcrm.sandbox.ses.inbox.messages import MailId, ShownId, shown_id
from tenantcrm.sandbox.ses.inbox.reading import Mail, read_mail
from tenantcrm.sandbox.ses.inbox.rendering import HEADERS, query, rendered
from tenantcrm.sandbox.ses.mails import Envelope, Mails, Page, beside, state
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.telling import Telling

AnyRequest = Request[Any, Any, Any]
PAGE = 50
SHOWN = 256 * 1024
"""Characters of a text or a source that a page shows; the whole is behind a link."""
LINKED = 64 * 1024
"""Characters of a text in which links are looked for: it takes a second for a million."""
PARTS = {"html": "HTML", "text": "Text", "headers": "Headers", "source": "Source"}
WIDTHS = {"desktop": "Desktop", "mobile": "Mobile"}
_ANGLED = re.compile(r"<((?:https?|mailto):[^>\s]+)>", re.IGNORECASE)


class Pages(Controller):
    """The inbox, for people."""

    path = "/inbox"

    @get("/")
    async def index(
        self,
        request: AnyRequest,
        simulator: Simulator,
        to: str = "",
        before: ShownId = "",
        after: ShownId = "",
    ) -> Response[Any]:
        """The list, newest first; ``to`` finds recipients that contain it."""
        part = to.strip()
        version, total = await _version(simulator)
        page, listed = await simulator.store.read(
            partial(
                _read_page,
                mails=simulator.mails,
                part=part.lower(),
                before=int(before) if before else None,
                after=int(after) if after else None,
            )
        )
        ids = [shown_id(envelope.id) for envelope, _ in page.mails]
        return rendered(
            "list.html",
            {
                "days": listed,
                "found": page.total,
                "total": total,
                "to": part,
                "version": version,
                "live": not before and not page.newer,
                "newer": query(to=part, after=ids[0]) if page.newer else None,
                "older": query(to=part, before=ids[-1]) if page.older else None,
                "endpoint": str(request.base_url).rstrip("/"),
            },
        )

    @get("/state")
    async def state(self, simulator: Simulator) -> dict[str, object]:
        """What an open page asks again and again: has the list changed, and what time is it."""
        version, _ = await _version(simulator)
        return {"version": version, "now": clock.now().isoformat(), "rate": clock.rate()}

    @post("/empty")
    async def empty(self, request: AnyRequest, simulator: Simulator) -> Redirect:
        """Remove every mail, when this very page asks for it."""
        origin.check(request)
        await simulator.store.write(simulator.mails.empty, None)
        await simulator.store.write(emitted.forget, None)
        return Redirect("/inbox", status_code=303)

    @get("/{mail_id:int}")
    async def mail(
        self,
        simulator: Simulator,
        telling: Telling,
        mail_id: MailId,
        show: str = "",
        width: str = "",
        to: str = "",
    ) -> Response[Any]:
        """One mail: its HTML, text, headers or source."""
        envelope, mail, raw = await _found(simulator, mail_id)
        newer, older = await simulator.store.read(
            partial(beside, mail_id=mail_id, part=to.strip().lower())
        )
        parts = {name: word for name, word in PARTS.items() if name != "html" or mail.html}
        part = show if show in parts else next(iter(parts))
        source = mail.text if part == "text" else text_of(raw, None) if part == "source" else ""
        return rendered(
            "mail.html",
            {
                "id": shown_id(mail_id),
                "envelope": envelope,
                "mail": mail,
                "parts": parts,
                "part": part,
                "widths": WIDTHS,
                "width": width if width in WIDTHS else next(iter(WIDTHS)),
                "to": to.strip(),
                "newer": shown_id(newer) if newer is not None else None,
                "older": shown_id(older) if older is not None else None,
                "shown": source[:SHOWN],
                "linked": part == "text" and len(source) <= LINKED,
                "cut": len(source) > SHOWN,
                "size": len(raw),
                "unsubscribe": unsubscribe_links(mail),
                "happened": await happenings.shown(telling, mail_id),
                "tells": happenings.tells(telling, envelope),
                "can_happen": {key: word for key, (word, _) in happenings.CAN_HAPPEN.items()},
            },
        )

    @get("/{mail_id:int}/html", media_type=MediaType.HTML)
    async def html(self, simulator: Simulator, mail_id: MailId) -> Response[str]:
        """The HTML part, alone and harmless."""
        _, mail, _ = await _found(simulator, mail_id)
        headers = HEADERS | {"Content-Security-Policy": HTML_POLICY}
        return Response(html_document(mail), media_type=MediaType.HTML, headers=headers)

    @get("/{mail_id:int}/attachments/{number:int}")
    async def attachment(
        self, simulator: Simulator, mail_id: MailId, number: MailId
    ) -> Response[bytes]:
        """A file that came with a mail, as a download."""
        _, mail, _ = await _found(simulator, mail_id)
        if number >= len(mail.attachments):
            raise NotFoundException("This mail has no such attachment.")
        found = mail.attachments[number]
        plain = re.sub(r"[^\w. -]", "_", found.name, flags=re.ASCII)
        return Response(
            found.content,
            media_type="application/octet-stream",
            headers=HEADERS
            | {
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Content-Disposition": f'attachment; filename="{plain}"; '
                f"filename*=UTF-8''{quote(found.name, safe='')}",
            },
        )


def unsubscribe_links(mail: Mail) -> list[str]:
    """The URLs of List-Unsubscribe (RFC 2369): HTTP and mail addresses, nothing else."""
    return _ANGLED.findall(mail.header("List-Unsubscribe"))


def on_http_error(request: AnyRequest, fault: HTTPException) -> Response[Any]:
    """Exception handler: a page for people, JSON for scripts."""
    if request.url.path.startswith("/inbox/messages"):
        problem = {"status": fault.status_code, "detail": fault.detail}
        return Response(problem, status_code=fault.status_code, media_type=MediaType.JSON)
    words = fault.detail
    if fault.status_code == HTTP_404_NOT_FOUND and not words.endswith("."):
        words = "There is no such page."
    return rendered(
        "refused.html", {"status": fault.status_code, "words": words}, status=fault.status_code
    )


def on_failure() -> Response[Any]:
    """The page for a failure of ours."""
    words = "The simulator failed here; its log says why."
    status = HTTP_500_INTERNAL_SERVER_ERROR
    return rendered("refused.html", {"status": status, "words": words}, status=status)


async def _version(simulator: Simulator) -> tuple[str, int]:
    """A text that changes when the list, or what shows it, does; and how many mails there are."""
    newest, total = await simulator.store.read(state)
    return f"{simulator.run}-{newest}-{total}", total


def _read_page(
    db: sqlite3.Connection, mails: Mails, part: str, before: int | None, after: int | None
) -> tuple[Page, list[tuple[date, list[Glance]]]]:
    page = mails.page(db, part, before=before, after=after, size=PAGE)
    return page, days(page.mails)


def _read_one(
    db: sqlite3.Connection, mails: Mails, mail_id: int
) -> tuple[Envelope, Mail, bytes] | None:
    found = mails.one(db, mail_id)
    return None if found is None else (found[0], read_mail(found[1]), found[1])


async def _found(simulator: Simulator, mail_id: int) -> tuple[Envelope, Mail, bytes]:
    found = await simulator.store.read(partial(_read_one, mails=simulator.mails, mail_id=mail_id))
    if found is None:
        raise NotFoundException("This mail is not in the inbox: it was never here, or was removed.")
    return found
