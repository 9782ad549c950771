"""The Jinja environment of every page: escaping on, undefined names refused, components as `ui`."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import available_timezones

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tenantcrm import clock
from tenantcrm.web import once
from tenantcrm.web.sheets import site_address

WEB = Path(__file__).parent
TEMPLATES = WEB / "templates"

STATIC = WEB / "static"
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_NAMED = {
    ("day", -1): "yesterday", ("day", 1): "tomorrow", ("minute", 0): "this minute",
}  # fmt: skip
_MOMENT = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}, \d{2}:\d{2} UTC\b")
"""How sentences of `delivery` name a moment."""

# Names that are no place where people live: kept out of the zone picker, still accepted by rules.
_NOT_PLACES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


@lru_cache(maxsize=256)
def asset(path: str) -> str:
    """The address of a static file, with a piece of its hash, so that it may be cached for good."""
    digest = sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The IANA zones a person may pick, `UTC` first, then by name."""
    places = (z for z in available_timezones() if "/" in z and not z.startswith(_NOT_PLACES))
    return ("UTC", *sorted(places))


def utc_text(moment: datetime) -> str:
    """A moment in words, in UTC: `Mon 23 Nov 2026, 10:00 UTC`."""
    there = moment.astimezone(UTC)
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M} UTC"


def spoken_text(moment: datetime, style: str) -> str:
    """A moment as ``local-time.js`` writes it where the viewer's zone is UTC, so that nothing moves
    when it does. ``style``: ``full``, ``date`` or ``relative``.
    """
    if style == "date":
        there = moment.astimezone(UTC)
        return f"{there.day} {there:%b %Y}"
    return _relative(moment) if style == "relative" else utc_text(moment)


def _relative(moment: datetime) -> str:
    seconds = (moment - clock.now()).total_seconds()
    unit, size = next((u for u in _UNITS if abs(seconds) >= u[1]), _UNITS[-1])
    count = round(seconds / size)
    if (unit, count) in _NAMED:
        return _NAMED[unit, count]
    words = f"{abs(count)} {unit}{'' if abs(count) == 1 else 's'}"
    return f"in {words}" if count > 0 else f"{words} ago"


def iso_text(moment: datetime) -> str:
    """A moment for machines, in UTC (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def with_local_times(sentence: str) -> Markup:
    """A sentence whose moments in UTC stand in the viewer's zone, as every other time of a page."""
    return Markup(_MOMENT.sub(_local, str(escape(sentence))))  # noqa: S704 - escaped before


def _local(found: re.Match[str]) -> str:
    try:
        moment = datetime.strptime(found[0], "%d %b %Y, %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        return found[0]
    return (
        f'<local-time><time datetime="{iso_text(moment)}" title="{utc_text(moment)}">'
        f"{found[0]}</time></local-time>"
    )


def number_text(value: float) -> str:
    """A number for people: `12,431`, `3.5`."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent_text(part: float, whole: float) -> str:
    """What share `part` is of `whole`, to one place below ten per cent; a dash of nothing."""
    if not whole:
        return "–"
    share = 100 * part / whole
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"  # noqa: PLR2004 - said above


def template_environment() -> Environment:
    """Make the environment: pages find the components as `ui`, with no import (see README.md).

    A page that is rendered block by block never runs its own imports; a global is there in both.
    """
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ui = SimpleNamespace()
    env.globals.update(ui=ui, asset=asset, site_address=site_address, zone_names=zone_names)
    env.filters.update(spoken=spoken_text, utc=utc_text, iso=iso_text, local_times=with_local_times)
    env.filters.update(number=number_text, items_dict=dict)
    env.globals.update(percent=percent_text, business_now=clock.now, once=once.new_value)
    for file in sorted((TEMPLATES / "macros").glob("*.html")):
        exported = vars(env.get_template(f"macros/{file.name}").module)
        vars(ui).update({k: v for k, v in exported.items() if not k.startswith("_")})
    return env
