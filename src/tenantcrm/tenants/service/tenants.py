"""A tenant's own settings."""

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.tenants import rules
from tenantcrm.tenants.repository import people as stored_people
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.tenants.service import audit

SETTINGS = (
    "name",
    "timezone",
    "postal_address",
    "sender_name",
    "sender_email",
    "cap_mails",
    "cap_days",
    "language",
)
"""What a tenant may say of itself."""


async def facts(session: TenantSession) -> TenantFacts:
    """What the session's tenant is."""
    return TenantFacts.of(await stored_people.own_tenant(session))


async def find(session: TenantSession) -> TenantFacts | None:
    """What the session's tenant is; None when a token named one that is not here."""
    tenant = await stored_people.own_tenant_or_none(session)
    return None if tenant is None else TenantFacts.of(tenant)


async def change_settings(
    session: TenantSession,
    *,
    name: str,
    timezone: str,
    postal_address: str,
    sender_name: str,
    sender_email: str,
    cap_mails: int | None = None,
    cap_days: int | None = None,
    language: str | None = None,
    actor: str = "command",
) -> None:
    """Change what a tenant says of itself; ``sender_email`` comes normalised, or empty.

    ``cap_mails`` and ``cap_days``: the frequency cap, both or neither. ``language``: of recipients
    of whom none is known; None: as it is. ``actor``: who does it.

    Raises:
        InvalidError: one of them is not acceptable.
    """
    tenant = await stored_people.own_tenant(session)
    before = {field: getattr(tenant, field) for field in SETTINGS}
    tenant.name = rules.check_name(name, what="A business name")
    tenant.timezone = rules.check_timezone(timezone)
    tenant.postal_address = rules.check_postal_address(postal_address)
    tenant.sender_name = rules.check_name(
        sender_name or tenant.name, pointer="/sender_name", what="A sender's name"
    )
    tenant.sender_email = sender_email
    rules.check_frequency_cap(cap_mails, cap_days)
    tenant.cap_mails, tenant.cap_days = cap_mails, cap_days
    if language is not None:
        tenant.language = rules.check_language(language)
    changes = audit.diff(before, {field: getattr(tenant, field) for field in SETTINGS})
    if changes:
        tenant.updated_at = clock.now()
        await session.flush()
        await audit.record(
            session, actor=actor, action="changed", subject="settings", changes=changes
        )


async def hide_setup(session: TenantSession, *, hidden: bool, actor: str) -> None:
    """Put the checklist of the start page away, or take it out again."""
    tenant = await stored_people.own_tenant(session)
    if (tenant.setup_hidden_at is not None) == hidden:
        return
    tenant.setup_hidden_at = clock.now() if hidden else None
    await session.flush()
    changes = {"checklist_hidden": (not hidden, hidden)}
    await audit.record(session, actor=actor, action="changed", subject="settings", changes=changes)
