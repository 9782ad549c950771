"""Examples of answers, made from their schemas: nothing here has to follow a change by hand."""

from typing import Any, Final

_ID = "0190163d8694739b8a1d9b0e3f0e2c11"
_AT = "2026-01-31T09:30:00Z"
ANYWHERE: Final[dict[str, Any]] = {
    "email": "ada@example.com",
    "external_id": "u_42",
    "attributes": {"language": "en", "plan": "pro", "seats": 3},
    "timezone": "Europe/London",
    "contact_id": f"con_{_ID}",
    "campaign_id": f"cam_{_ID}",
    "message_id": f"msg_{_ID}",
    "campaign_name": "Welcome mail English",
    "contact_filter": "language=en",
    "preferred_send_time": "10:00",
    "subject": "Welcome, Ada",
    "html_template": "<p>Good to have you.</p>",
    "html": "<p>Good to have you.</p>",
    "text": "Good to have you.",
    "format": "html",
    "day_zero": "scheduled",
    "late_limit_hours": 12,
    "late_action": "skip",
    "zone_mode": "campaign",
    "skip_weekdays": ["saturday", "sunday"],
    "skip_dates": ["2026-12-25"],
    "anchor": "enrollment",
    "reentry_gap_days": None,
    "key": "welcome-english",
    "send_day": 0,
    "enrolled_on": "2026-01-31",
    "ses_message_id": "0100019a5f3c2e4d-6f0c",
    "next": None,
    "reason": None,
    "exit_reason": None,
    "ended_at": None,
    "excluded": {"unsubscribed": 12},
    "eligible": 142,
    "detail": {},
    "actor": f"key:{_ID}",
    "mode": "live",
    "scopes": ["contacts:read", "contacts:write"],
}
"""What a field of this name is, in whichever schema."""
OF: Final[dict[str, dict[str, Any]]] = {
    "Contact": {"id": f"con_{_ID}", "name": "Ada Lovelace", "status": "subscribed"},
    "Campaign": {"id": f"cam_{_ID}", "name": "Welcome mail English", "state": "active"},
    "Message": {"id": f"msg_{_ID}", "preheader": ""},
    "Delivery": {
        "id": f"dlv_{_ID}",
        "kind": "day_zero",
        "state": "sent",
        "detail": None,
        "why": "SES has accepted it.",
    },
    "Event": {"kind": "sent"},
    "Happening": {"id": f"dlv_{_ID}", "kind": "mail_sent"},
    "Enrollment": {"state": "active"},
    "Participant": {"name": "Ada Lovelace", "state": "active"},
    "Import": {
        "id": f"imp_{_ID}",
        "state": "finished",
        "dry_run": False,
        "enter_campaigns": False,
        "file_name": "contacts.csv",
        "progress": 1.0,
        "rows": 1204,
        "created": 1180,
        "updated": 12,
        "unchanged": 9,
        "invalid": 3,
        "not_mailable": 4,
        "fault": None,
        "ended_at": _AT,
    },
    "Column": {"header": "E-Mail Address", "to": "email"},
    "BatchResult": {"id": f"con_{_ID}", "status": 201, "result": "created", "errors": []},
    "Sender": {"name": "Vinr", "email": "hi@example.com"},
    "Tenant": {"id": f"ten_{_ID}", "name": "Vinr"},
    "Key": {"id": f"key_{_ID}", "name": "Backend"},
    "Limits": {
        "requests_per_second": 300,
        "requests_burst": 3000,
        "page_size": 200,
        "attributes_per_contact": 100,
        "body_bytes": 1_000_000,
        "mails_per_second": 10.0,
        "mails_per_day": 5000,
        "mails_left_today": 4210,
        "frequency_cap": {"mails": 2, "days": 7},
    },
}
"""What a field is in one schema, by the schema's outside name."""
_BY_TYPE: Final[dict[str, Any]] = {
    "string": "…", "integer": 1, "number": 1.0, "boolean": True, "object": {}, "null": None,
}  # fmt: skip


def example_of(name: str, schemas: dict[str, Any]) -> Any:
    """An example of the schema ``name``; ``schemas`` are the document's."""
    own = OF.get(name, {})
    made = {}
    for field, schema in schemas[name].get("properties", {}).items():
        if field in own:
            made[field] = own[field]
        elif field in ANYWHERE:
            made[field] = ANYWHERE[field]
        else:
            made[field] = _example(schema, schemas)
    return made


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if "enum" in schemas[name]:
            return schemas[name]["enum"][0]
        return example_of(name, schemas)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}), schemas)]
    if schema.get("format") == "date-time":
        return _AT
    return _BY_TYPE.get(schema.get("type", ""), None)
