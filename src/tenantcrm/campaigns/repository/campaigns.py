"""Campaigns and their messages, as rows."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.database import TenantSession


def _campaign(session: TenantSession, campaign_id: UUID) -> Select[Campaign]:
    return select(Campaign).where(
        Campaign.tenant_id == session.tenant_id,
        Campaign.id == campaign_id,
        Campaign.state != CampaignState.ARCHIVED,
    )


async def find(session: TenantSession, campaign_id: UUID) -> Campaign | None:
    """The campaign; None when there is none, or it was deleted."""
    return (await session.execute(_campaign(session, campaign_id))).scalar_one_or_none()


async def lock(
    session: TenantSession, campaign_id: UUID, *, skip_locked: bool = False
) -> Campaign | None:
    """The campaign as it is now, held until the end of the transaction.

    FOR NO KEY UPDATE: rows that refer to the campaign may be written meanwhile. A full lock would
    deadlock with an unsubscription, which holds its contact and notes the campaign it came from.

    Args:
        session: of the tenant.
        campaign_id: the campaign.
        skip_locked: give None at once when somebody else holds it, instead of waiting.
    """
    query = (
        _campaign(session, campaign_id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def page(
    session: TenantSession,
    *,
    limit: int,
    after: UUID | None,
    state: CampaignState | None,
    put_away: bool | None = None,
    search: str = "",
) -> list[Campaign]:
    """Campaigns, newest first, from behind ``after``; ``state`` keeps those in it.

    ``put_away``: those in the archive alone, or those outside it; None: both. ``search``: those
    with the text in their name, key or filter.
    """
    query = (
        select(Campaign)
        .where(Campaign.tenant_id == session.tenant_id, Campaign.state != CampaignState.ARCHIVED)
        .order_by(Campaign.id.desc())
        .limit(limit)
    )
    if put_away is not None:
        query = query.where(Campaign.put_away_at.is_not(None) == put_away)
    for word in search.split():
        columns = (Campaign.name, Campaign.key, Campaign.contact_filter)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if after is not None:
        query = query.where(Campaign.id < after)
    if state is not None:
        query = query.where(Campaign.state == state)
    return list((await session.execute(query)).scalars())


async def shelves(session: TenantSession) -> dict[tuple[str, bool], int]:
    """How many campaigns there are by state, and whether they are put away."""
    away = Campaign.put_away_at.is_not(None)
    query = (
        select(Campaign.state, away, func.count())
        .where(Campaign.tenant_id == session.tenant_id, Campaign.state != CampaignState.ARCHIVED)
        .group_by(Campaign.state, away)
    )
    return {(state, put_away): n for state, put_away, n in await session.execute(query)}


async def lock_keys(session: TenantSession) -> None:
    """Have only this transaction give keys to the tenant's campaigns, until its end.

    Whoever waits sees what the one before has stored, so that no two take one key.
    """
    text = literal(f"campaign_keys:{session.tenant_id}")
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(text, 0))))


async def keys(session: TenantSession) -> set[str]:
    """The keys of the tenant's campaigns."""
    query = select(Campaign.key).where(
        Campaign.tenant_id == session.tenant_id, Campaign.state != CampaignState.ARCHIVED
    )
    return set((await session.execute(query)).scalars())


async def active_without_sender(session: TenantSession) -> int:
    """How many campaigns, active or about to be, send from the tenant's default address."""
    query = select(func.count()).where(
        Campaign.tenant_id == session.tenant_id,
        or_(Campaign.state == CampaignState.ACTIVE, Campaign.starts_at.is_not(None)),
        func.coalesce(Campaign.sender_email, "") == "",
    )
    return int((await session.execute(query)).scalar_one())


async def messages(
    session: TenantSession, campaign_ids: Sequence[UUID], *, templates: bool = True
) -> dict[UUID, list[Message]]:
    """The messages in use of each campaign, by day; ``templates``: whether to read them as well."""
    query = (
        select(Message)
        .where(
            Message.tenant_id == session.tenant_id,
            Message.campaign_id.in_(campaign_ids),
            Message.retired_at.is_(None),
        )
        .order_by(Message.send_day, Message.id)
    )
    if not templates:
        query = query.options(defer(Message.html_template, raiseload=True))
    found: dict[UUID, list[Message]] = {campaign_id: [] for campaign_id in campaign_ids}
    for message in (await session.execute(query)).scalars():
        found[message.campaign_id].append(message)
    return found


async def fullest(session: TenantSession) -> tuple[UUID, str, int] | None:
    """The campaign with the most messages in use, by id and name, with their number."""
    query = (
        select(Campaign.id, Campaign.name, func.count())
        .join(
            Message,
            and_(Message.tenant_id == Campaign.tenant_id, Message.campaign_id == Campaign.id),
        )
        .where(
            Campaign.tenant_id == session.tenant_id,
            Message.tenant_id == session.tenant_id,
            Message.retired_at.is_(None),
            Campaign.state != CampaignState.ARCHIVED,
            Campaign.put_away_at.is_(None),
        )
        .group_by(Campaign.id, Campaign.name)
        .order_by(func.count().desc(), Campaign.id)
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def retired(
    session: TenantSession, campaign_id: UUID, message_ids: Collection[UUID]
) -> list[Message]:
    """Those of the campaign's messages that are out of use, but kept."""
    query = select(Message).where(
        Message.tenant_id == session.tenant_id,
        Message.campaign_id == campaign_id,
        Message.id.in_(message_ids),
        Message.retired_at.is_not(None),
    )
    return list((await session.execute(query)).scalars())


async def remove(session: TenantSession, row: Campaign | Message) -> bool:
    """Delete a campaign or message; False, and it stays, where the ledger knows of it.

    The ledger's foreign key decides, so that no mail that leaves at this instant is overlooked.
    """
    kind = type(row)
    try:
        async with session.begin_nested():
            await session.execute(
                delete(kind)
                .where(kind.tenant_id == session.tenant_id, kind.id == row.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    session.expunge(row)
    return True
