"""An hour in which whoever has unsubscribed by link can undo it.

The contact is gone from contacts at once. What it was is kept beside, sealed with a key of its
tenant that the database does not hold, and thrown away after the hour, or when it is undone.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from tenantcrm import clock, jobs
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import Database, TenantSession
from tenantcrm.delivery.repository import departures, entries, lanes, leaving
from tenantcrm.delivery.service.return_to import hand_over_missed
from tenantcrm.sealing import Seal
from tenantcrm.tenants.models import Mode

log = structlog.get_logger()

UNDO_FOR = timedelta(hours=1)
"""Machine time. Long enough to see a mistake; short, because we promise to forget."""
CONSENT = "undone on the unsubscribe page"
REASON = ContactStatus.UNSUBSCRIBED.value


class Content(msgspec.Struct):
    """What is sealed. ``row``: the contact, column by column; None: nobody was known.

    ``links``: ids of rows that were the contact's, by table. ``hashes``: of the addresses that the
    departure has suppressed, in hex.
    """

    row: dict[str, Any] | None
    links: dict[str, list[UUID]]
    hashes: list[str]


async def take_down(
    session: TenantSession, contact: ContactRow | None, hashes: list[bytes]
) -> Content:
    """What must be known to bring a contact back, before it is removed; the caller holds it."""
    row, links = None, dict[str, list[UUID]]()
    if contact is not None:
        row = await departures.row_of(session, contact.id)
        links = await departures.links_of(session, contact.id)
    return Content(row, links, [one.hex() for one in hashes])


async def keep(
    session: TenantSession,
    seal: Seal,
    content: Content,
    *,
    mode: Mode,
    email_hash: bytes,
    now: datetime,
) -> None:
    """Keep it for as long as it can be undone."""
    await departures.keep(
        session,
        mode=mode,
        email_hash=email_hash,
        departed_at=now,
        undo_until=clock.real_now() + UNDO_FOR,
        sealed=seal.close(msgspec.json.encode(content), _about(session, mode, email_hash)),
    )


async def can_undo(session: TenantSession, email_hash: bytes, *, mode: Mode = Mode.LIVE) -> bool:
    """Whether an address has unsubscribed so lately that it can be undone."""
    return await departures.kept(session, mode, email_hash, real_now=clock.real_now())


async def undo(
    session: TenantSession, seal: Seal, *, email_hash: bytes, mode: Mode = Mode.LIVE
) -> bool:
    """Bring back who unsubscribed within the hour; False when it is too late, or done already.

    The person is a contact again, with the same id and history and in the same campaigns; what had
    been waiting waits again, and what came due meanwhile is due. The consent is recorded. Whoever
    complained meanwhile, or whose mail bounced, has said more since, and stays out.
    """
    kept = await departures.take(session, mode, email_hash, real_now=clock.real_now())
    opened = None if kept is None else seal.open(kept.sealed, _about(session, mode, email_hash))
    if kept is None or opened is None:
        return False
    content = msgspec.json.decode(opened, type=Content)
    now = clock.now()
    if not await _lift(session, mode, [bytes.fromhex(one) for one in content.hashes], now):
        return False
    contact_id = None if content.row is None else await _restore(session, mode, content.row, now)
    if contact_id is not None:
        await departures.relink(session, contact_id, content.links)
        await leaving.take_back(session, contact_id, since=kept.departed_at)
    await contacts.record(
        session,
        "contact_resubscribed",
        at=now,
        actor="recipient",
        contact_id=contact_id,
        detail={"consent": {"source": CONSENT, "at": now.isoformat()}, "was": REASON},
    )
    if contact_id is not None:
        due, campaigns = await departures.revive(
            session, contact_id, reason=REASON, stopped_at=kept.departed_at, now=now
        )
        await hand_over_missed(session, contact_id, campaigns, since=kept.departed_at, now=now)
        if due:
            await lanes.wake(session, due)
            jobs.wake(session, "send")
        jobs.wake(session, "contacts_changed")
    return True


async def _lift(session: TenantSession, mode: Mode, hashes: list[bytes], now: datetime) -> bool:
    """Let all of these addresses be mailed again, or none."""
    lifted = [
        one for one in hashes if await contacts.lift_own_word(session, mode=mode, email_hash=one)
    ]
    if len(lifted) == len(hashes):
        return True
    for one in lifted:
        await contacts.suppress(session, mode=mode, email_hash=one, now=now)
    return False


async def _restore(
    session: TenantSession, mode: Mode, row: dict[str, Any], now: datetime
) -> UUID | None:
    """The contact as it was; merged into one that was made of the same address meanwhile."""
    old_id = UUID(row["id"])
    if await departures.put_back(session, row, now=now):
        return old_id
    email_hash = bytes.fromhex(row["email_hash"].removeprefix("\\x"))
    found = await entries.contact_of(session, mode, email_hash)
    contact = None if found is None else await contacts.lock(session, found, mode=mode)
    if contact is None:
        # Another address has the external id by now: the person comes back without it.
        done = await departures.put_back(session, row | {"external_id": None}, now=now)
        return old_id if done else None
    return (await contacts.merge_back(session, contact, row, now=now)).id


async def forget_departed(database: Database) -> None:
    """Throw away what can no longer be undone, of every tenant."""
    async with database.control_unit_of_work() as control:
        count = await departures.forget_old(control, real_now=clock.real_now())
    if count:
        log.info("departures.forgotten", count=count)


def _about(session: TenantSession, mode: Mode, email_hash: bytes) -> bytes:
    return session.tenant_id.bytes + mode.value.encode() + email_hash
