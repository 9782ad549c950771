"""The domains that tenants send from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts.models import Activity
from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities.refused import Refused
from tenantcrm.delivery.models import (
    Delivery,
    DomainCheck,
    Sender,
    SenderClaim,
    SendingDomain,
)
from tenantcrm.delivery.repository import lanes
from tenantcrm.delivery.states import State


async def listed(session: TenantSession) -> list[SendingDomain]:
    """A tenant's domains by name."""
    query = (
        select(SendingDomain)
        .where(SendingDomain.tenant_id == session.tenant_id)
        .order_by(SendingDomain.name)
    )
    return list((await session.execute(query)).scalars())


async def find(
    session: TenantSession, domain_id: UUID, *, lock: bool = False
) -> SendingDomain | None:
    """One of them; ``lock``: as it is now, held until the end of the transaction."""
    query = select(SendingDomain).where(
        SendingDomain.tenant_id == session.tenant_id, SendingDomain.id == domain_id
    )
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def find_named(session: TenantSession, names: Sequence[str]) -> list[SendingDomain]:
    """Those of these names."""
    query = select(SendingDomain).where(
        SendingDomain.tenant_id == session.tenant_id, SendingDomain.name.in_(names)
    )
    return list((await session.execute(query)).scalars())


async def add(session: TenantSession, values: Mapping[str, Any]) -> bool:
    """Keep a new domain; False where it is there already."""
    statement = insert(SendingDomain).values(tenant_id=session.tenant_id, **values)
    statement = statement.on_conflict_do_nothing(
        index_elements=[SendingDomain.tenant_id, SendingDomain.name]
    )
    made = await session.execute(statement.returning(SendingDomain.id))
    return made.first() is not None


async def remove(session: TenantSession, domain: SendingDomain) -> None:
    """Forget a domain, its claim, and that the addresses below it were verified."""
    of_tenant = Sender.tenant_id == session.tenant_id
    await session.execute(delete(Sender).where(of_tenant, _below(Sender.email_key, domain.name)))
    await session.execute(
        delete(SenderClaim).where(
            SenderClaim.tenant_id == session.tenant_id, SenderClaim.email_key == domain.name
        )
    )
    await session.execute(
        delete(SendingDomain).where(
            SendingDomain.tenant_id == session.tenant_id, SendingDomain.id == domain.id
        )
    )


async def look_at(session: TenantSession, name: str, when: datetime) -> None:
    """Say when a domain is to be looked at again (machine time)."""
    statement = insert(DomainCheck).values(tenant_id=session.tenant_id, name=name, check_at=when)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[DomainCheck.tenant_id, DomainCheck.name], set_={"check_at": when}
        )
    )


async def refused(session: TenantSession) -> Refused:
    """From where SES takes no mail any more: domains that were verified once, and are not now."""
    query = select(SendingDomain.name, SendingDomain.state).where(
        SendingDomain.tenant_id == session.tenant_id, SendingDomain.verified_at.is_not(None)
    )
    known = (await session.execute(query)).all()
    failed = frozenset(row.name for row in known if row.state != "verified")
    if not failed:
        return Refused()
    # An address that SES has verified by itself does not need its domain.
    still = select(Sender.email_key).where(
        Sender.tenant_id == session.tenant_id,
        Sender.state == "verified",
        Sender.identity == Sender.email_key,
    )
    return Refused(
        failed,
        frozenset(row.name for row in known) - failed,
        frozenset((await session.execute(still)).scalars()),
    )


async def any_sender(session: TenantSession) -> bool:
    """Whether there is a verified domain or address."""
    query = select(
        or_(
            *(
                exists().where(model.tenant_id == session.tenant_id, model.state == "verified")
                for model in (SendingDomain, Sender)
            )
        )
    )
    return bool((await session.execute(query)).scalar_one())


async def identities(session: TenantSession) -> list[str]:
    """What SES knows the tenant's senders by: its verified domains, and the addresses besides.

    An address below such a domain has no identity of its own, as a rule.
    """
    query = select(SendingDomain.name).where(
        SendingDomain.tenant_id == session.tenant_id, SendingDomain.state == "verified"
    )
    names = list((await session.execute(query)).scalars())
    addresses = select(Sender.identity).where(
        Sender.tenant_id == session.tenant_id,
        Sender.state == "verified",
        Sender.identity.is_not(None),
    )
    return sorted({*names, *(await session.execute(addresses)).scalars()})


async def mark_senders(session: TenantSession, name: str, *, verified: bool, now: datetime) -> None:
    """Note of the addresses that SES sends for by this domain whether it still does.

    ``now``: machine time.
    """
    old, new = ("failed", "verified") if verified else ("verified", "failed")
    await session.execute(
        update(Sender)
        .where(Sender.tenant_id == session.tenant_id, Sender.identity == name, Sender.state == old)
        .values(state=new, checked_at=now)
    )


async def release(session: TenantSession, reason: str) -> None:
    """Let the mails that wait for this reason be tried at once."""
    waiting = (
        update(Delivery)
        .where(
            Delivery.tenant_id == session.tenant_id,
            Delivery.state == State.PENDING,
            Delivery.retry_at.is_not(None),
            Delivery.reason == reason,
        )
        .values(retry_at=None)
        .returning(Delivery.kind, Delivery.due_at)
        .cte("waiting")
    )
    earliest = select(waiting.c.kind, func.min(waiting.c.due_at)).group_by(waiting.c.kind)
    due = {row[0]: row[1] for row in await session.execute(earliest)}
    await lanes.wake(session, due)


async def campaigns_from(
    session: TenantSession, names: Sequence[str], default_sender: str
) -> list[tuple[UUID, str, str]]:
    """Campaigns that send from a domain or below it: id, name and state, the active ones first.

    Args:
        session: of the tenant.
        names: the domain in its spellings.
        default_sender: whose address campaigns use that name none.
    """
    sender = func.lower(func.coalesce(func.nullif(Campaign.sender_email, ""), default_sender))
    # What is about to start needs its sender as much as what has.
    state = case((Campaign.starts_at.is_not(None), CampaignState.ACTIVE), else_=Campaign.state)
    query = (
        select(Campaign.id, Campaign.name, state.label("state"))
        .where(
            Campaign.tenant_id == session.tenant_id,
            Campaign.state != CampaignState.ARCHIVED,
            or_(*(_below(sender, name) for name in names)),
        )
        .order_by(case((state == CampaignState.ACTIVE, 0), else_=1), Campaign.id.desc())
        .limit(100)
    )
    return [(row.id, row.name, row.state) for row in await session.execute(query)]


async def history(
    session: TenantSession, name: str, *, most: int = 20
) -> list[tuple[str, datetime, str]]:
    """What happened to a domain, newest first: kind, when, who."""
    query = (
        select(Activity.kind, Activity.at, Activity.actor)
        .where(
            Activity.tenant_id == session.tenant_id,
            Activity.kind.startswith("domain_"),
            Activity.detail["domain"].astext == name,
        )
        .order_by(Activity.at.desc(), Activity.id.desc())
        .limit(most)
    )
    return [(row.kind, row.at, row.actor) for row in await session.execute(query)]


def _below(address: ColumnElement[str] | Any, name: str) -> ColumnElement[bool]:
    """Whether an address is of the domain, or of one below it."""
    return or_(
        address.endswith(f"@{name}", autoescape=True),
        address.contains("@") & address.endswith(f".{name}", autoescape=True),
    )
