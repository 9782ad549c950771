"""Contacts whom an import must not make enter a campaign that runs."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Text,
    Uuid,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.campaigns.states import CampaignState, EnrollmentState, ExitReason
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of
from tenantcrm.tenants.models import Mode

RUNNING = (CampaignState.ACTIVE, CampaignState.PAUSED)


class RunningCampaign(Struct, frozen=True):
    """A campaign that takes people in, now or once it goes on."""

    id: UUID
    contact_filter: str
    timezone: str


async def running(session: TenantSession) -> list[RunningCampaign]:
    """The campaigns that run, start in a moment, or will run again once they are not paused."""
    query = select(Campaign.id, Campaign.contact_filter, Campaign.timezone).where(
        Campaign.tenant_id == session.tenant_id,
        or_(Campaign.state.in_(RUNNING), Campaign.starts_at.is_not(None)),
    )
    return [RunningCampaign(*row) for row in await session.execute(query.order_by(Campaign.id))]


async def hold(session: TenantSession) -> list[RunningCampaign]:
    """The same, and nobody activates or changes one until the end of the transaction.

    Waits for scans in progress. Drafts are held as well: one that is being activated just now is
    seen as active once that is done.
    """
    query = (
        select(
            Campaign.id,
            Campaign.contact_filter,
            Campaign.timezone,
            Campaign.state,
            Campaign.starts_at,
        )
        .where(Campaign.tenant_id == session.tenant_id, Campaign.state != CampaignState.ARCHIVED)
        .order_by(Campaign.id)
        .with_for_update(read=True)
    )
    rows = await session.execute(query)
    return [
        RunningCampaign(*row[:3])
        for row in rows
        if row.state in RUNNING or row.starts_at is not None
    ]


async def matching(
    session: TenantSession, condition: ColumnElement[bool], contacts: Sequence[UUID]
) -> set[UUID]:
    """Those of the contacts, of the live mode, that a filter finds."""
    query = select(Contact.id).where(
        Contact.tenant_id == session.tenant_id,
        Contact.id == any_of(contacts),
        Contact.mode == Mode.LIVE,
        condition,
    )
    return set((await session.execute(query)).scalars())


async def keep_out(
    session: TenantSession,
    campaign_id: UUID,
    contacts: Sequence[UUID],
    *,
    on: date,
    now: datetime,
) -> None:
    """Note that these contacts, which match, are not to enter: not before they match anew.

    Who has never been in the campaign is marked as left out. Who had left it, because it no longer
    matched, counts as having matched ever since, so that no scan takes it in again.
    """
    rows = select(
        literal(session.tenant_id, Uuid()),
        func.uuid_v7(),
        literal(campaign_id, Uuid()),
        Contact.id,
        literal(on, Date()),
        literal(now, DateTime(timezone=True)),
        literal(EnrollmentState.EXCLUDED.value, Text()),
        literal(ExitReason.IMPORTED.value, Text()),
    ).where(Contact.tenant_id == session.tenant_id, Contact.id == any_of(contacts))
    names = ["tenant_id", "id", "campaign_id", "contact_id", "enrolled_on", "enrolled_at", "state"]
    statement: Any = insert(Enrollment).from_select(
        [*names, "exit_reason"], rows, include_defaults=False
    )
    await session.execute(statement.on_conflict_do_nothing())
    await session.execute(
        update(Enrollment)
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.contact_id == any_of(contacts),
            Enrollment.unmatched_at.is_not(None),
        )
        .values(unmatched_at=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Campaign)
        .where(
            Campaign.tenant_id == session.tenant_id,
            Campaign.id == campaign_id,
            Campaign.keeps_out.is_(False),
        )
        .values(keeps_out=True, updated_at=Campaign.updated_at)
        .execution_options(synchronize_session=False)
    )


async def let_in(session: TenantSession, campaign_id: UUID) -> None:
    """A campaign that was about to start does not: nobody is kept out of one that begins later."""
    await session.execute(
        delete(Enrollment)
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.state == EnrollmentState.EXCLUDED,
            Enrollment.exit_reason == ExitReason.IMPORTED,
        )
        .execution_options(synchronize_session=False)
    )
