"""What campaigns were, version by version."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from tenantcrm.campaigns.models import CampaignVersion, Message, MessageVersion
from tenantcrm.database import TenantSession

COPIED = (
    "tenant_id", "campaign_id", "version", "key", "subject", "preheader", "send_day",
    "html_template", "format",
)  # fmt: skip


async def keep(session: TenantSession, campaign_id: UUID, **version: Any) -> None:
    """Keep a version, and those of its messages that are not kept yet."""
    rows = select(
        Message.id,
        Message.updated_at,
        *(getattr(Message, name) for name in COPIED),
    ).where(
        Message.tenant_id == session.tenant_id,
        Message.campaign_id == campaign_id,
        Message.retired_at.is_(None),
    )
    await session.execute(
        upsert(MessageVersion)
        .from_select(["message_id", "created_at", *COPIED], rows, include_defaults=False)
        .on_conflict_do_nothing()
    )
    await session.execute(
        insert(CampaignVersion).values(
            tenant_id=session.tenant_id, campaign_id=campaign_id, **version
        )
    )


async def page(
    session: TenantSession, campaign_id: UUID, *, before: int | None, limit: int
) -> list[CampaignVersion]:
    """Versions, the latest first; ``before``: only earlier ones."""
    query = (
        select(CampaignVersion)
        .where(
            CampaignVersion.tenant_id == session.tenant_id,
            CampaignVersion.campaign_id == campaign_id,
        )
        .order_by(CampaignVersion.version.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(CampaignVersion.version < before)
    return list((await session.execute(query)).scalars())


async def find(session: TenantSession, campaign_id: UUID, version: int) -> CampaignVersion | None:
    """One version."""
    return await session.get(CampaignVersion, (session.tenant_id, campaign_id, version))


async def previous(session: TenantSession, campaign_id: UUID, version: int) -> int | None:
    """The number of the version before."""
    query = select(func.max(CampaignVersion.version)).where(
        CampaignVersion.tenant_id == session.tenant_id,
        CampaignVersion.campaign_id == campaign_id,
        CampaignVersion.version < version,
    )
    found: int | None = (await session.execute(query)).scalar_one()
    return found


async def messages(
    session: TenantSession, wanted: Sequence[tuple[UUID, int]]
) -> dict[UUID, MessageVersion]:
    """Messages as they were: by id, each in the version asked for."""
    if not wanted:
        return {}
    query = select(MessageVersion).where(
        MessageVersion.tenant_id == session.tenant_id,
        tuple_(MessageVersion.message_id, MessageVersion.version).in_(list(wanted)),
    )
    return {row.message_id: row for row in (await session.execute(query)).scalars()}
