"""Enrolment as a set: one statement, safe to run twice, that costs what is new."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CursorResult,
    Date,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.schedule import Zones
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.models import Contact, Suppression
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode

_NUMBER = Text  # pg_snapshot_xmin gives an xid8, which becomes a number by way of text alone.


class Horizon(Struct, frozen=True):
    """``oldest``: transactions before it have ended. ``following``: none from it on has begun."""

    oldest: int
    following: int


async def horizon(session: TenantSession) -> Horizon:
    """What the next statement of this session sees for certain.

    Read before the enrolment, whose own snapshot can only be later: a contact that it does not see
    was changed by a transaction that is not older than ``oldest``.
    """
    snapshot = func.pg_current_snapshot()
    row = await session.execute(
        select(
            cast(cast(func.pg_snapshot_xmin(snapshot), _NUMBER), BigInteger),
            cast(cast(func.pg_snapshot_xmax(snapshot), _NUMBER), BigInteger),
        )
    )
    return Horizon(*row.one())


def mailable() -> ColumnElement[bool]:
    """The contact (of ``contacts``) may be mailed: live, subscribed, and not suppressed."""
    return and_(
        Contact.mode == Mode.LIVE,
        Contact.status == ContactStatus.SUBSCRIBED,
        ~exists().where(
            Suppression.tenant_id == Contact.tenant_id,
            Suppression.mode == Contact.mode,
            Suppression.email_hash == Contact.email_hash,
        ),
    )


def in_zones(zones: Zones | None) -> ColumnElement[bool]:
    """The contact (of ``contacts``) has one of these zones; None in it: it has none."""
    if zones is None:
        return true()
    named = Contact.timezone == any_(
        bindparam(None, [zone for zone in zones if zone is not None], ARRAY(Text()), unique=True)
    )
    return or_(named, Contact.timezone.is_(None)) if None in zones else named


def newcomers(
    session: TenantSession,
    campaign_id: UUID,
    condition: ColumnElement[bool],
    *,
    since: int | None,
    created_by: datetime | None,
    zones: Zones | None = None,
) -> Select[UUID]:
    """The contacts to enrol.

    Args:
        session: of the tenant.
        campaign_id: the campaign, in which they are not yet.
        condition: its filter, on ``contacts``.
        since: only contacts changed by this transaction or a later one; None: all.
        created_by: only contacts created by then; None: all.
        zones: only contacts in one of these; None: all.
    """
    query = select(Contact.id).where(
        Contact.tenant_id == session.tenant_id,
        mailable(),
        condition,
        in_zones(zones),
        _entered(campaign_id).is_(None),
    )
    if since is not None:
        query = query.where(Contact.changed >= since)
    if created_by is not None:
        query = query.where(Contact.created_at <= created_by)
    return query


def _entered(campaign_id: UUID) -> ColumnElement[int | None]:
    """The first entry of the contact (of ``contacts``) into the campaign; NULL: there is none."""
    return entries_of(campaign_id, Enrollment.entry).limit(1).scalar_subquery()


def entries_of(campaign_id: UUID | None, *columns: Any, newest: bool = False) -> Select[Any]:
    """The entries of the contact (of ``contacts``) into the campaign, the first one first.

    One look into the unique index a contact, and never a join: of a campaign that has begun since
    the last ANALYZE the planner thinks that nobody is in it, and would read all of it for each
    contact. The order is that index's, so that no other one will do.
    """
    key = (Enrollment.tenant_id, Enrollment.contact_id, Enrollment.campaign_id, Enrollment.entry)
    query = select(*columns).where(
        Enrollment.tenant_id == Contact.tenant_id,
        Enrollment.contact_id == Contact.id,
        Enrollment.campaign_id == literal(campaign_id, Uuid()),
    )
    order = (column.desc() for column in key) if newest else key
    return query.order_by(*order).correlate(Contact)


async def enrol(
    session: TenantSession,
    campaign_id: UUID,
    contacts: Select[UUID],
    *,
    enrolled_on: date,
    now: datetime,
    state: EnrollmentState = EnrollmentState.ACTIVE,
) -> int:
    """Enrol what :func:`newcomers` selects; gives how many.

    The caller holds the campaign's row, as everybody does who enrols: what has been enrolled before
    is in sight of this statement, so that it needs no ON CONFLICT, which would cost a third more.
    FOR KEY SHARE waits for whoever erases one of the contacts, and then passes it over; without
    it an enrolment could outlive its contact.
    """
    rows = contacts.with_only_columns(
        literal(session.tenant_id, Uuid()),
        func.uuid_v7(),
        literal(campaign_id, Uuid()),
        Contact.id,
        literal(enrolled_on, Date()),
        literal(now, DateTime(timezone=True)),
        literal(state.value, Text()),
    ).with_for_update(read=True, key_share=True, of=Contact)
    columns = ["tenant_id", "id", "campaign_id", "contact_id", "enrolled_on", "enrolled_at"]
    statement = insert(Enrollment).from_select([*columns, "state"], rows, include_defaults=False)
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment] # INSERT
    return int(result.rowcount)


async def changed_after(session: TenantSession, cut: datetime) -> int | None:
    """The first transaction among those that changed contacts created after ``cut``.

    ``updated_at`` has the index, and is never before ``created_at``. MATERIALIZED, because a bare
    minimum would be sought along the index by transaction, past every contact that is older.
    """
    late = (
        select(Contact.changed)
        .where(
            Contact.tenant_id == session.tenant_id,
            Contact.updated_at > cut,
            Contact.created_at > cut,
        )
        .cte("late")
        .prefix_with("MATERIALIZED")
    )
    first: int | None = (await session.execute(select(func.min(late.c.changed)))).scalar_one()
    return first


async def enrolled_days(
    session: TenantSession, campaign_id: UUID, days: Iterable[date]
) -> set[date]:
    """Those of the days on which anybody was enrolled: one look into the index per day."""
    wanted = (
        func.unnest(bindparam("days", list(days), ARRAY(Date())))
        .table_valued("day", name="wanted")
        .render_derived()
    )
    day: ColumnElement[Any] = wanted.c.day
    # LIMIT 1 for each day: without it the planner may read everybody and join afterwards.
    anybody = (
        select(literal(1))
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.enrolled_on == day,
        )
        .order_by(Enrollment.enrolled_on, Enrollment.id)
        .limit(1)
        .lateral("anybody")
    )
    query = select(day).join(anybody, true())
    return set((await session.execute(query)).scalars())
