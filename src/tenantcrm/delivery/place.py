"""Where a contact stands in a campaign, and what the next scan makes of it. Pure.

The conditions are those of a scan and of the last look before sending, in their order: a filter
is explained by the function that a scan's rows are held against, dates are read by the one that
enrols.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm.campaigns import anchors, calendar
from tenantcrm.campaigns.states import CampaignState, EnrollmentState, ExitReason
from tenantcrm.campaigns.words import STANDING, exit_words
from tenantcrm.contacts.filters import explain, show
from tenantcrm.contacts.filters.literals import as_moment
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.delivery.outlook import Entered, Running, Somebody, Why
from tenantcrm.tenants.models import Mode

STATUSES = {
    ContactStatus.UNSUBSCRIBED: "The contact has unsubscribed.",
    ContactStatus.BOUNCED: "Mail to the contact bounces.",
    ContactStatus.COMPLAINED: "The contact has reported mail as spam.",
}
INACTIVE = {
    CampaignState.DRAFT: "Matches, but the campaign is not active yet.",
    CampaignState.PAUSED: "Matches, but the campaign is paused.",
}


class Place(Struct, frozen=True, kw_only=True):
    """``entry``: the one whose mails are told. ``day0``: of that entry; None: nothing of it is to
    come. ``enters_at``: when it comes in; None: it is in, or does not.
    """

    why: Why
    entry: int = 1
    day0: date | None = None
    enters_at: datetime | None = None


def place_of(
    campaign: Running, somebody: Somebody, entered: Entered | None, *, now: datetime
) -> Place:
    """Where a contact stands in a campaign, why, and from when on its mails count."""
    if entered is None:
        return _newcomer(campaign, somebody, entry=1, now=now)
    if entered.state in {EnrollmentState.ACTIVE, EnrollmentState.FINISHED}:
        place = _inside(campaign, somebody, entered, now)
    else:
        place = _outside(campaign, somebody, entered, now)
    since = _again_from(campaign, somebody, entered)
    if since is None or _objection(campaign, somebody) is not None:
        return place
    return _newcomer(campaign, somebody, entry=entered.entry + 1, now=max(now, since))


def why_entered(
    state: str, exit_reason: str | None, enrolled_at: datetime, ended_at: datetime | None
) -> Why:
    """Where an enrolment stands, by itself."""
    words = STANDING[EnrollmentState(state)]
    if state == EnrollmentState.EXITED:
        words = f"{words}: {exit_words(exit_reason)}"
    elif exit_reason == ExitReason.IMPORTED:
        words = f"{exit_words(exit_reason)}; comes in when it matches anew"
    return Why(
        code=exit_reason or state,
        message=f"{words[0].upper()}{words[1:]}.",
        since=enrolled_at if ended_at is None else ended_at,
    )


def _own(entered: Entered) -> Why:
    return why_entered(entered.state, entered.exit_reason, entered.enrolled_at, entered.ended_at)


def _inside(campaign: Running, somebody: Somebody, entered: Entered, now: datetime) -> Place:
    """Of whoever is in the campaign, or has finished it."""
    own, active = _own(entered), entered.state == EnrollmentState.ACTIVE
    bar = barred(somebody)
    if bar is not None:
        return Place(why=bar if active else own, entry=entered.entry)
    failed = explain(campaign.expression, somebody)
    if active and campaign.exit_unmatched and failed is not None:
        words = f"Leaves the campaign at its next scan: {show(failed)} is not so."
        return Place(why=Why(code=ExitReason.UNMATCHED, message=words), entry=entered.entry)
    day0: date | None = entered.enrolled_on
    if campaign.timetable.anchor is not None:
        day0 = _anchored(campaign, somebody, campaign.timetable.anchor, now)
        if day0 is None and active:
            words = f"Leaves the campaign at its next scan: {exit_words(ExitReason.NO_DATE)}."
            own = Why(code=ExitReason.NO_DATE, message=words)
    return Place(why=own, entry=entered.entry, day0=day0)


def _outside(campaign: Running, somebody: Somebody, entered: Entered, now: datetime) -> Place:
    """Of whoever has left the campaign, or never was let in."""
    own = Place(why=_own(entered), entry=entered.entry)
    anchor = campaign.timetable.anchor
    if anchor is None or entered.exit_reason != ExitReason.NO_DATE or barred(somebody) is not None:
        return own
    day0 = _anchored(campaign, somebody, anchor, now)
    if day0 is None:
        return own
    until = calendar.next_slot(now, campaign.timetable.at, _zone(campaign, somebody))
    words = f"Has a date again, and is back in the campaign at the next scan, on {_at(until)}."
    why = Why(code="waiting", message=words, until=until)
    return Place(why=why, entry=entered.entry, day0=day0, enters_at=until)


def _again_from(campaign: Running, somebody: Somebody, entered: Entered) -> datetime | None:
    """From when on whoever has been in the campaign may come in again; None: not as it stands."""
    zone = _zone(campaign, somebody)
    if campaign.timetable.anchor is not None or entered.unmatched_at is None:
        return None
    if entered.state == EnrollmentState.EXCLUDED:
        return entered.unmatched_at
    if campaign.reentry_gap is None:
        return None
    ended = entered.state == EnrollmentState.FINISHED or (
        entered.state == EnrollmentState.EXITED and entered.exit_reason == ExitReason.UNMATCHED
    )
    if not ended:
        return None
    day = entered.enrolled_on + campaign.reentry_gap * calendar.DAY
    if campaign.timetable.immediate:
        return calendar.slot(day, time(), zone)
    return campaign.timetable.slot(day, zone) - timedelta.resolution


def _newcomer(campaign: Running, somebody: Somebody, *, entry: int, now: datetime) -> Place:
    """Of whoever is not in the campaign. ``now``: the earliest instant at which it can come in."""
    objection = _objection(campaign, somebody)
    if objection is not None:
        return Place(why=objection, entry=entry)
    zone, timetable = _zone(campaign, somebody), campaign.timetable
    until = now if timetable.immediate else calendar.next_slot(now, timetable.at, zone)
    day0: date | None = calendar.local_date(until, zone)
    if timetable.anchor is not None:
        day0 = _anchored(campaign, somebody, timetable.anchor, until)
        send_days = [message.send_day for message in campaign.messages]
        if day0 is None or not anchors.enrols(timetable, day0, send_days, zone, until):
            return Place(why=_no_date(somebody, timetable.anchor, day0), entry=entry)
    if campaign.state in INACTIVE:
        state = CampaignState(campaign.state)
        why = Why(code=f"campaign_{state.value}", message=INACTIVE[state])
    else:
        words = f"Matches, and comes in at the next scan, on {_at(until)}."
        why = Why(code="waiting", message=words, until=until)
    return Place(why=why, entry=entry, day0=day0, enters_at=until)


def barred(somebody: Somebody) -> Why | None:
    """Why a contact is mailed by nobody, as the last look before sending has it."""
    if somebody.mode == Mode.TEST:
        return Why(code="test", message="A contact made with a test key is never mailed.")
    if somebody.status != ContactStatus.SUBSCRIBED:
        return Why(code=somebody.status, message=STATUSES[ContactStatus(somebody.status)])
    if somebody.suppressed is not None:
        reason, since = somebody.suppressed
        words = f"The address is suppressed since {_at(since)} ({reason.replace('_', ' ')})."
        return Why(code="suppressed", message=words, since=since)
    return None


def _objection(campaign: Running, somebody: Somebody) -> Why | None:
    """Why a scan passes the contact over, whenever it comes."""
    failed = explain(campaign.expression, somebody)
    if failed is not None and somebody.mode != Mode.TEST:
        return Why(code="not_matching", message=f"Does not match: {show(failed)} is not so.")
    return barred(somebody)


def _anchored(campaign: Running, somebody: Somebody, attribute: str, now: datetime) -> date | None:
    zone = _zone(campaign, somebody)
    return anchors.day0_of(somebody.attributes.get(attribute), zone, now)


def _no_date(somebody: Somebody, attribute: str, day0: date | None) -> Why:
    value = somebody.attributes.get(attribute)
    if value is None:
        return Why(
            code=ExitReason.NO_DATE, message=f"Has no {attribute}, which day 0 of the campaign is."
        )
    if day0 is None:
        far = isinstance(value, str) and as_moment(value) is not None
        fault = "is more than a hundred years away" if far else "is no date"
        return Why(
            code=ExitReason.NO_DATE, message=f"Its {attribute}, {str(value)[:60]!r}, {fault}."
        )
    words = f"Its {attribute} has passed: every message would be too late."
    return Why(code="date_passed", message=words)


def _zone(campaign: Running, somebody: Somebody) -> ZoneInfo:
    return campaign.timetable.zone_for(somebody.timezone)


def _at(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{there.day} {there:%b %Y, %H:%M} UTC"
