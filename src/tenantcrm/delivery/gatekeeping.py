"""Whether mails that are due may leave today, knowing what their contacts have had. Pure.

The rule itself is the calendar's (:func:`tenantcrm.campaigns.calendar.gate`); here it is asked for
a whole batch, in which one mail may be the reason why another waits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm.campaigns.calendar import (
    Cap,
    Earlier,
    Shift,
    Timetable,
    day_after_pause,
    gate,
    local_date,
)
from tenantcrm.delivery.rules import Objection
from tenantcrm.delivery.schemas import Facts
from tenantcrm.delivery.states import Kind, State
from tenantcrm.tenants.schemas import TenantFacts

WAITING = frozenset({State.PENDING, State.CLAIMED})
GONE = frozenset(
    {
        State.SENDING, State.SENT, State.UNKNOWN, State.DELIVERED, State.BOUNCED,
        State.COMPLAINED,
    }
)  # fmt: skip
"""States in which a contact has had a mail, or may have had it."""


class Sibling(Struct, frozen=True, kw_only=True):
    """Another mail of a campaign to the same contact. ``at``: when SES was asked."""

    id: UUID
    contact_id: UUID
    campaign_id: UUID
    entry: int
    send_day: int
    state: str
    due_at: datetime
    late_at: datetime | None
    at: datetime | None
    held: bool


def needs_history(mails: Iterable[Facts], cap: Cap | None) -> list[UUID]:
    """The contacts of whom more must be known than the mail itself says, in order.

    The first mail of a campaign cannot follow another of it, unless it has days before day 0, or
    its contact has been in it before.
    """
    return sorted(
        {
            mail.contact_id
            for mail in mails
            if mail.contact_id is not None
            and mail.calendar is not None
            and (
                cap is not None
                or mail.kind == Kind.DRIP
                or mail.entry > 1
                or mail.calendar["anchor"] is not None
            )
        }
    )


def gatekeep(
    mails: Sequence[Facts], siblings: Sequence[Sibling], *, cap: Cap | None, now: datetime
) -> dict[UUID, Objection]:
    """The mails that may not leave today, and when to ask again.

    Args:
        mails: what else stands against them has been asked; those of campaigns are looked at.
        siblings: every other mail to the contacts that :func:`needs_history` names, or also these.
        cap: of the tenant.
        now: business time.
    """
    own = {mail.id for mail in mails}
    by_contact: dict[UUID, list[Sibling]] = defaultdict(list)
    for sibling in siblings:
        if sibling.id not in own:
            by_contact[sibling.contact_id].append(sibling)
    found: dict[UUID, Objection] = {}
    left: dict[UUID, list[Facts]] = defaultdict(list)
    staying: dict[UUID, list[tuple[Facts, date]]] = defaultdict(list)
    timetables: dict[UUID | None, Timetable] = {}
    for mail in sorted(mails, key=_precedence):
        if mail.contact_id is None or mail.calendar is None:
            continue
        timetable = timetables.get(mail.campaign_id)
        if timetable is None:
            timetable = timetables[mail.campaign_id] = Timetable.of(**mail.calendar)
        zone = timetable.zone_for(mail.timezone)
        today = local_date(now, zone)
        others = by_contact[mail.contact_id]
        paused = mail.paused_until is not None and now < mail.paused_until
        if paused and timetable.anchor is not None:
            # Its date would have passed: a reminder that comes weeks late reminds of nothing.
            found[mail.id] = Objection(State.SKIPPED, Shift.RECIPIENT_PAUSE.value)
            continue
        batch = left[mail.contact_id]
        earlier = Earlier(
            own=[
                *_sent_by(mail, others, zone),
                *(today for one in batch if one.campaign_id == mail.campaign_id),
            ],
            waiting=[
                *_before(mail, others, zone, now),
                *(
                    day
                    for one, day in staying[mail.contact_id]
                    if one.campaign_id == mail.campaign_id and one.send_day < mail.send_day
                ),
            ],
            all=[*_all(mail, others, zone, now), *(today for _ in batch)] if cap else (),
        )
        deferral = gate(
            today,
            timetable.rest,
            earlier,
            cap,
            paused_until=day_after_pause(mail.paused_until, zone) if paused else None,
        )
        if deferral is None:
            batch.append(mail)
            continue
        due_at = timetable.slot(deferral.day, zone)
        staying[mail.contact_id].append((mail, deferral.day))
        found[mail.id] = Objection(
            State.PENDING,
            deferral.shifts[-1].value,
            due_at=due_at,
            late_at=timetable.late_at(due_at),
        )
    return found


def _precedence(mail: Facts | Sibling) -> tuple[datetime, int, int]:
    campaign = mail.campaign_id.int if mail.campaign_id is not None else 0
    return mail.due_at, campaign, mail.send_day


def _sent_by(mail: Facts, others: Iterable[Sibling], zone: ZoneInfo) -> list[date]:
    """The days on which the mail's campaign has mailed the contact."""
    return [
        local_date(one.at, zone)
        for one in others
        if one.campaign_id == mail.campaign_id and one.at is not None and one.state in GONE
    ]


def _before(mail: Facts, others: Iterable[Sibling], zone: ZoneInfo, now: datetime) -> list[date]:
    """The days on which messages of the campaign that come before this one are due."""
    return [
        local_date(one.due_at, zone)
        for one in others
        if one.campaign_id == mail.campaign_id
        and one.entry == mail.entry
        and one.send_day < mail.send_day
        and one.state in WAITING
        and (one.late_at is None or one.late_at >= now)
    ]


def _all(mail: Facts, others: Iterable[Sibling], zone: ZoneInfo, now: datetime) -> list[date]:
    """The days of every mail that the contact has had, or gets before this one."""
    days = []
    for one in others:
        if one.at is not None and one.state in GONE:
            days.append(local_date(one.at, zone))
        elif (
            one.state in WAITING
            and not one.held
            and one.due_at <= now
            and (one.late_at is None or one.late_at >= now)
            and _precedence(one) < _precedence(mail)
        ):
            days.append(local_date(now, zone))
    return days


def cap_of(tenant: TenantFacts) -> Cap | None:
    """The tenant's frequency cap, where it has one."""
    if tenant.cap_mails is None or tenant.cap_days is None:
        return None
    return Cap(tenant.cap_mails, tenant.cap_days)
