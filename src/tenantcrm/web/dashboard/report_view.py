"""A campaign's report in words, numbers and links: each number opens what it counts."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tenantcrm.campaigns.states import EnrollmentState, Reached
from tenantcrm.delivery.numbers import Fate
from tenantcrm.delivery.repository.counting import Day
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.service.report import Line, Report
from tenantcrm.web.dashboard.activities import REASONS
from tenantcrm.web.dashboard.timeline import day_text

LABELS = {
    Fate.SENT: "Sent",
    Fate.DELIVERED: "Delivered",
    Fate.OPENED: "Opened",
    Fate.CLICKED: "Clicked",
    Fate.MACHINE: "By programs",
    Fate.BOUNCED: "Bounced",
    Fate.COMPLAINED: "Spam reports",
    Fate.UNSUBSCRIBED: "Unsubscribed",
    Fate.SKIPPED: "Skipped",
    Fate.FAILED: "Failed",
    Fate.UNKNOWN: "Unknown",
    Fate.WAITING: "Waiting",
}
"""The columns, in order."""
ALWAYS = (Fate.SENT, Fate.DELIVERED, Fate.BOUNCED, Fate.COMPLAINED, Fate.UNSUBSCRIBED)
"""Columns that are there when nothing is in them."""
BOUNCES = {"hard": "for good", "soft": "for now", "": "unsaid"}
STEPS = ((120, 1, ""), (840, 7, "week from "), (100_000, 28, "four weeks from "))
"""Up to so many days, how many of them are one point of the line, and what it is called."""


class Links:
    """Addresses of what numbers count, within a campaign and a period."""

    def __init__(self, campaign_id: UUID, period: dict[str, str]) -> None:
        """``period``: the part of the address that says it."""
        self._campaign = campaign_id.hex
        self._period = period

    def sends(self, fate: Fate, message: UUID | None = None, reason: str | None = None) -> str:
        """The mails of a set."""
        query = {"campaign": self._campaign}
        if message is not None:
            query["message"] = message.hex
        query["state"] = str(fate)
        if reason is not None:
            query["reason"] = reason
        return "/sends?" + urlencode(query | self._period)

    def people(self, **query: str) -> str:
        """The people of a set."""
        address = f"/campaigns/{self._campaign}/people"
        query |= self._period
        return f"{address}?{urlencode(query)}" if query else address


def funnel(report: Report, links: Links, *, clicks: bool) -> list[dict[str, Any]]:
    """How far the people came, from coming in to the end. ``clicks``: they are counted."""
    people = report.people
    steps = [("Entered", people.entered, links.people())]
    steps += [
        (words, people.reached.get(mark, 0), links.people(reached=key))
        for words, mark, key in (
            ("Sent", Reached.SENT, "sent"),
            ("Delivered", Reached.DELIVERED, "delivered"),
            ("Clicked", Reached.CLICKED, "clicked"),
        )
        if clicks or mark is not Reached.CLICKED
    ]
    finished = links.people(state=EnrollmentState.FINISHED)
    steps.append(("Finished", people.finished, finished))
    return [{"label": words, "value": n, "href": href if n else ""} for words, n, href in steps]


def exits(report: Report, links: Links) -> list[dict[str, Any]]:
    """Who left early, by reason, the most frequent first."""
    ordered = sorted(report.people.exited.items(), key=lambda one: (-one[1], one[0]))
    return [
        {
            "label": _sentence(reason),
            "value": number,
            "href": links.people(state=EnrollmentState.EXITED, reason=reason),
        }
        for reason, number in ordered
        if number
    ]


def columns(report: Report) -> list[Fate]:
    """The columns that say something of this campaign."""
    return [fate for fate in LABELS if fate in ALWAYS or getattr(report.sends, fate)]


def rows(report: Report, shown: Sequence[Fate], links: Links) -> list[dict[str, Any]]:
    """A row a message, and the sum of them all."""
    made = [_row(line, shown, links) for line in report.lines]
    if len(made) > 1:
        cells = [_cell(report.sends, fate, links, None) for fate in shown]
        made.append({"subject": "All messages", "day": "", "cells": cells, "total": True})
    return made


def _row(line: Line, shown: Sequence[Fate], links: Links) -> dict[str, Any]:
    message = line.message
    day = f"Day {day_text(message.send_day)}"
    return {
        "subject": message.subject or "No subject",
        "day": f"{day}, no longer in use" if message.retired_at else day,
        "cells": [_cell(line.sends, fate, links, message.id) for fate in shown],
        "total": False,
    }


def _cell(sends: Sends, fate: Fate, links: Links, message: UUID | None) -> dict[str, Any]:
    number = getattr(sends, fate)
    named: Callable[[str], str] = _bounce if fate is Fate.BOUNCED else _short
    return {
        "label": LABELS[fate],
        "value": number,
        "href": links.sends(fate, message) if number else "",
        "of": sends.sent if fate in {Fate.DELIVERED, Fate.OPENED, Fate.CLICKED} else 0,
        "reasons": [
            {"label": named(reason), "value": n, "href": links.sends(fate, message, reason)}
            for reason, n in sends.reasons.get(fate, {}).items()
            if n
        ],
    }


def _bounce(kind: str) -> str:
    return BOUNCES.get(kind, kind)


CODE, CODE_PART = re.compile(r"([A-Z][a-z]+){2,}"), re.compile(r"[A-Z][a-z]+")
SHORT = {
    "late": "too late",
    "unsubscribed": "unsubscribed",
    "suppressed": "suppressed",
    "erased": "erased",
    "exited": "had left",
    "left": "had left",
    "recipient_pause": "on a pause",
    "campaign_deleted": "campaign deleted",
    "message_removed": "message removed",
    "edited": "past when changed",
}
"""Reasons below a number, which stands before them."""


def _short(reason: str) -> str:
    """A reason below a number; the name of an error of SES in words, which a column can break."""
    if reason not in SHORT and reason not in REASONS and CODE.fullmatch(reason):
        return " ".join(CODE_PART.findall(reason)).lower()
    return SHORT.get(reason) or _sentence(reason)


def _sentence(reason: str) -> str:
    return REASONS.get(reason, reason.replace("_", " ") or "no reason given")


def line(days: Sequence[Day], series: Sequence[str]) -> list[dict[str, Any]]:
    """The lines over time: a point a day, or a week or four where there are many."""
    size, words = next((size, words) for most, size, words in STEPS if len(days) <= most)
    points = []
    for start in range(0, len(days), size):
        some = days[start : start + size]
        first = some[0].day
        points.append(
            {
                "date": first.isoformat(),
                "label": f"{words}{first.day} {first:%b %Y}",
                "until": (first + timedelta(days=len(some) - 1)).isoformat(),
                "values": [sum(getattr(day, name.lower()) for day in some) for name in series],
            }
        )
    return points
