"""How many mails came to what."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import sends
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.states import ACCEPTED, State

SEEN = ("opened", "clicked", "machine")
WAITING = frozenset({State.PENDING, State.CLAIMED, State.SENDING})


async def campaign_sends(session: TenantSession, campaign_ids: Sequence[UUID]) -> dict[UUID, Sends]:
    """What came of each campaign's mails, in all and by message."""
    found: dict[UUID, dict[UUID, Counter[str]]] = {key: {} for key in campaign_ids}
    for row in await sends.counts(session, campaign_ids):
        of_message = found[row.campaign_id].setdefault(row.message_id, Counter())
        of_message[row.state] += row.mails
        of_message.update({name: getattr(row, name) for name in SEEN})
    return {key: _campaign(messages) for key, messages in found.items()}


async def sends_by_day(
    session: TenantSession, *, days: int, zone: str, now: datetime | None = None
) -> list[tuple[date, int]]:
    """How many mails went out on each of the last ``days`` local days, oldest first."""
    today = (now or clock.now()).astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone))
    counted = dict(await sends.sent_times(session, since=since, zone=zone))
    span = (first + timedelta(days=n) for n in range(days))
    return [(day, counted.get(day.isoformat(), 0)) for day in span]


def _campaign(messages: dict[UUID, Counter[str]]) -> Sends:
    total: Counter[str] = Counter()
    for counted in messages.values():
        total.update(counted)
    return _sends(total, {key: _sends(counted, {}) for key, counted in messages.items()})


def _sends(counted: Counter[str], by_message: dict[UUID, Sends]) -> Sends:
    told = (State.SKIPPED, State.FAILED, State.UNKNOWN, State.BOUNCED, State.COMPLAINED)
    return Sends(
        sent=sum(counted[state] for state in ACCEPTED),
        waiting=sum(counted[state] for state in WAITING),
        delivered=counted[State.DELIVERED] + counted[State.COMPLAINED],
        by_message=by_message,
        **{str(name): counted[name] for name in (*told, *SEEN)},
    )
