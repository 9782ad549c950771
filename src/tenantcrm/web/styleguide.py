"""Example data for the page that shows every component in every state (sandbox and tests)."""

from datetime import UTC, datetime, timedelta
from typing import Any

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
            sandbox=SandboxRibbon(NOW, NOW + timedelta(days=2), "/sandbox/skip", "/inbox"),
            flashes=(Flash("success", "Campaign “Welcome mail English” saved."),),
        ),
        "now": NOW,
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
