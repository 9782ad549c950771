"""The history of a campaign: its versions, what each changed, and the way back to one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm import ids
from tenantcrm.campaigns.calendar_fields import WEEKDAYS, show_anchor
from tenantcrm.campaigns.diffs import Change, Snapshot, changes_between
from tenantcrm.campaigns.models import CampaignVersion
from tenantcrm.campaigns.repository import campaigns, versions
from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput, SenderInput
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.states import DayZero, Format, LateAction, ZoneMode
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError

EMPTY = Snapshot({}, [])


class VersionView(Struct, frozen=True, kw_only=True):
    """One version: who made it, when, what it changed, and what that did to people."""

    version: int
    at: datetime
    actor: str
    action: str
    effect: dict[str, Any] | None
    changes: list[Change]


async def history(
    session: TenantSession, campaign_id: UUID, *, before: int | None = None, limit: int = 20
) -> list[VersionView]:
    """Versions, the latest first, each with what it changed.

    Raises:
        NotFoundError: there is no such campaign.
    """
    found(await campaigns.find(session, campaign_id))
    rows = await versions.page(session, campaign_id, before=before, limit=limit + 1)
    shots = [await snapshot(session, row) for row in rows]
    shots.append(EMPTY)
    return [
        _view(row, [] if old is EMPTY else changes_between(old, new))
        for row, new, old in zip(rows[:limit], shots, shots[1:], strict=False)
    ]


async def diff(session: TenantSession, campaign_id: UUID, old: int, new: int) -> list[Change]:
    """What was changed from one version to another; nothing where one of them is not kept."""
    was = await versions.find(session, campaign_id, old)
    will = await versions.find(session, campaign_id, new)
    if was is None or will is None:
        return []
    return changes_between(await snapshot(session, was), await snapshot(session, will))


async def get_version(session: TenantSession, campaign_id: UUID, version: int) -> VersionView:
    """One version, with what it changed.

    Raises:
        NotFoundError: there is no such campaign, or no such version of it.
    """
    row = await _row(session, campaign_id, version)
    previous = await versions.previous(session, campaign_id, version)
    changed = [] if previous is None else await diff(session, campaign_id, previous, version)
    return _view(row, changed)


class Kept(Struct, frozen=True, kw_only=True):
    """A campaign's fields by name, as a version has them: what a form was opened with."""

    fields: Mapping[str, Any]
    at: datetime
    actor: str


async def kept(session: TenantSession, campaign_id: UUID, version: int) -> Kept | None:
    """The campaign's fields in a version; None where that is not kept."""
    row = await versions.find(session, campaign_id, version)
    return None if row is None else Kept(fields=row.fields, at=row.at, actor=row.actor)


async def changes_to(session: TenantSession, campaign_id: UUID, version: int) -> CampaignChanges:
    """The edit that makes a campaign what it was in a version.

    A message that was removed since, but is kept because the ledger knows of it, is named as well:
    as the same message it goes to nobody who has had it. One that nobody was sent is made anew.

    Raises:
        NotFoundError: there is no such campaign, or no such version of it.
    """
    row = await _row(session, campaign_id, version)
    shot = await snapshot(session, row)
    live = (await campaigns.messages(session, [campaign_id], templates=False))[campaign_id]
    put_away = await campaigns.retired(session, campaign_id, _ids(row))
    known = {message.id.hex for message in [*live, *put_away]}
    fields = shot.fields
    sender = None
    if fields["sender_email"]:
        sender = SenderInput(name=fields["sender_name"] or "", email=fields["sender_email"])
    return CampaignChanges(
        name=fields["name"],
        key=fields["key"],
        contact_filter=fields["contact_filter"],
        preferred_send_time=fields["preferred_send_time"],
        timezone=fields["timezone"],
        sender=sender,
        day_zero=DayZero(fields["day_zero"]),
        late_limit_hours=fields["late_limit_hours"],
        late_action=LateAction(fields["late_action"]),
        zone_mode=ZoneMode(fields["zone_mode"]),
        skip_weekdays=[WEEKDAYS[day - 1] for day in fields["skip_weekdays"]],
        skip_dates=list(fields["skip_dates"]),
        anchor=show_anchor(fields["anchor"]),
        reentry_gap_days=fields["reentry_gap_days"],
        exit_unmatched=fields["exit_unmatched"],
        track_opens=fields["track_opens"],
        track_clicks=fields["track_clicks"],
        messages=[_input(message, known) for message in shot.messages],
    )


def _ids(row: CampaignVersion) -> list[UUID]:
    return [UUID(one["id"]) for one in row.messages]


def _input(message: Mapping[str, Any], known: set[str]) -> MessageInput:
    there = message["id"] in known
    return MessageInput(
        id=ids.show_id(ids.MESSAGE, UUID(message["id"])) if there else None,
        key=message["key"],
        subject=message["subject"],
        preheader=message["preheader"],
        send_day=message["send_day"],
        html_template=message["html_template"],
        format=Format(message["format"]),
    )


async def snapshot(session: TenantSession, row: CampaignVersion) -> Snapshot:
    """What a version was."""
    wanted = [(UUID(one["id"]), int(one["version"])) for one in row.messages]
    kept = await versions.messages(session, wanted)
    names = ("key", "subject", "preheader", "send_day", "html_template", "format")
    return Snapshot(
        row.fields,
        [
            {"id": key.hex, **{name: getattr(kept[key], name) for name in names}}
            for key, _ in wanted
            if key in kept
        ],
    )


async def _row(session: TenantSession, campaign_id: UUID, version: int) -> CampaignVersion:
    found(await campaigns.find(session, campaign_id))
    row = await versions.find(session, campaign_id, version)
    if row is None:
        raise NotFoundError("The campaign has no such version")
    return row


def _view(row: CampaignVersion, changed: list[Change]) -> VersionView:
    return VersionView(
        version=row.version,
        at=row.at,
        actor=row.actor,
        action=row.action,
        effect=row.effect,
        changes=changed,
    )
