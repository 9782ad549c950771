"""Example data for the page that shows every component in every state (sandbox and tests)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tenantcrm.contacts.filters.kinds import Kind
from tenantcrm.web.filter_form import of_text, read_filter
from tenantcrm.web.filter_words import builder_view
from tenantcrm.web.shell import Flash, SandboxRibbon, Shell

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def styleguide_context() -> dict[str, Any]:
    """What `styleguide.html` needs: a shell with everything on, lists to fill components with."""
    return {
        "shell": Shell(
            tenant_name="Vinr Wines & Company",
            user_name="Ada Lovelace",
            user_email="ada.lovelace@vinr.example",
            suspended_reason="The bounce rate of the last seven days is 7.2 %.",
            sandbox=SandboxRibbon(NOW, NOW + timedelta(days=2), 719, "/sandbox/skip", "/inbox"),
            flashes=(Flash("success", "Campaign “Welcome mail English” saved."),),
        ),
        "now": NOW,
        "builders": _builders(),
        "contacts": _contacts(),
        "activity": _activity(),
        "days": [(f"{9 + i} Nov", n) for i, n in enumerate(_PER_DAY)],
        "template_example": "<h1>Hello {{ contact.name }}</h1>\n{% if contact.plan %}",
        "errors": {
            "": "The campaign cannot be activated yet.",
            "email": "Write the address as name@example.com.",
            "preferred_send_time": "10:99 is no time of day.",
            "template": "Line 12: the tag “if” is never closed.",
        },
    }


def _builders() -> list[dict[str, Any]]:
    """Filter builders: rows of each type, one with a fault; a text that is wrong; nothing yet."""
    known = {"plan": (Kind.TEXT,), "seats": (Kind.NUMBER,), "vip": (Kind.BOOLEAN,)}
    rows = read_filter(
        {
            "a.as": "rows",
            "a.0.of": "plan",
            "a.0.op": "is",
            "a.0.value": "pro",
            "a.1.of": "seats",
            "a.1.op": "gt",
            "a.1.value": "many",
            "a.2.of": "created_at",
            "a.2.op": "since",
            "a.2.value": "2026-01-31",
            "a.3.of": "status",
            "a.3.op": "is",
            "a.3.value": "subscribed",
            "a.4.of": "vip",
            "a.4.op": "true",
        },
        "a",
    )
    found = {
        "said": "12,431 contacts match and can be mailed.",
        "excluded": "18 more match but cannot be mailed: 17 unsubscribed, 1 bounced.",
        "sample": [("0" * 32, "ada@example.com", "Ada Lovelace")],
        "faulty": False,
    }
    silent = {"said": "", "excluded": "", "sample": [], "faulty": False}
    return [
        builder_view(rows, known, found),
        builder_view(of_text("plan = ", "b"), known, silent),
        builder_view(of_text("", "c"), known, silent),
    ]


_PER_DAY = (120, 180, 90, 0, 0, 240, 310, 280, 265, 190, 12, 8, 330, 355)


def _contacts() -> list[dict[str, object]]:
    people = [
        ("ada@example.com", "Ada Lovelace", "subscribed", 3),
        (
            "nguyen.thi.minh.khai.with.a.long.address@subdomain.example.org",
            "Minh Khai",
            "active",
            2,
        ),
        ("łucja@przykład.example", "Łucja Żółć", "unsubscribed", 1),
        ("<script>alert(1)</script>@example.com", "", "bounced", 0),
    ]
    return [
        {"id": f"con_{i}", "email": e, "name": n, "state": s, "mails": m, "created_at": NOW}
        for i, (e, n, s, m) in enumerate(people)
    ]


def _activity() -> list[dict[str, object]]:
    return [
        {
            "at": NOW,
            "title": "Day 2 “A tip for your first week” was sent",
            "icon": "send",
            "tone": "ok",
            "text": "Campaign Welcome mail English",
            "href": "/sends",
        },
        {
            "at": NOW - timedelta(hours=3),
            "title": "Day 1 was skipped",
            "icon": "circle-alert",
            "tone": "warn",
            "text": "More than 12 hours late after a pause.",
        },
        {
            "at": NOW - timedelta(days=1),
            "title": "Bounced: mailbox does not exist",
            "icon": "mail-x",
            "tone": "danger",
        },
        {"at": NOW - timedelta(days=2), "title": "Added over the API", "icon": "user-plus"},
    ]
