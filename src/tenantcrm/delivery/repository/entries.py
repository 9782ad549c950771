"""What enters the ledger, and what leaves it unsent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CursorResult,
    Date,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.campaigns.models import Campaign, Enrollment, Message
from tenantcrm.campaigns.repository.enrolment import in_zones
from tenantcrm.campaigns.service.follow import Ahead
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.states import State
from tenantcrm.orm import any_of

COLUMNS = (
    "tenant_id",
    "id",
    "kind",
    "campaign_id",
    "message_id",
    "contact_id",
    "state",
    "reason",
    "due_at",
    "late_at",
    "fence",
    "attempts",
    "held",
    "entry",
    "created_at",
    "updated_at",
)
ONCE = ("tenant_id", "message_id", "contact_id", "entry")
"""What makes a second mail impossible."""
MAILED = (EnrollmentState.ACTIVE, EnrollmentState.FINISHED)
"""States of an enrolment in which its messages go out: the last one may still be under way."""


async def hand_over(session: TenantSession, due: HandOver, *, now: datetime) -> int:
    """Enter one message for everybody whom it is due to, once; gives how many are new.

    The contacts are locked against deletion, as the foreign key would do anyway: here one that is
    deleted at this instant is left out, there it would end the whole scan.
    """
    late = "late" if due.late_at is not None and now > due.late_at else None
    skipped = due.skip or late
    query = (
        select(
            literal(session.tenant_id, Uuid()),
            func.uuid_v7(),
            literal(due.kind, Text()),
            literal(due.campaign_id, Uuid()),
            literal(due.message_id, Uuid()),
            Contact.id,
            literal(State.SKIPPED if skipped else State.PENDING, Text()),
            literal(skipped, Text()),
            literal(due.due_at, Delivery.due_at.type),
            literal(due.late_at, Delivery.due_at.type),
            literal(0),
            literal(0),
            literal(False),
            Enrollment.entry,
            literal(now, Delivery.due_at.type),
            literal(now, Delivery.due_at.type),
        )
        .select_from(Enrollment)
        .join(
            Contact,
            (Contact.tenant_id == Enrollment.tenant_id) & (Contact.id == Enrollment.contact_id),
        )
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == due.campaign_id,
            Enrollment.enrolled_on == any_(bindparam("days0", list(due.days0), ARRAY(Date()))),
            Enrollment.state.in_(MAILED),
            in_zones(due.zones),
        )
        .with_for_update(of=Contact, read=True, key_share=True)
    )
    if due.inside_at is not None:
        finished = Enrollment.state == EnrollmentState.FINISHED
        query = query.where(not_(and_(finished, Enrollment.ended_at < due.inside_at)))
    if due.changed_since is not None:
        query = query.where(Contact.changed >= due.changed_since)
    if due.contact_id is not None:
        query = query.where(Contact.id == due.contact_id)
    if due.enrolled_at is not None:
        query = query.where(Enrollment.enrolled_at == due.enrolled_at)
    statement = (
        insert(Delivery).from_select(COLUMNS, query).on_conflict_do_nothing(index_elements=ONCE)
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment] # INSERT
    return result.rowcount


async def let_go(session: TenantSession, ahead: Sequence[Ahead]) -> None:
    """Forget entries of mails that have not left and are to come on another day.

    What waits for the old day does not go on it; what was too late for it is not for the new one.
    """
    for one in ahead:
        await session.execute(
            delete(Delivery)
            .where(
                Delivery.tenant_id == session.tenant_id,
                Delivery.contact_id == any_of(one.contact_ids),
                Delivery.message_id == any_of(one.message_ids),
                or_(
                    Delivery.state == State.PENDING,
                    and_(Delivery.state == State.SKIPPED, Delivery.reason == "late"),
                ),
                Delivery.attempts == 0,
            )
            .execution_options(synchronize_session=False)
        )


async def take_back(session: TenantSession, moved: HandOver) -> None:
    """Forget what waits of a message for people for whom it comes at a later time now.

    Their contacts are held first, as by :func:`hand_over`, which follows. Whoever was changed since
    the edit may have been in one of the zones; whom this deprives of a mail whose time has come, a
    scan of their zone finds among those who have moved.
    """
    theirs = in_zones(moved.zones)
    if moved.zones is not None and moved.inside_at is not None:
        theirs = or_(theirs, Contact.updated_at >= moved.inside_at)
    people = (
        select(Enrollment.contact_id, Enrollment.entry)
        .join(
            Contact,
            (Contact.tenant_id == Enrollment.tenant_id) & (Contact.id == Enrollment.contact_id),
        )
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == moved.campaign_id,
            Enrollment.enrolled_on == any_(bindparam("days0", list(moved.days0), ARRAY(Date()))),
            theirs,
        )
        .with_for_update(of=Contact, read=True, key_share=True)
        .cte("people")
        .prefix_with("MATERIALIZED")
    )
    await session.execute(
        delete(Delivery)
        .where(
            Delivery.tenant_id == session.tenant_id,
            Delivery.message_id == moved.message_id,
            Delivery.state == State.PENDING,
            Delivery.attempts == 0,
            Delivery.contact_id == people.c.contact_id,
            Delivery.entry == people.c.entry,
        )
        .execution_options(synchronize_session=False)
    )


async def campaign_of(session: TenantSession, message_id: UUID) -> UUID | None:
    """The campaign of a message in use."""
    query = select(Message.campaign_id).where(
        Message.tenant_id == session.tenant_id,
        Message.id == message_id,
        Message.retired_at.is_(None),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def knows_campaign(session: TenantSession, campaign_id: UUID) -> bool:
    """Whether there is such a campaign, archived ones included."""
    query = select(Campaign.id).where(
        Campaign.tenant_id == session.tenant_id, Campaign.id == campaign_id
    )
    return (await session.execute(query)).first() is not None


async def contact_of(session: TenantSession, mode: str, email_hash: bytes) -> UUID | None:
    """The contact with an address that is known by its hash. Looks at every contact: seldom."""
    query = select(Contact.id).where(
        Contact.tenant_id == session.tenant_id,
        Contact.mode == mode,
        Contact.email_hash == email_hash,
    )
    return (await session.execute(query)).scalars().first()
