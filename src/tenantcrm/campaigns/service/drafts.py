"""A campaign as it would be after a change that is not saved."""

import asyncio
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct

from tenantcrm import ids
from tenantcrm.campaigns import rules
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.calendar_fields import key_from
from tenantcrm.campaigns.matching import Known, match_messages
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.database import TenantSession

TIMETABLE = (
    "timezone", "late_limit_hours", "day_zero", "late_action", "zone_mode", "skip_weekdays",
    "skip_dates", "anchor",
)  # fmt: skip


class DraftedMessage(Struct, frozen=True, kw_only=True):
    """A message of a draft; ``new``: no message of the campaign is this one yet."""

    id: UUID
    key: str
    subject: str
    send_day: int
    new: bool = False


class Draft(Struct, frozen=True, kw_only=True):
    """What of a campaign the calendar and the filter need, with the changes in it."""

    contact_filter: str
    timetable: Timetable
    messages: list[DraftedMessage]
    reentry_gap: int | None
    exit_unmatched: bool


async def drafted(
    session: TenantSession, campaign: Campaign, changes: CampaignChanges | None = None
) -> Draft:
    """The campaign with the changes, checked as a save would check them; nothing is kept.

    Raises:
        InvalidError: with every fault.
    """
    changes = changes or CampaignChanges()
    columns = await asyncio.to_thread(rules.check_changes, changes)
    stored = (await campaigns.messages(session, [campaign.id], templates=False))[campaign.id]
    messages = [
        DraftedMessage(id=m.id, key=m.key, subject=m.subject, send_day=m.send_day) for m in stored
    ]
    if changes.messages is not UNSET:
        messages = _matched(messages, changes)
    anchor = columns.get("anchor", campaign.anchor)
    rules.check_days(anchor, [message.send_day for message in messages])
    return Draft(
        contact_filter=columns.get("contact_filter", campaign.contact_filter),
        timetable=timetable_with(campaign, columns),
        messages=sorted(messages, key=lambda m: (m.send_day, m.id)),
        reentry_gap=columns.get("reentry_gap_days", campaign.reentry_gap_days),
        exit_unmatched=columns.get("exit_unmatched", campaign.exit_unmatched),
    )


def timetable_with(campaign: Campaign, columns: dict[str, Any]) -> Timetable:
    """The timetable of a campaign with other values in some of its columns."""
    values = {name: columns.get(name, getattr(campaign, name)) for name in TIMETABLE}
    at = columns.get("preferred_send_time", campaign.preferred_send_time)
    return Timetable.of(at=at, **values)


def _matched(stored: list[DraftedMessage], changes: CampaignChanges) -> list[DraftedMessage]:
    given = changes.messages or []
    known = {m.id: Known(m.key, m.send_day) for m in stored}
    keys = {m.id: m.key for m in stored}
    taken = {m.key for m in given if m.key is not None} | set(keys.values())
    found = []
    for message_id, message in zip(match_messages(known, given), given, strict=True):
        key = message.key or keys.get(message_id or UUID(int=0))
        if key is None:
            key = key_from(message.subject, taken, empty="message")
            taken.add(key)
        found.append(
            DraftedMessage(
                id=message_id or ids.new_id(),
                key=key,
                subject=message.subject,
                send_day=message.send_day,
                new=message_id is None,
            )
        )
    return found
