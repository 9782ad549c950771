"""What of campaigns goes into the audit log: the same differences that their history shows."""

from uuid import UUID

from tenantcrm.campaigns.diffs import Change
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.service import versions
from tenantcrm.database import TenantSession
from tenantcrm.tenants.service import audit


async def note(session: TenantSession, campaign: Campaign, action: str, actor: str) -> None:
    """Keep that somebody did something to a campaign."""
    await audit.record(
        session,
        actor=actor,
        action=action,
        subject="campaign",
        subject_id=campaign.id,
        name=campaign.name,
    )


async def note_edit(session: TenantSession, campaign: Campaign, action: str, actor: str) -> None:
    """Keep an edit, whose version is kept already, with what it changed."""
    await audit.record(
        session,
        actor=actor,
        action=action,
        subject="campaign",
        subject_id=campaign.id,
        name=campaign.name,
        changes=dict(_told(one) for one in await _changes(session, campaign.id, campaign.version)),
    )


async def _changes(session: TenantSession, campaign_id: UUID, version: int) -> list[Change]:
    return await versions.diff(session, campaign_id, version - 1, version)


def _told(change: Change) -> tuple[str, tuple[object, object]]:
    """A template's change is told by its lines alone."""
    after = "\n".join(change.lines) if change.lines else change.new
    return change.field, (change.old, after)
