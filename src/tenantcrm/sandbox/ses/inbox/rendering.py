"""Templates, the words in them for times and sizes, and the headers that every page has."""

from datetime import date, datetime
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response

from tenantcrm import clock

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that a browser hides from us that our own forms are our own.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_DAY_SECONDS = 86_400
_KILO = 1024


def rendered(
    name: str,
    context: dict[str, object],
    *,
    headers: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    """A page from a template."""
    now, rate = clock.now(), clock.rate()
    shared = {"now": now, "rate": rate, "day_lasts": _DAY_SECONDS / rate if rate != 1 else None}
    return Response(
        _jinja.get_template(name).render(shared | context),
        media_type=MediaType.HTML,
        status_code=status,
        headers=HEADERS | (headers or {}),
    )


def query(**parameters: str | None) -> str:
    """``?a=b`` of what is given, or nothing."""
    given = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(given)}" if given else ""


def day(moment: date) -> str:
    """``Sunday, 22 November 2026``."""
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def short_day(moment: date) -> str:
    """``Sun 22 Nov 2026``."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def iso(moment: datetime) -> str:
    """``2026-11-22T19:10:07Z``, as the ``datetime`` attribute takes it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def size(count: int) -> str:
    """``640 B``, ``12 kB``, ``3.4 MB``."""
    if count < _KILO:
        return f"{count} B"
    if count < _KILO * _KILO:
        return f"{count / _KILO:.0f} kB"
    return f"{count / _KILO / _KILO:.1f} MB"


def span(seconds: float) -> str:
    """``20 s``, ``5 min``, ``1.5 h``: how long a day of the sandbox lasts."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length * 2:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


_jinja = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_jinja.filters |= {
    "day": day,
    "short_day": short_day,
    "iso": iso,
    "size": size,
    "span": span,
    "count": lambda number: f"{number:,}",
    "mailbox": parseaddr,
}
_jinja.globals["query"] = query
