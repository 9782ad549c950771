"""What the invented business sends."""

from typing import Any

WELCOME = """<html><body style="margin:0;background:#f6f3ee">
<table role="presentation" width="100%"><tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="560" style="max-width:560px;background:#ffffff;border-radius:8px">
<tr><td style="padding:32px;font-family:Georgia,serif;color:#2b2523">
<h1 style="font-size:26px;margin:0 0 16px">Welcome, {{ contact.name | default: 'friend' }}</h1>
<p style="font-size:16px;line-height:25px">Every month we open six bottles from growers
whom we visit ourselves. Yours are on their way.</p>
<p><a href="https://example.com/cellar" style="background:#7a1f2b;color:#ffffff;padding:12px 20px;
border-radius:6px;text-decoration:none">See what is in your box</a></p>
<p style="font-size:14px;color:#6b6259">
You are on the {{ contact.plan | default: 'free' }} plan.</p>
</td></tr></table></td></tr></table></body></html>"""
TIP = """# How to read a label in ten seconds

Hello {{ contact.name | default: 'there' }},

three things on a label tell you nearly everything: the **grower**, the **year** and the **place**.

- Grower: a person, not a brand
- Year: warm years are ripe, cool years are fresh
- Place: the smaller, the more it means

[Read the long version](https://example.com/labels)
"""
OFFER = """<mjml><mj-body background-color="#f6f3ee"><mj-section background-color="#ffffff">
<mj-column><mj-text font-size="24px">Ten per cent off your next case</mj-text>
<mj-text>Until Sunday, for {{ contact.name | default: 'you' }}.</mj-text>
<mj-button href="https://example.com/offer" background-color="#7a1f2b">
Choose six bottles</mj-button>
</mj-column></mj-section></mj-body></mjml>"""


def _message(day: int, subject: str, body: str, form: str, preheader: str = "") -> dict[str, Any]:
    return {
        "subject": subject, "send_day": day, "html_template": body, "format": form,
        "preheader": preheader,
    }  # fmt: skip


CAMPAIGNS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "draft",
        {
            "name": "Autumn tasting invitation",
            "contact_filter": 'plan = "pro" AND country = "United Kingdom"',
            "preferred_send_time": "18:00",
            "messages": [
                _message(0, "A table is set for you", TIP, "markdown", "12 December, Bath")
            ],
        },
    ),
    (
        "paused",
        {
            "name": "Win-back",
            "contact_filter": "orders = 0 AND newsletter = true",
            "preferred_send_time": "09:30",
            "messages": [
                _message(0, "We kept your glass", TIP, "markdown"),
                _message(7, "Ten per cent, until Sunday", OFFER, "mjml"),
            ],
        },
    ),
    (
        "active",
        {
            "name": "Trial to plan",
            "contact_filter": 'plan = "free"',
            "preferred_send_time": "08:00",
            "zone_mode": "contact",
            "skip_weekdays": ["saturday", "sunday"],
            "messages": [
                _message(1, "Your trial, day one", TIP, "markdown"),
                _message(4, "What members open first", TIP, "markdown"),
                _message(10, "Stay for less than a bottle a month", OFFER, "mjml"),
            ],
        },
    ),
    (
        "active",
        {
            "name": "Welcome, English",
            "contact_filter": "language = en",
            "preferred_send_time": "10:00",
            "track_opens": True,
            "track_clicks": True,
            "messages": [
                _message(0, "Welcome, {{ contact.name | default: 'friend' }}", WELCOME, "html",
                         "Your first six bottles are on their way"),
                _message(2, "How to read a label in ten seconds", TIP, "markdown"),
                _message(5, "Ten per cent off your next case", OFFER, "mjml"),
                _message(12, "Meet the growers", TIP, "markdown"),
            ],
        },
    ),
)  # fmt: skip
"""The state that each is brought to, and what the API is given; the last one is the main one."""
