"""What saving a message through a page asks and keeps beside the save itself."""

from typing import Any

import msgspec

from tenantcrm.campaigns import service
from tenantcrm.campaigns.preflight import Finding, blocking, look
from tenantcrm.campaigns.schemas import CampaignView, MessageInput, MessageView
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.database import TenantSession
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import audit

KEPT = ("subject", "preheader", "send_day", "format", "html_template")


async def check(session: TenantSession, campaign: CampaignView, message: MessageInput) -> None:
    """Refuse for an active campaign what would keep one from being activated.

    Raises:
        InvalidError: the message would go out broken.
    """
    if campaign.state != CampaignState.ACTIVE:
        return
    known = await service.readers_of(session, campaign.contact_filter, [message])
    faults = [
        FieldError(one.pointer, one.code, _words(one)) for one in blocking(look(message, known))
    ]
    if faults:
        raise InvalidError(faults)


def _words(finding: Finding) -> str:
    line, block = finding.place.line, finding.place.block
    where = f"Line {line}: " if line else f"Block {block}: " if block else ""
    return where + finding.message


async def record(
    session: TenantSession,
    person: Person,
    campaign: CampaignView,
    before: MessageView | None,
    after: MessageView | None,
) -> None:
    """Keep in the audit log what was changed; nothing where nothing was."""
    changes = audit.diff(_fields(before), _fields(after))
    one = after or before
    if not changes or one is None:
        return
    action = "changed" if before and after else "added" if after else "removed"
    await audit.record(
        session,
        actor=f"user:{person.user_id.hex}",
        action=action,
        subject="message",
        subject_id=one.id,
        name=f"{campaign.name}: {one.subject}",
        changes=changes,
    )


def _fields(message: MessageView | None) -> dict[str, Any]:
    return {} if message is None else {n: msgspec.structs.asdict(message)[n] for n in KEPT}
