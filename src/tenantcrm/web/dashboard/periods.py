"""The period that a page is about, as its address says it: ``from`` and ``to``, local days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm.delivery.periods import Period

PRESETS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year"))


class Chosen(Struct, frozen=True, kw_only=True):
    """A period, and what of the address could not be read: field to sentence."""

    period: Period
    faults: dict[str, str]
    first_text: str
    last_text: str

    @property
    def query(self) -> dict[str, str]:
        """The part of an address that says it again."""
        texts = {"from": self.period.first, "to": self.period.last_day}
        return {name: day.isoformat() for name, day in texts.items() if day is not None}


def read_period(query: Mapping[str, str], zone: str) -> Chosen:
    """The period of an address. What cannot be read is left out, and told."""
    faults: dict[str, str] = {}
    first_text, last_text = query.get("from", "").strip(), query.get("to", "").strip()
    first = _day(first_text, "from", faults)
    last = _day(last_text, "to", faults)
    if first and last and last < first:
        faults["to"] = "The last day is before the first one"
        first = last = None
    return Chosen(
        period=Period.of(first, last, zone=zone),
        faults=faults,
        first_text=first_text,
        last_text=last_text,
    )


def presets(address: str, keep: dict[str, str], chosen: Chosen, now: datetime, zone: str) -> Any:
    """Links to usual periods, each with whether it is the one that is shown."""
    today = now.astimezone(ZoneInfo(zone)).date()
    links = [_link("All time", address, keep, chosen, {})]
    for days, words in PRESETS:
        span = {"from": (today - timedelta(days=days - 1)).isoformat(), "to": today.isoformat()}
        links.append(_link(words, address, keep, chosen, span))
    return links


def _link(
    words: str, address: str, keep: dict[str, str], chosen: Chosen, span: dict[str, str]
) -> dict[str, Any]:
    query = keep | span
    return {
        "text": words,
        "href": f"{address}?{urlencode(query)}" if query else address,
        "current": chosen.query == span,
    }


def _day(text: str, name: str, faults: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 9000:  # noqa: PLR2004 # what databases and zones take
        faults[name] = f"{text[:40]!r} is not a day; expected one such as 2026-11-29"
        return None
    return day
