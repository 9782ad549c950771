"""Unknown mails: what SES's silence makes of them, and how a person has one sent once more."""

from uuid import UUID

import structlog

from tenantcrm import clock, jobs
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.delivery.errors import NotResendableError
from tenantcrm.delivery.repository import lanes, listing, silence
from tenantcrm.delivery.states import State
from tenantcrm.delivery.unknown import PATIENCE, Patience, Stream, Verdict, judge
from tenantcrm.errors import NotFoundError

log = structlog.get_logger()

AT_ONCE = 1_000


async def judge_unknown(
    session: TenantSession, stream: Stream | None, *, patience: Patience | None = None
) -> int:
    """Judge the tenant's unknown mails; gives of how many it is clear now that SES has them not.

    Mail of ours is sent once more; the rest stays unknown, for a person to decide.
    """
    now = clock.now()
    patience = patience or PATIENCE.scaled(clock.rate())
    found = {verdict: list[UUID]() for verdict in Verdict}
    for mail in await silence.unknown(session, most=AT_ONCE):
        verdict = judge(mail.asked_at, mail.silent_at, stream, now=now, patience=patience)
        if verdict is not Verdict.SILENT or mail.silent_at is None:
            found[verdict].append(mail.id)
    if found[Verdict.SILENT]:
        await silence.note_silent(session, found[Verdict.SILENT], now=now)
    if not found[Verdict.NOT_TAKEN]:
        return 0
    moved = await silence.conclude(session, found[Verdict.NOT_TAKEN], now=now)
    for one in moved:
        log.warning("send.not_taken", delivery_id=one.id.hex, state=one.state)
    again = {mail.kind: now for mail in moved if mail.state == State.PENDING}
    if again:
        await lanes.wake(session, again)
        jobs.wake(session, "send")
    return len(moved)


async def resend(session: TenantSession, delivery_id: UUID, *, actor: str) -> None:
    """Send a mail once more that SES, as its silence says, did not take.

    It passes the preflight like any other: who has unsubscribed since gets nothing.

    Raises:
        NotFoundError: there is no such mail.
        NotResendableError: it may have been taken.
    """
    now = clock.now()
    mail = await listing.find(session, delivery_id)
    if mail is None:
        raise NotFoundError("There is no such delivery")
    if not await silence.resend(session, delivery_id, now=now):
        raise NotResendableError
    await record(
        session,
        "mail_resent",
        at=now,
        actor=actor,
        contact_id=mail.contact_id,
        campaign_id=mail.campaign_id,
        message_id=mail.message_id,
        detail={"delivery_id": f"dlv_{delivery_id.hex}"},
    )
    await lanes.wake(session, {mail.kind: now})
    jobs.wake(session, "send")
