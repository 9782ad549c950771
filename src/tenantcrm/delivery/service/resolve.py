"""An operator who knows what became of an unknown mail says so."""

from uuid import UUID

from tenantcrm import clock, jobs
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.delivery.errors import NotUnknownError
from tenantcrm.delivery.repository import lanes, listing, resolving
from tenantcrm.delivery.states import State
from tenantcrm.errors import NotFoundError

RESOLUTIONS = {"sent": State.SENT, "not-sent": State.FAILED, "resend": State.PENDING}
"""What an operator says, and where the mail goes by it."""


async def resolve(
    session: TenantSession, delivery_id: UUID, resolution: str, *, reason: str, actor: str
) -> None:
    """Move an unknown mail where somebody who has looked says that it belongs.

    Args:
        session: of the tenant.
        delivery_id: the mail.
        resolution: one of :data:`RESOLUTIONS`. ``resend`` sends it once more, preflight and all:
            should SES have taken it after all, its recipient gets it twice.
        reason: how this is known; kept in the tenant's activity.
        actor: who says so.

    Raises:
        NotFoundError: there is no such mail.
        NotUnknownError: what became of it is known.
    """
    now = clock.now()
    mail = await listing.find(session, delivery_id)
    if mail is None:
        raise NotFoundError("There is no such delivery")
    moved = await resolving.resolve(session, [delivery_id], RESOLUTIONS[resolution], now=now)
    if not moved:
        raise NotUnknownError(mail.state)
    await record(
        session,
        "mail_resolved",
        at=now,
        actor=actor,
        contact_id=mail.contact_id,
        campaign_id=mail.campaign_id,
        message_id=mail.message_id,
        detail={"delivery_id": f"dlv_{delivery_id.hex}", "as": resolution, "reason": reason},
    )
    if moved[0].state == State.PENDING:
        await lanes.wake(session, {mail.kind: now})
        jobs.wake(session, "send")


async def counts(session: TenantSession) -> dict[str, int]:
    """How many mails of the tenant stand where."""
    return await resolving.counts(session)
