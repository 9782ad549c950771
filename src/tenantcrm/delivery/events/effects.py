"""What a bounce or a complaint means for whoever was mailed.

A hard bounce, a complaint, and five soft bounces in a row end all mail to an address. What was
not handed to SES yet is skipped, campaigns are left, and the contact stays, marked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import service as campaigns
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import entries, outcomes, stopping
from tenantcrm.delivery.schemas import Outcome
from tenantcrm.tenants.models import Mode

SOFT_MOST = 5
"""Soft bounces in a row after which an address is given up."""
NOBODY = UUID(int=0)
SUPPRESSED = "suppressed"
"""Why its other mails are skipped and its campaigns left: one word, whatever came first."""


class Alarm(Struct, frozen=True, kw_only=True):
    """A mail that has just turned out bad. ``why``: ``complaint``, ``hard_bounce``,
    ``soft_bounce``; ``email_hash``: of the address that it went to, where the notice told.
    """

    mail: Outcome
    why: str
    at: datetime
    email_hash: bytes | None


def alarms(
    before: Mapping[UUID, Outcome], after: Sequence[Outcome], hashes: Mapping[UUID, bytes]
) -> list[Alarm]:
    """The mails that were not bad before."""
    found = []
    for mail in after:
        was = before[mail.id]
        for why, at in (
            ("complaint", mail.complained_at if was.complained_at is None else None),
            ("hard_bounce", mail.bounced_at if _turned(was, mail, "hard") else None),
            ("soft_bounce", mail.bounced_at if _turned(was, mail, "soft") else None),
        ):
            if at is not None:
                found.append(Alarm(mail=mail, why=why, at=at, email_hash=hashes.get(mail.id)))
    return found


def _turned(was: Outcome, mail: Outcome, bounce: str) -> bool:
    return mail.bounce == bounce and was.bounce != bounce


def given_up(soft: Iterable[tuple[UUID, UUID, int]], changed: Collection[UUID]) -> dict[UUID, bool]:
    """Who has too many soft bounces in a row, one of which is new; and whether that is news.

    It is none, where there were as many in a row without the new ones.

    Args:
        soft: contact, mail and its place among the contact's mails, in that order.
        changed: the mails that have bounced just now.
    """
    found: dict[UUID, bool] = {}
    for contact, run in _runs((contact, place, mail) for contact, mail, place in soft):
        if len(run) >= SOFT_MOST and any(mail in changed for _, mail in run):
            known = [(contact, place, mail) for place, mail in run if mail not in changed]
            news = not any(len(before) >= SOFT_MOST for _, before in _runs(known))
            found[contact] = found.get(contact, False) or news
    return found


def _runs(
    mails: Iterable[tuple[UUID, int, UUID]],
) -> Iterator[tuple[UUID, list[tuple[int, UUID]]]]:
    """Stretches of mails of a contact whose places follow each other."""
    numbered = enumerate(mails)
    for (contact, _), run in groupby(numbered, lambda one: (one[1][0], one[1][1] - one[0])):
        yield contact, [(place, mail) for _, (_, place, mail) in run]


async def follow(
    session: TenantSession,
    found: Sequence[Alarm],
    people: Mapping[UUID, ContactRow],
    *,
    now: datetime,
) -> None:
    """Do what follows. ``people``: the contacts of the mails, locked."""
    soft = {
        alarm.mail.id: alarm.mail.contact_id
        for alarm in found
        if alarm.why == "soft_bounce" and alarm.mail.contact_id is not None
    }
    standing, done = dict(people), dict[UUID, bool]()
    if soft:
        bounced = await outcomes.soft_bounced(session, sorted(set(soft.values())))
        done = given_up(bounced, soft)
    for alarm in sorted(found, key=lambda alarm: alarm.mail.contact_id or NOBODY):
        if alarm.mail.recipient is not None:
            continue  # A test or a mail of ours: to somebody who is nobody's contact.
        contact_id, news = alarm.mail.contact_id or NOBODY, True
        if alarm.why == "soft_bounce":
            if contact_id not in done:
                continue
            news, done[contact_id] = done[contact_id], False
        contact = await _stop(session, alarm, standing.get(contact_id), news=news, now=now)
        if contact is not None:
            standing[contact.id] = contact


async def _stop(
    session: TenantSession,
    alarm: Alarm,
    contact: ContactRow | None,
    *,
    news: bool,
    now: datetime,
) -> ContactRow | None:
    """Stop all mail to the address; gives the contact as it stands now."""
    complaint = alarm.why == "complaint"
    reason = ContactStatus.COMPLAINED if complaint else ContactStatus.BOUNCED
    if contact is None and alarm.email_hash is not None:
        # Erased since; who has the address now, if anybody, is told by its hash.
        found = await entries.contact_of(session, Mode.LIVE, alarm.email_hash)
        contact = None if found is None else await contacts.lock(session, found)
    hashes = {alarm.email_hash} - {None}
    if contact is not None and alarm.email_hash not in {None, contact.email_hash}:
        if complaint:
            # It is the same person, whichever of the addresses was mailed.
            hashes.add(contact.email_hash)
        else:
            # The address that bounces is not the contact's any more.
            contact = None
    elif contact is not None:
        hashes.add(contact.email_hash)
    stands = await contacts.stop_mailing(
        session,
        mode=Mode.LIVE,
        reason=reason,
        email_hashes=[one for one in hashes if one is not None],
        contact=contact,
        now=now,
    )
    new = contact is not None and contact.status == ContactStatus.SUBSCRIBED
    if news or new:
        await contacts.record(
            session,
            "contact_suppressed",
            at=alarm.at,
            actor="recipient" if complaint else "system",
            contact_id=None if contact is None else contact.id,
            campaign_id=alarm.mail.campaign_id,
            message_id=alarm.mail.message_id,
            detail={"reason": "soft_bounces" if alarm.why == "soft_bounce" else alarm.why},
        )
    if contact is not None:
        await stopping.stop_contacts(session, [contact.id], reason=SUPPRESSED, now=now)
        await campaigns.exit_contact(session, contact.id, reason=SUPPRESSED, now=now)
    return stands
