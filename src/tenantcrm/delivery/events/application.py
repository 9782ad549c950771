"""Apply notices to the ledger: all of a tenant's in one unit of work, in any order, once each.

Locks are taken in the order of everybody who ends mailing: contacts, then mails, each in the
order of their ids; counts and the stream last.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from tenantcrm import clock
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.delivery.events.effects import Alarm, alarms, follow
from tenantcrm.delivery.events.notices import Notice, of_record
from tenantcrm.delivery.repository import hours, inbox, outcomes
from tenantcrm.delivery.schemas import KeptNotice, Outcome
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import tenants

ALARMING = frozenset({"bounce", "complaint"})
HASH = "recipient"
"""In what is kept of a bounce or a complaint: the keyed hash, in hex, that suppressions keep."""
NOT_COUNTED = "OnAccountSuppressionList"
"""SES took the mail, knew the address, and did not try: it does not count that itself either."""
_COUNTS = {
    "complaint": "complained",
    "hard_bounce": "hard_bounced",
    "soft_bounce": "soft_bounced",
}


async def apply(
    session: TenantSession, keyring: Keyring, notices: Sequence[Notice]
) -> Counter[str]:
    """Keep the tenant's notices and make the ledger what they say.

    Gives how many were ``applied``, ``known`` already, of an ``unknown_mail``, or ``faulty``.
    """
    now = clock.now()
    once = {notice.notice_id: notice for notice in notices}
    people = await _lock_people(session, once.values())
    before = await outcomes.lock(session, list({n.delivery_id for n in once.values()}))
    ours = [notice for notice in once.values() if notice.delivery_id in before]
    told = Counter(unknown_mail=len(once) - len(ours), known=len(notices) - len(once))
    if not ours:
        return told
    hashed = await _hashed(session, keyring, ours)
    new = await inbox.keep(session, hashed, received_at=now)
    fresh = [notice for notice in hashed if notice.notice_id in new]
    sound = [notice for notice in fresh if notice.fault is None]
    await settle(session, sound, before, people, now=now)
    told += Counter(
        known=len(ours) - len(fresh), faulty=len(fresh) - len(sound), applied=len(sound)
    )
    return told


async def settle(
    session: TenantSession,
    sound: Sequence[Notice],
    before: Mapping[UUID, Outcome],
    people: Mapping[UUID, ContactRow],
    *,
    now: datetime,
) -> None:
    """Make the ledger what kept notices say. The mails (``before``) and contacts are locked."""
    if not sound:
        return
    after = await outcomes.apply(session, list({n.delivery_id for n in sound}), now=now)
    hashes = {
        notice.delivery_id: bytes.fromhex(notice.detail[HASH])
        for notice in sound
        if notice.detail.get(HASH)
    }
    found = alarms(before, after, hashes)
    await follow(session, found, people, now=now)
    await _count(session, found, before)
    taken = {notice.delivery_id for notice in sound if notice.kind == "send"}
    asked = [mail.asked_at for mail in after if mail.id in taken and mail.asked_at is not None]
    await outcomes.note_heard(session, asked_at=max(asked, default=None), now=now)


async def apply_again(session: TenantSession, *, limit: int = 500) -> Counter[str]:
    """Read notices anew that could not be applied, and apply those that can be now.

    Gives how many were ``applied`` and how many are ``faulty`` still. For after a correction.
    """
    now = clock.now()
    read = [
        _reread(row, session.tenant_id, now) for row in await inbox.faulty(session, limit=limit)
    ]
    sound = [notice for notice in read if notice.fault is None]
    people = await _lock_people(session, sound)
    before = await outcomes.lock(session, list({n.delivery_id for n in sound}))
    for notice in sound:
        await inbox.replace_faulty(session, notice)
    await settle(session, sound, before, people, now=now)
    return Counter(applied=len(sound), faulty=len(read) - len(sound))


def _reread(row: KeptNotice, tenant_id: UUID, now: datetime) -> Notice:
    read = of_record(
        row.detail,
        notice_id=row.notice_id,
        tenant_id=tenant_id,
        delivery_id=row.delivery_id,
        now=now,
    )
    if HASH not in row.detail:
        return read
    return replace(read, detail={**read.detail, HASH: row.detail[HASH]})


async def _lock_people(session: TenantSession, notices: Iterable[Notice]) -> dict[UUID, ContactRow]:
    alarming = list({n.delivery_id for n in notices if n.kind in ALARMING})
    if not alarming:
        return {}
    locked = [
        await contacts.lock(session, key) for key in await outcomes.contacts_of(session, alarming)
    ]
    return {row.id: row for row in locked if row is not None}


async def _hashed(
    session: TenantSession, keyring: Keyring, notices: Sequence[Notice]
) -> list[Notice]:
    """The notices with the keyed hashes of the addresses that bounced or complained."""
    if not any(notice.address for notice in notices):
        return list(notices)
    salt = (await tenants.facts(session)).salt
    return [
        replace(
            notice,
            address="",
            detail={**notice.detail, HASH: keyring.email_hash(salt, notice.address).hex()},
        )
        if notice.address
        else notice
        for notice in notices
    ]


async def _count(
    session: TenantSession, found: Sequence[Alarm], before: Mapping[UUID, Outcome]
) -> None:
    counts: dict[tuple[str, datetime], Counter[str]] = {}
    for alarm in found:
        if alarm.mail.reason == NOT_COUNTED:
            continue
        counted = counts.setdefault((alarm.mail.kind, _hour(alarm.at)), Counter())
        counted[_COUNTS[alarm.why]] += 1
        was = before[alarm.mail.id]
        if alarm.why == "hard_bounce" and was.bounce == "soft" and was.bounced_at is not None:
            earlier = counts.setdefault((alarm.mail.kind, _hour(was.bounced_at)), Counter())
            earlier["soft_bounced"] -= 1
    for kind, hour in sorted(counts):
        await hours.add(session, kind, hour, **counts[kind, hour])


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
