"""The style sheets that every page of the dashboard has, as one file.

Each of them is small, and twenty small files are half as much again as one: in bytes, as they are
compressed together, and in requests.
"""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.datastructures import CacheControlHeader

FOLDER: Final = Path(__file__).parent / "static/css"
PATH: Final = "/static/css/site.css"
"""Beside the sheets themselves, so that what they name in relation to them is found."""
SHEETS: Final = (
    "tokens", "base", "dashboard", "frames", "page", "forms", "filter", "contacts", "controls",
    "drawer", "data", "lists", "people", "charts", "feedback", "campaigns", "timeline", "editor",
    "domains", "imports",
)  # fmt: skip
"""In their order: what comes later wins."""
FOR_GOOD: Final = CacheControlHeader(max_age=31_536_000, public=True, immutable=True)


@lru_cache(maxsize=1)
def site() -> bytes:
    """All of them."""
    return b"\n".join((FOLDER / f"{sheet}.css").read_bytes() for sheet in SHEETS)


@lru_cache(maxsize=1)
def site_address() -> str:
    """Its address, with a piece of its hash, so that it may be cached for good."""
    return f"{PATH}?v={sha256(site()).hexdigest()[:10]}"


@get(PATH, cache_control=FOR_GOOD)
async def site_css() -> Response[bytes]:
    """The file."""
    return Response(site(), media_type="text/css; charset=utf-8")
