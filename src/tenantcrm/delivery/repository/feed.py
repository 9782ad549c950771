"""What happened to a contact or in a campaign: one list, read from the tables that know it.

Nothing is written twice: enrolments and deliveries tell of themselves, ``activities`` of the rest.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    case,
    column,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantcrm.campaigns.models import Campaign, Enrollment, Message
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.models import Activity, Contact
from tenantcrm.cursors import Place
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.schemas import Happening
from tenantcrm.delivery.states import ACCEPTED, State

UNDER_WAY = (State.PENDING, State.CLAIMED, State.SENDING)
OUTCOMES = (
    ("mail_delivered", Delivery.delivered_at),
    ("mail_bounced", Delivery.bounced_at),
    ("mail_complained", Delivery.complained_at),
    ("mail_opened", Delivery.opened_at),
    ("mail_clicked", Delivery.clicked_at),
)


async def of_contact(
    session: TenantSession, contact_id: UUID, *, after: Place | None, limit: int
) -> list[Happening]:
    """What happened to a contact, newest first."""
    made = _branch(
        Contact.created_at, Contact.id, literal("contact_created"), contact=Contact.id
    ).where(Contact.tenant_id == session.tenant_id, Contact.id == contact_id)
    branches = [
        made,
        *_enrolments(session, Enrollment.contact_id == contact_id),
        _deliveries(session, Delivery.contact_id == contact_id),
        _activities(session, Activity.contact_id == contact_id),
    ]
    return await _newest(session, branches, after, limit)


async def of_campaign(
    session: TenantSession, campaign_id: UUID, *, after: Place | None, limit: int
) -> list[Happening]:
    """What happened in a campaign, newest first."""
    branches = [
        *_enrolments(session, Enrollment.campaign_id == campaign_id),
        _deliveries(session, Delivery.campaign_id == campaign_id),
        _activities(session, Activity.campaign_id == campaign_id),
    ]
    return await _newest(session, branches, after, limit)


def _branch(
    at: Any,
    row_id: Any,
    kind: Any,
    *,
    contact: Any = None,
    campaign: Any = None,
    message: Any = None,
    actor: Any = None,
    reason: Any = None,
    detail: Any = None,
) -> Select[Any]:
    # Every branch of the union names every column, in this order. Any: columns and NULLs alike.
    return select(
        at.label("at"),
        row_id.label("id"),
        kind.label("kind"),
        (null().cast(Uuid) if contact is None else contact).label("contact_id"),
        (null().cast(Uuid) if campaign is None else campaign).label("campaign_id"),
        (null().cast(Uuid) if message is None else message).label("message_id"),
        (literal("", Text) if actor is None else actor).label("actor"),
        (null().cast(Text) if reason is None else reason).label("reason"),
        (null().cast(JSONB) if detail is None else detail).label("detail"),
    )


def _enrolments(session: TenantSession, condition: ColumnElement[bool]) -> list[Select[Any]]:
    own = (Enrollment.tenant_id == session.tenant_id, condition)
    columns = {"contact": Enrollment.contact_id, "campaign": Enrollment.campaign_id}
    entered = _branch(Enrollment.enrolled_at, Enrollment.id, literal("enrolled"), **columns)
    ended = _branch(
        Enrollment.ended_at,
        Enrollment.id,
        Enrollment.state,
        reason=Enrollment.exit_reason,
        **columns,
    )
    return [
        # Whoever was left out has not come in.
        entered.where(*own, Enrollment.state != EnrollmentState.EXCLUDED),
        ended.where(*own, Enrollment.state != EnrollmentState.ACTIVE),
    ]


def _deliveries(session: TenantSession, condition: ColumnElement[bool]) -> Select[Any]:
    """What became of each mail, an entry for each thing that has a time of its own."""
    accepted = Delivery.state.in_(ACCEPTED)
    ended = case((~accepted, func.coalesce(Delivery.sent_at, Delivery.updated_at)))
    told = (
        values(column("kind", Text), column("at", Delivery.sent_at.type), name="told")
        .data(
            [
                (literal("mail_") + Delivery.state, ended),
                (literal("mail_sent"), case((accepted, Delivery.sent_at))),
                *((literal(kind), at) for kind, at in OUTCOMES),
            ]
        )
        .lateral()
    )
    return (
        _branch(
            told.c.at,
            Delivery.id,
            told.c.kind,
            contact=Delivery.contact_id,
            campaign=Delivery.campaign_id,
            message=Delivery.message_id,
            reason=case((told.c.kind == literal("mail_") + Delivery.state, Delivery.reason)),
        )
        .select_from(Delivery)
        .join(told, told.c.at.is_not(None))
        .where(Delivery.tenant_id == session.tenant_id, condition)
        .where(Delivery.state.not_in(UNDER_WAY))
    )


def _activities(session: TenantSession, condition: ColumnElement[bool]) -> Select[Any]:
    return _branch(
        Activity.at,
        Activity.id,
        Activity.kind,
        contact=Activity.contact_id,
        campaign=Activity.campaign_id,
        message=Activity.message_id,
        actor=Activity.actor,
        detail=Activity.detail,
    ).where(Activity.tenant_id == session.tenant_id, condition)


async def _newest(
    session: TenantSession, branches: list[Select[Any]], after: Place | None, limit: int
) -> list[Happening]:
    happened = union_all(*branches).subquery("happened")
    place = (happened.c.at, happened.c.id, happened.c.kind)
    condition: ColumnElement[bool] = true()
    if after is not None:
        condition = tuple_(*place) < tuple_(
            literal(after.at), literal(after.id), literal(after.kind, Text)
        )
    newest = (
        select(happened).where(condition).order_by(*(c.desc() for c in place)).limit(limit)
    ).subquery("newest")
    query = (
        select(
            newest,
            Contact.email,
            Campaign.name.label("campaign_name"),
            Message.subject,
        )
        .outerjoin(
            Contact, (Contact.tenant_id == session.tenant_id) & (Contact.id == newest.c.contact_id)
        )
        .outerjoin(
            Campaign,
            (Campaign.tenant_id == session.tenant_id) & (Campaign.id == newest.c.campaign_id),
        )
        .outerjoin(
            Message, (Message.tenant_id == session.tenant_id) & (Message.id == newest.c.message_id)
        )
        .order_by(newest.c.at.desc(), newest.c.id.desc(), newest.c.kind.desc())
    )
    return [Happening(**row) for row in (await session.execute(query)).mappings()]
