"""Every route of the application, which plane it is on, and how its parameters are attacked."""

import re
from functools import cache
from typing import Any

from litestar.routes import HTTPRoute

from tenantcrm.app import create_app
from tests.conftest import settings_for
from tests.isolation.rows import World

PARAMETER = re.compile(r"\{(\w+):\w+\}")
DASHBOARD = (
    "contacts", "campaigns", "sends", "keys", "settings", "checklist", "sandbox",
    "session",
)  # fmt: skip
OPEN = (
    "healthz", "readyz", "metrics", "static", "u", "o", "c", "webhooks", "docs", "openapi.json",
    "styleguide", "sign-up", "sign-in", "sign-out", "forgot-password", "reset-password",
    "verify-email", "invitation",
)  # fmt: skip
"""First parts of addresses that need no sign-in."""
OPEN_TO_OPERATORS = ("/operator/sign-in", "/operator/sign-out", "/operator/set-password/")
NATURAL = {"email", "external_id"}
"""Parameters that are not ids: every tenant has its own of each, and may write its own."""
Route = tuple[str, str]
UPLOAD: Route = ("POST", "/v1/contact-imports")
FILE = b"email\nown@example.com\n"
"""What that call takes, which takes no JSON."""


@cache
def routes() -> list[Route]:
    """Method and path of every route; OPTIONS answers by itself and touches nothing."""
    app = create_app(settings_for(1, "none", "redis://127.0.0.1:1/0"))
    return sorted(
        (method, route.path)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    )


def plane(path: str) -> str:
    """Who a route is for: ``api``, ``operator``, ``dashboard`` or ``open``."""
    first = path.split("/")[1]
    if first == "v1":
        return "api"
    if path.startswith(OPEN_TO_OPERATORS) or first in OPEN:
        return "open"
    if first == "operator":
        return "operator"
    if path == "/" or first in DASHBOARD:
        return "dashboard"
    raise AssertionError(f"{path}: say here on which plane it is, so that it is attacked")


def on(*planes: str, parameters: bool | None = None) -> list[Route]:
    """The routes of some planes; ``parameters``: those with, or without, any in the path."""
    return [
        (method, path)
        for method, path in routes()
        if plane(path) in planes and parameters in (None, bool(PARAMETER.search(path)))
    ]


def names_in(path: str) -> list[str]:
    """The names of a route's parameters."""
    return PARAMETER.findall(path)


def filled(path: str, values: dict[str, str]) -> str:
    """A path with these values in it; a parameter that nobody knows how to attack fails."""
    missing = set(names_in(path)) - values.keys()
    assert not missing, f"{path}: nobody says how to attack {sorted(missing)}"
    return PARAMETER.sub(lambda found: values[found.group(1)], path)


def page_values(world: World) -> dict[str, str]:
    """A tenant's ids, as the addresses of pages carry them."""
    return {
        "contact": world.contact_id.hex,
        "campaign": world.campaign_id.hex,
        "message": world.message_id.hex,
        "member": world.user_id.hex,
        "invite": world.invite_id.hex,
        "key_id": world.key_id.hex,
        "domain": world.domain_id.hex,
        "draft": 2 * world.mark,
        "delivery": world.delivery_id.hex,
        "import_id": world.import_id.hex,
        "tenant": world.tenant_id.hex,
        "bulk": world.bulk_id.hex,
        "version": "1",
    }


def api_values(world: World) -> dict[str, str]:
    """A tenant's ids, as the API has them."""
    return {
        "contact_id": f"con_{world.contact_id.hex}",
        "campaign_id": f"cam_{world.campaign_id.hex}",
        "import_id": f"imp_{world.import_id.hex}",
        "delivery_id": f"dlv_{world.delivery_id.hex}",
        "email": f"{world.mark}@example.com",
        "external_id": world.mark,
        "version": "1",
    }


def body(method: str, path: str, world: World) -> dict[str, Any] | None:
    """A good body for a call of the API, so that the refusal is about whose it is alone."""
    message = f"msg_{world.message_id.hex}"
    campaign = {
        "name": "Stolen",
        "contact_filter": "",
        "preferred_send_time": "10:00",
        "messages": [],
    }
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("PATCH", "contacts/{contact_id:str}"): {"name": "Stolen"},
        ("POST", "resubscribe"): {"consent": {"source": "form", "at": "2026-01-01T00:00:00Z"}},
        ("PUT", "by-email/{email:path}"): {"name": "Stolen"},
        ("PUT", "by-external-id/{external_id:path}"): {"email": f"own-{world.mark}@example.com"},
        ("PUT", "campaigns/{campaign_id:str}"): campaign,
        ("PATCH", "campaigns/{campaign_id:str}"): {"name": "Stolen"},
        ("POST", "preview"): {"message_id": message},
        ("POST", "impact"): {"name": "Stolen"},
        ("POST", "test-send"): {"to": "own@example.com", "message_id": message},
        ("POST", "v1/contacts"): {"email": f"new-{world.mark}@example.com"},
        ("POST", "v1/campaigns"): campaign,
        ("POST", "check"): {"filter": ""},
        ("POST", "batch"): {"contacts": [{"email": f"new-{world.mark}@example.com"}]},
    }
    for (known, tail), found in bodies.items():
        if known == method and path.endswith(tail):
            return found
    return None


def seen_of(world: World, answer: str, *, sent: str = "") -> list[str]:
    """What an answer shows of a tenant; ``sent``: what whoever asked has said already."""
    ids = [value for name, value in page_values(world).items() if name != "version"]
    marks = [world.mark, *ids]
    return [mark for mark in marks if mark in answer and mark not in sent]
