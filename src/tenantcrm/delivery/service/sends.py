"""How many mails came to what."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import sends
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.states import ACCEPTED, State

WAITING = frozenset({State.PENDING, State.CLAIMED, State.SENDING})


async def campaign_sends(session: TenantSession, campaign_ids: Sequence[UUID]) -> dict[UUID, Sends]:
    """What came of each campaign's mails, in all and by message."""
    found: dict[UUID, dict[UUID, dict[str, int]]] = {key: {} for key in campaign_ids}
    for campaign, message, state, number in await sends.counts(session, campaign_ids):
        found[campaign].setdefault(message, {})[state] = number
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


def _campaign(messages: dict[UUID, dict[str, int]]) -> Sends:
    total: dict[str, int] = {}
    for states in messages.values():
        for state, number in states.items():
            total[state] = total.get(state, 0) + number
    return _sends(total, {key: _sends(states, {}) for key, states in messages.items()})


def _sends(states: dict[str, int], by_message: dict[UUID, Sends]) -> Sends:
    return Sends(
        sent=sum(n for state, n in states.items() if state in ACCEPTED),
        waiting=sum(n for state, n in states.items() if state in WAITING),
        skipped=states.get(State.SKIPPED, 0),
        failed=states.get(State.FAILED, 0),
        unknown=states.get(State.UNKNOWN, 0),
        by_message=by_message,
    )
