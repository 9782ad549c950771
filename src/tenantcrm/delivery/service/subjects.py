"""Subjects of mails as their recipients see them, made when somebody looks.

Nothing of them is kept: the ledger knows which message went to whom, and an erasure has nothing
to look for. What is shown is the wording that was sent, with what is known of the contact now.
"""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.campaigns.rendering import CompiledSubject, MailContext, RenderError
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import subjects as repository
from tenantcrm.tenants.schemas import TenantFacts


async def subjects(
    session: TenantSession, tenant: TenantFacts, mails: Sequence[UUID]
) -> dict[UUID, str]:
    """The subject of each mail whose contact is there and whose template works, by its id."""
    compiled: dict[str, CompiledSubject | None] = {}
    found: dict[UUID, str] = {}
    for mail in await repository.parts(session, mails):
        if "{" not in mail.subject:
            found[mail.id] = mail.subject
            continue
        if mail.subject not in compiled:
            compiled[mail.subject] = _compiled(mail.subject)
        program = compiled[mail.subject]
        words = None if program is None else _rendered(program, tenant, mail)
        if words is not None:
            found[mail.id] = words
    return found


def _compiled(subject: str) -> CompiledSubject | None:
    try:
        return CompiledSubject(subject)
    except RenderError:
        return None


def _rendered(program: CompiledSubject, tenant: TenantFacts, mail: repository.Parts) -> str | None:
    context = MailContext(
        email=mail.email,
        name=mail.name,
        attributes=mail.attributes,
        tenant_name=tenant.name,
        postal_address=tenant.postal_address,
        campaign_name=mail.campaign_name,
        unsubscribe_url="",
        now=clock.now().astimezone(ZoneInfo(mail.timezone or mail.campaign_timezone)),
    )
    try:
        return program.render(context)
    except RenderError:
        return None
