"""A campaign in words and numbers, for its pages."""

import math
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.campaigns.calendar_fields import ATTRIBUTE, ENROLLMENT
from tenantcrm.campaigns.schemas import CampaignStats, CampaignView
from tenantcrm.campaigns.states import DayZero, ZoneMode
from tenantcrm.delivery.schemas import Sends
from tenantcrm.web.templating import number_text

EXCLUDED = {
    "unsubscribed": "unsubscribed",
    "suppressed": "suppressed",
    "bounced": "bounced",
    "complained": "complained",
    "in_campaign": "in the campaign already",
    "already_in_campaign": "in the campaign already",
    "imported": "came by an import that enters no campaigns",
    "before_start": "there before the campaign began, which is for newcomers",
    "test": "in test mode",
}
"""Why somebody who matches is not mailed."""


def rule_of(campaign: CampaignView) -> str:
    """What the campaign does, in a sentence or three."""
    who = (
        f"everyone with {campaign.contact_filter}"
        if campaign.contact_filter.strip()
        else "everyone"
    )
    when = f"at {campaign.preferred_send_time} ({campaign.timezone})"
    if campaign.zone_mode == ZoneMode.CONTACT:
        when = f"at {campaign.preferred_send_time} by each contact's own clock"
    if campaign.day_zero == DayZero.IMMEDIATELY:
        words = [f"Enrols {who} as they come in, mails day 0 at once and later days {when}."]
    else:
        words = [f"Enrols {who} once a day, and mails each day's message {when}."]
    if campaign.anchor != ENROLLMENT:
        words.append(f"Day 0 is the contact's {campaign.anchor.removeprefix(ATTRIBUTE)}.")
    if campaign.skip_weekdays:
        days = " and ".join(day.capitalize() for day in campaign.skip_weekdays)
        words.append(f"Nothing on {days}.")
    return " ".join(words)


def day_words(send_day: int, anchor: str) -> str:
    """When a message goes, as part of a sentence."""
    of = "enrolment" if anchor == ENROLLMENT else f"the contact's {anchor.removeprefix(ATTRIBUTE)}"
    if send_day == 0:
        return f"on the day of {of}"
    days = "day" if abs(send_day) == 1 else "days"
    return f"{abs(send_day)} {days} {'before' if send_day < 0 else 'after'} {of}"


def stats_of(campaign: CampaignView, people: CampaignStats, sends: Sends) -> list[dict[str, Any]]:
    """The tiles of a campaign."""
    base = f"/campaigns/{campaign.id.hex}"
    exited = sum(people.exited.values())
    ledger = f"/sends?campaign={campaign.id.hex}"

    def people_tile(label: str, number: int, state: str) -> dict[str, Any]:
        return {
            "label": label,
            "value": number_text(number),
            "href": f"{base}/people?state={state}",
        }

    return [
        people_tile("In it now", people.active, "active"),
        people_tile("Finished", people.finished, "finished"),
        people_tile("Left", exited, "exited"),
        {
            "label": "Mails sent",
            "value": number_text(sends.sent),
            "href": f"{ledger}&state=sent",
            "hint": _outcomes(sends),
        },
        *_trouble(sends, ledger),
        _next(campaign, sends.waiting),
    ]


def _outcomes(sends: Sends) -> str:
    """What came of what was sent, as far as it is known."""
    words = (
        (sends.delivered, "delivered"),
        (sends.opened, "opened"),
        (sends.clicked, "clicked"),
    )
    return " · ".join(f"{number_text(n)} {word}" for n, word in words if n)


def _trouble(sends: Sends, ledger: str) -> list[dict[str, Any]]:
    found = (
        ("Bounced", sends.bounced, "bounced", "warn"),
        ("Reported as spam", sends.complained, "complained", "danger"),
    )
    return [
        {
            "label": label,
            "value": number_text(number),
            "href": f"{ledger}&state={state}",
            "tone": tone,
        }
        for label, number, state, tone in found
        if number
    ]


def _next(campaign: CampaignView, waiting: int) -> dict[str, Any]:
    """The tile of the next send; ``waiting``: mails that are due and have not left."""
    tile: dict[str, Any] = {"label": "Next send", "value": "–"}
    if campaign.next_send_at is not None:
        local = campaign.next_send_at.astimezone(ZoneInfo(campaign.timezone))
        hint = f"{local:%a} {local.day} {local:%b} ({campaign.timezone})"
        return tile | {"value": f"{local:%H:%M}", "hint": hint}
    if campaign.state != "active":
        return tile | {"hint": "Not active"}
    if waiting:
        return tile | {"value": "Now", "hint": f"{number_text(waiting)} waiting to leave"}
    return tile | {"hint": "None in sight"}


def state_of(campaign: CampaignView) -> str:
    """Where a campaign stands, as people are told it."""
    if campaign.starts_at is not None:
        return "starting"
    return "archived" if campaign.put_away_at is not None else campaign.state


def starting_of(campaign: CampaignView) -> dict[str, Any] | None:
    """When a campaign starts unless that is undone; None: it is not about to."""
    if campaign.starts_at is None:
        return None
    left = (campaign.starts_at - clock.now()).total_seconds() / max(clock.rate(), 1.0)
    local = campaign.starts_at.astimezone(ZoneInfo(campaign.timezone))
    return {
        "at": campaign.starts_at,
        "seconds": max(0, math.ceil(left)),
        "local": f"{local:%H:%M:%S} ({campaign.timezone})",
    }


def shown(campaign: CampaignView, counts: dict[UUID, Sends]) -> dict[str, Any]:
    """The campaign for its page; ``counts``: what came of each message, in words."""
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": state_of(campaign),
        "version": campaign.version,
        "messages": campaign.messages,
        "counts": {
            message.id: _counts(counts.get(message.id, Sends())) for message in campaign.messages
        },
    }


def _counts(sends: Sends) -> str:
    words = (
        (sends.sent, "sent"),
        (sends.delivered, "delivered"),
        (sends.opened, "opened"),
        (sends.clicked, "clicked"),
        (sends.machine, "seen by programs alone"),
        (sends.bounced, "bounced"),
        (sends.complained, "reported as spam"),
        (sends.waiting, "waiting"),
        (sends.skipped, "skipped"),
        (sends.failed, "failed"),
        (sends.unknown, "unknown"),
    )
    return " · ".join(f"{number_text(n)} {word}" for n, word in words if n) or "Nothing sent yet"
