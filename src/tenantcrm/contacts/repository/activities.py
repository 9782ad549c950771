"""Queries of activities: what happened and no other row tells."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from tenantcrm import ids
from tenantcrm.contacts.models import Activity
from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of


async def record_each(
    session: TenantSession,
    kind: str,
    *,
    at: datetime,
    actor: str,
    whose: Collection[UUID | None],
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note that the same happened to each of many; None: to somebody who cannot be named."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": ids.new_id(),
            "kind": kind,
            "at": at,
            "actor": actor,
            "contact_id": contact_id,
            "detail": dict(detail or {}),
        }
        for contact_id in whose
    ]
    if rows:
        await session.execute(insert(Activity), rows)


async def forget_words(session: TenantSession, contact_ids: Collection[UUID]) -> None:
    """Take from what happened to contacts, who are erased, the words in which they gave consent."""
    await session.execute(
        update(Activity)
        .where(
            Activity.tenant_id == session.tenant_id,
            Activity.contact_id == any_of(contact_ids),
            Activity.kind == "contact_resubscribed",
        )
        .values(detail=Activity.detail.op("-")("consent"))
        .execution_options(synchronize_session=False)
    )


async def record(
    session: TenantSession,
    kind: str,
    *,
    at: datetime,
    actor: str,
    contact_id: UUID | None = None,
    campaign_id: UUID | None = None,
    message_id: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note that something happened. ``detail`` holds no address and no name."""
    await session.execute(
        insert(Activity).values(
            tenant_id=session.tenant_id,
            id=ids.new_id(),
            kind=kind,
            at=at,
            actor=actor,
            contact_id=contact_id,
            campaign_id=campaign_id,
            message_id=message_id,
            detail=dict(detail or {}),
        )
    )
