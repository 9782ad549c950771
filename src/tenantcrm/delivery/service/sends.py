"""How many mails came to what."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.numbers import SEEN, STATES, WITH_REASON, Among, Fate
from tenantcrm.delivery.periods import Period
from tenantcrm.delivery.repository import counting
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.states import State


async def campaign_sends(
    session: TenantSession, campaign_ids: Sequence[UUID], *, period: Period | None = None
) -> dict[UUID, Sends]:
    """What came of each campaign's mails, in all and by message; those of the period alone."""
    since, until = (period.since, period.until) if period else (None, None)
    found: dict[UUID, dict[UUID, list[counting.Count]]] = {key: {} for key in campaign_ids}
    for row in await counting.by_message(session, campaign_ids, since=since, until=until):
        found[row.campaign_id].setdefault(row.message_id, []).append(row)
    return {key: _campaign(messages) for key, messages in found.items()}


async def how_many(session: TenantSession, among: Among) -> int | None:
    """How many mails of a campaign :func:`~tenantcrm.delivery.service.read.browse` lists.

    None: nobody has counted them, as they are one contact's, or of no campaign alone.
    """
    if among.campaign_id is None or among.contact_id is not None:
        return None
    rows = await counting.by_message(
        session, [among.campaign_id], since=among.since, until=among.until
    )
    return sum(_of(row, among.fate) for row in rows if _matches(row, among))


def _matches(row: counting.Count, among: Among) -> bool:
    return among.message_id in {None, row.message_id} and among.reasoned in {None, row.why}


def _of(row: counting.Count, fate: Fate | None) -> int:
    if fate is None:
        return row.mails
    if fate in SEEN:
        return int(getattr(row, fate))
    if fate is Fate.WAITING:
        return row.mails if row.state == fate else 0
    return row.mails if row.state in STATES[fate] else 0


async def sends_by_day(
    session: TenantSession, *, days: int, zone: str, now: datetime | None = None
) -> list[tuple[date, int]]:
    """How many mails of campaigns left on each of the last ``days`` local days, oldest first."""
    today = (now or clock.now()).astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=days - 1)
    period = Period.of(first, today, zone=zone)
    rows = await counting.by_day(session, zone=zone, since=period.since, until=period.until)
    counted = {row.day: row.sent for row in rows}
    span = (first + timedelta(days=n) for n in range(days))
    return [(day, counted.get(day, 0)) for day in span]


def _campaign(messages: dict[UUID, list[counting.Count]]) -> Sends:
    total = [row for rows in messages.values() for row in rows]
    return _sends(total, {key: _sends(rows, {}) for key, rows in messages.items()})


def _sends(rows: Iterable[counting.Count], by_message: dict[UUID, Sends]) -> Sends:
    states, seen, reasons = Counter[str](), Counter[str](), dict[str, Counter[str]]()
    for row in rows:
        states[row.state] += row.mails
        seen.update(
            opened=row.opened,
            clicked=row.clicked,
            machine=row.machine,
            unsubscribed=row.unsubscribed,
        )
        if row.state in WITH_REASON:
            reasons.setdefault(row.state, Counter())[row.why] += row.mails
    told = {
        str(fate): states[fate] if fate is Fate.WAITING else sum(states[s] for s in members)
        for fate, members in STATES.items()
    }
    return Sends(
        by_message=by_message,
        reasons={state: dict(counted.most_common()) for state, counted in reasons.items()},
        **told,
        **seen,
    )


async def recent_troubles(
    session: TenantSession, *, days: int, now: datetime | None = None
) -> tuple[int, int, int]:
    """Mails of campaigns of the last ``days`` times 24 hours that failed, that are unknown, and
    that were skipped as too late.
    """
    moment = now or clock.now()
    since = (moment - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    states = await counting.by_state(session, since=since)
    return states.get(State.FAILED, 0), states.get(State.UNKNOWN, 0), states.get("late", 0)
