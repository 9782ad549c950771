"""What a bounce or a complaint means for whoever was mailed.

A hard bounce, a complaint, and five soft bounces in a row end all mail to an address. What was
not handed to SES yet is skipped, campaigns are left, and the contact stays, marked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import service as campaigns
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.models import ContactStatus
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import entries, outcomes
from tenantcrm.delivery.schemas import Outcome
from tenantcrm.tenants.models import Mode

SOFT_MOST = 5
"""Soft bounces in a row after which an address is given up."""
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


async def follow(
    session: TenantSession,
    found: Sequence[Alarm],
    people: Mapping[UUID, ContactRow],
    *,
    now: datetime,
) -> None:
    """Do what follows. ``people``: the contacts of the mails, locked."""
    soft = [alarm for alarm in found if alarm.why == "soft_bounce" and alarm.mail.contact_id]
    given_up = set[UUID]()
    if soft:
        given_up = set(
            await outcomes.soft_runs(
                session,
                [alarm.mail.contact_id for alarm in soft if alarm.mail.contact_id],
                changed=[alarm.mail.id for alarm in soft],
                most=SOFT_MOST,
            )
        )
    for alarm in sorted(found, key=lambda alarm: alarm.mail.contact_id or UUID(int=0)):
        if alarm.mail.recipient is not None:
            continue  # A test or a mail of ours: to somebody who is nobody's contact.
        if alarm.why == "soft_bounce" and alarm.mail.contact_id not in given_up:
            continue
        await _stop(session, alarm, people.get(alarm.mail.contact_id or UUID(int=0)), now=now)


async def _stop(
    session: TenantSession, alarm: Alarm, contact: ContactRow | None, *, now: datetime
) -> None:
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
    new = await contacts.stop_mailing(
        session,
        mode=Mode.LIVE,
        reason=reason,
        email_hashes=[one for one in hashes if one is not None],
        contact=contact,
        now=now,
    )
    if alarm.why != "soft_bounce" or new:
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
        await entries.stop_contact(session, contact.id, reason=SUPPRESSED, now=now)
        await campaigns.exit_contact(session, contact.id, reason=SUPPRESSED, now=now)
