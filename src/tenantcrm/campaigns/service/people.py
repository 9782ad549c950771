"""Who is in a campaign, and who would be."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from tenantcrm import clock
from tenantcrm.campaigns import fields
from tenantcrm.campaigns.repository import campaigns, counting, endings, people
from tenantcrm.campaigns.schemas import Audience, CampaignStats, Participant, Those
from tenantcrm.campaigns.service.reach import audience_of, reach
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.states import EnrollmentState, Reached
from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.database import TenantSession


class ParticipantPage(Struct, frozen=True):
    """Some of a campaign's people, and the cursor behind them; None where the list ends."""

    rows: list[Participant]
    next: str | None


async def participants(
    session: TenantSession,
    campaign_id: UUID,
    *,
    limit: int = 50,
    after: str | None = None,
    state: EnrollmentState | None = None,
    among: Those | None = None,
) -> ParticipantPage:
    """The campaign's people, last enrolled first; ``state`` keeps those who stand there.

    ``among`` takes the place of ``state``, and asks for more.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: ``after`` is no cursor of this list.
    """
    among = among or Those(state=state)
    query = ("participants", campaign_id, astuple(among))
    place = read_cursor(after, *query) if after is not None else None
    found(await campaigns.find(session, campaign_id))
    rows = await people.participants(
        session,
        campaign_id,
        among=among,
        limit=limit + 1,
        after=None if place is None else (place.at.date(), place.id),
    )
    if len(rows) <= limit:
        return ParticipantPage(rows, None)
    last = rows[limit - 1]
    midnight = datetime.combine(last.enrolled_on, time(), UTC)
    return ParticipantPage(rows[:limit], show_cursor(Place(midnight, last.id), *query))


async def audience(
    session: TenantSession,
    contact_filter: str,
    *,
    campaign_id: UUID | None = None,
    seconds: float | None = None,
) -> Audience:
    """Whom a filter reaches, as the next scan of the campaign would have it.

    ``campaign_id``: the campaign whose people are in it already; None: of one not yet made.
    ``seconds``: after these an estimate will do; None: exactly, however long it takes.

    Raises:
        InvalidError: the filter cannot be read.
    """
    checked = fields.check_filter(contact_filter)
    reached = await reach(session, checked, campaign_id, seconds=seconds)
    return await audience_of(session, checked, campaign_id, reached)


async def stats(
    session: TenantSession,
    campaign_ids: Sequence[UUID],
    *,
    since: date | None = None,
    until: date | None = None,
) -> dict[UUID, CampaignStats]:
    """How many contacts are in each campaign, have finished it, or left it. Sends: of delivery.

    ``since`` and ``until``: those alone whose day 0 lies between, both inclusive.
    """
    found: dict[UUID, list[counting.Standing]] = {key: [] for key in campaign_ids}
    for row in await counting.standings(session, campaign_ids, since=since, until=until):
        found[row.campaign_id].append(row)
    return {key: _stats(rows) for key, rows in found.items()}


async def how_many(session: TenantSession, campaign_id: UUID, among: Those) -> int:
    """How many people :func:`participants` lists."""
    rows = await counting.standings(session, [campaign_id], since=among.since, until=among.until)
    return sum(
        row.people
        for row in rows
        if (row.state == among.state if among.state else row.state != EnrollmentState.EXCLUDED)
        and among.reason in {None, row.why}
        and (among.reached is None or row.reached & among.reached)
    )


def _stats(rows: Sequence[counting.Standing]) -> CampaignStats:
    entered = [row for row in rows if row.state != EnrollmentState.EXCLUDED]
    exited: Counter[str] = Counter()
    for row in rows:
        if row.state == EnrollmentState.EXITED:
            exited[row.why] += row.people
    return CampaignStats(
        active=sum(row.people for row in rows if row.state == EnrollmentState.ACTIVE),
        finished=sum(row.people for row in rows if row.state == EnrollmentState.FINISHED),
        exited=dict(sorted(exited.items())),
        reached={
            mark: sum(row.people for row in entered if row.reached & mark) for mark in Reached
        },
    )


async def exit_contact(
    session: TenantSession, contact_id: UUID, *, reason: str, now: datetime | None = None
) -> int:
    """Take a contact out of every campaign that it is in; gives out of how many."""
    return await exit_contacts(session, [contact_id], reason=reason, now=now)


async def exit_contacts(
    session: TenantSession,
    contact_ids: Collection[UUID],
    *,
    reason: str,
    now: datetime | None = None,
) -> int:
    """Take contacts out of every campaign that they are in; gives how many places were left.

    The caller holds the contacts' rows, so that no scan enrols them meanwhile. Where somebody has
    finished a campaign, that stays finished.
    """
    now = now or clock.now()
    return await endings.end(session, reason=reason, now=now, contact_ids=contact_ids)


async def leave(
    session: TenantSession, contact_id: UUID, campaign_id: UUID, *, now: datetime
) -> bool:
    """Take a contact, whose row the caller holds, out of one campaign for good; whether it was in
    it, or had finished it.
    """
    return await endings.leave(session, contact_id, campaign_id, now=now) > 0


async def finish_one(
    session: TenantSession, contact_id: UUID, campaign_id: UUID, *, now: datetime
) -> None:
    """Note that a contact in a campaign has come to its end."""
    await endings.finish_one(session, contact_id, campaign_id, now=now)
