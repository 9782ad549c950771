"""The ledger as people see it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, any_, bindparam, func, select

from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.schemas import DeliveryRow
from tenantcrm.delivery.states import Kind

_OWN = tuple(
    getattr(Delivery, name) for name in DeliveryRow.__struct_fields__ if hasattr(Delivery, name)
)


def _rows(session: TenantSession) -> Select[Any]:
    return (
        select(
            *_OWN,
            func.coalesce(Contact.email, Delivery.recipient).label("email"),
            Campaign.name.label("campaign_name"),
            Campaign.state.label("campaign_state"),
            Message.subject.label("subject"),
            Message.send_day.label("send_day"),
            Delivery.content["template"].astext.label("template"),
        )
        .outerjoin(
            Contact,
            and_(Contact.tenant_id == Delivery.tenant_id, Contact.id == Delivery.contact_id),
        )
        .outerjoin(
            Campaign,
            and_(Campaign.tenant_id == Delivery.tenant_id, Campaign.id == Delivery.campaign_id),
        )
        .outerjoin(
            Message,
            and_(Message.tenant_id == Delivery.tenant_id, Message.id == Delivery.message_id),
        )
        .where(Delivery.tenant_id == session.tenant_id, Delivery.kind != Kind.SYSTEM)
    )


def as_row(mail: Delivery) -> DeliveryRow:
    """A mail alone, without what other tables tell of it."""
    own = {column.key: getattr(mail, column.key) for column in _OWN}
    missing = dict.fromkeys(set(DeliveryRow.__struct_fields__) - own.keys())
    return DeliveryRow(**own | missing)


async def rows(session: TenantSession, ids: Sequence[UUID]) -> list[DeliveryRow]:
    """These mails of campaigns and test mails, the latest first."""
    query = (
        _rows(session)
        .where(Delivery.id == any_(bindparam("ids", list(ids), ARRAY(Uuid()))))
        .order_by(Delivery.at.desc(), Delivery.id.desc())
    )
    return [DeliveryRow(**row) for row in (await session.execute(query)).mappings()]


async def find(session: TenantSession, delivery_id: UUID) -> DeliveryRow | None:
    """One mail of a campaign, or a test mail."""
    query = _rows(session).where(Delivery.id == delivery_id)
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else DeliveryRow(**row)


async def tested(session: TenantSession) -> bool:
    """Whether a test mail was ever asked for."""
    query = (
        select(Delivery.id)
        .where(Delivery.tenant_id == session.tenant_id, Delivery.kind == Kind.TEST)
        .limit(1)
    )
    return (await session.execute(query)).first() is not None
