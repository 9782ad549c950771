"""One row of every table that holds tenants' rows. A new table without one here fails the tests."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

Row = dict[str, Any]
LAYOUT = {"format": "csv", "encoding": "utf-8", "columns": [{"header": "email", "to": "email"}]}
LATER = datetime(2126, 11, 22, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@dataclass
class World:
    """The ids of one tenant's rows."""

    tenant_id: UUID = field(default_factory=uuid4)
    user_id: UUID = field(default_factory=uuid4)
    contact_id: UUID = field(default_factory=uuid4)
    campaign_id: UUID = field(default_factory=uuid4)
    message_id: UUID = field(default_factory=uuid4)
    key_id: UUID = field(default_factory=uuid4)
    invite_id: UUID = field(default_factory=uuid4)
    domain_id: UUID = field(default_factory=uuid4)
    delivery_id: UUID = field(default_factory=uuid4)
    import_id: UUID = field(default_factory=uuid4)
    bulk_id: UUID = field(default_factory=uuid4)
    mark: str = field(default_factory=lambda: secrets.token_hex(8))


def _stamps() -> Row:
    return {"created_at": NOW, "updated_at": NOW}


def _owned(w: World, **more: Any) -> Row:
    return {"tenant_id": w.tenant_id, **({"id": uuid4()} | more)}


TENANT_ROWS: dict[str, Callable[[World], Row]] = {
    "tenants": lambda w: {
        "id": w.tenant_id, "name": w.mark, "timezone": "UTC", "postal_address": "",
        "sender_name": "", "sender_email": "", "state": "active", "suspended_reason": "",
        "send_rate": 1.0, "salt": b"s" * 16, **_stamps(),
    },
    "memberships": lambda w: {
        "tenant_id": w.tenant_id, "user_id": w.user_id, "role": "owner", "created_at": NOW,
    },
    "invites": lambda w: _owned(
        w, id=w.invite_id, email=f"{w.mark}@example.com", email_key=f"{w.mark}@example.com",
        role="editor", invited_by=w.user_id, created_at=NOW, expires_at=NOW, stamp=b"s" * 32,
    ),
    "api_keys": lambda w: _owned(
        w, id=w.key_id, name=w.mark, key_hash=secrets.token_bytes(32), prefix="tcrm_live_abcd",
        last_four="wxyz", mode="live", scopes=["contacts:read"], created_at=NOW,
    ),
    "tenant_stats": lambda w: {
        "tenant_id": w.tenant_id, "contacts": 1, "campaigns": 0, "active_campaigns": 0, "sent": 0,
        "sent_last_day": 0, "pending": 0, "failed": 0, "unknown": 0, "counted_at": NOW,
    },
    "idempotent_responses": lambda w: {
        "tenant_id": w.tenant_id, "mode": "live", "key": w.mark, "request_hash": b"h",
        "status": 200, "body": b"", "headers": "{}", "created_at": NOW, "contact_id": w.contact_id,
    },
    "audit_entries": lambda w: _owned(
        w, at=NOW, actor=f"user:{w.user_id.hex}", action="changed", subject="campaign",
        subject_id=w.campaign_id, name=w.mark, changes="{}",
    ),
    "contacts": lambda w: {
        "tenant_id": w.tenant_id, "id": w.contact_id, "mode": "live",
        "email": f"{w.mark}@example.com", "email_key": f"{w.mark}@example.com",
        "email_hash": secrets.token_bytes(32), "external_id": w.mark, "attributes": "{}",
        "folded": "{}",
        "status": "subscribed", **_stamps(),
    },
    "suppressions": lambda w: {
        "tenant_id": w.tenant_id, "mode": "live", "email_hash": secrets.token_bytes(32),
        "reason": "unsubscribe", "created_at": NOW,
    },
    "campaigns": lambda w: {
        "tenant_id": w.tenant_id, "id": w.campaign_id, "name": w.mark, "contact_filter": "",
        "state": "draft", "preferred_send_time": time(10), "timezone": "UTC",
        "day_zero": "scheduled", "late_limit_hours": 12, "version": 1, "key": w.mark, **_stamps(),
    },
    "messages": lambda w: {
        "tenant_id": w.tenant_id, "id": w.message_id, "campaign_id": w.campaign_id,
        "subject": w.mark, "preheader": "", "send_day": 0, "html_template": "h", "format": "html",
        "version": 1, "key": w.mark, **_stamps(),
    },
    "message_versions": lambda w: {
        "tenant_id": w.tenant_id, "message_id": w.message_id, "version": 1,
        "campaign_id": w.campaign_id, "key": w.mark, "subject": w.mark, "preheader": "",
        "send_day": 0, "html_template": "h", "format": "html", "created_at": NOW,
    },
    "campaign_versions": lambda w: {
        "tenant_id": w.tenant_id, "campaign_id": w.campaign_id, "version": 1, "at": NOW,
        "actor": "", "action": "created", "fields": "{}", "messages": "[]",
    },
    "campaign_zones": lambda w: {
        "tenant_id": w.tenant_id, "campaign_id": w.campaign_id, "zone": "Asia/Tokyo",
        "seen_xid": 1,
    },
    "bulk_actions": lambda w: _owned(
        w, id=w.bulk_id, mode="live", what="clear", filter="", search="", anywhere=True,
        attribute="plan", actor="", state="running", expected=1, seen=0, changed=0, refused=0,
        created_at=NOW, fault="",
    ),
    "bulk_pieces": lambda w: {
        "tenant_id": w.tenant_id, "bulk_id": w.bulk_id, "last_id": w.contact_id,
        "contact_ids": [w.contact_id],
    },
    "bulk_jobs": lambda w: {
        "tenant_id": w.tenant_id, "bulk_id": w.bulk_id, "run_at": NOW, "attempts": 0,
    },
    "known_attributes": lambda w: {"tenant_id": w.tenant_id, "name": "plan", "kind": "text"},
    "activities": lambda w: _owned(
        w, at=NOW, kind="created", contact_id=w.contact_id, campaign_id=w.campaign_id, actor="",
        detail="{}",
    ),
    "enrollments": lambda w: _owned(
        w, campaign_id=w.campaign_id, contact_id=w.contact_id, enrolled_on=date(2026, 11, 22),
        enrolled_at=NOW, state="active",
    ),
    "contact_imports": lambda w: {
        "tenant_id": w.tenant_id, "id": w.import_id, "mode": "live", "state": "checked",
        "actor": "system", "file_name": w.mark, "enter_campaigns": False, "by_itself": False,
        "dry_run": False, "layout": json.dumps(LAYOUT), **_stamps(),
    },
    "import_chunks": lambda w: {
        "tenant_id": w.tenant_id, "import_id": w.import_id, "number": 0, "data": w.mark.encode(),
    },
    "import_faults": lambda w: {
        "tenant_id": w.tenant_id, "import_id": w.import_id, "row": 2, "reason": w.mark,
        "cells": json.dumps([w.mark]), "email_hash": secrets.token_bytes(32),
    },
    "import_jobs": lambda w: {
        "tenant_id": w.tenant_id, "import_id": w.import_id, "run_at": LATER,
    },
    "scan_schedules": lambda w: {"tenant_id": w.tenant_id, "scan_at": NOW},
    "deliveries": lambda w: _owned(
        w, id=w.delivery_id, kind="drip", campaign_id=w.campaign_id, message_id=w.message_id,
        contact_id=w.contact_id, state="pending", due_at=NOW, fence=0, attempts=0, **_stamps(),
    ),
    "mail_events": lambda w: _owned(
        w, notice_id=w.mark, delivery_id=w.delivery_id, kind="delivery", at=NOW, received_at=NOW,
        detail="{}",
    ),
    "departures": lambda w: _owned(
        w, mode="live", email_hash=secrets.token_bytes(32), departed_at=NOW, undo_until=NOW,
        sealed=b"s",
    ),
    "send_counts": lambda w: _owned(
        w, campaign_id=w.campaign_id, message_id=w.message_id, slot=NOW, state="sent", why="",
        mails=1, opened=0, clicked=0, machine=0, unsubscribed=0,
    ),
    "people_counts": lambda w: _owned(
        w, campaign_id=w.campaign_id, enrolled_on=NOW.date(), state="active", why="", reached=0,
        people=1,
    ),
    "reach_news": lambda w: _owned(
        w, campaign_id=w.campaign_id, entry=1, gained=1, lost=False, contacts=[w.contact_id],
    ),
    "event_streams": lambda w: {"tenant_id": w.tenant_id, "seen_through": NOW, "heard_at": NOW},
    "sending_hours": lambda w: {"tenant_id": w.tenant_id, "hour": NOW, "kind": "drip"},
    "sending_domains": lambda w: _owned(
        w, id=w.domain_id, name=f"{w.mark}.example", state="pending", dkim_tokens=[],
        dkim_zone="", mail_from="", proof="", findings="{}", **_stamps(),
    ),
    "domain_checks": lambda w: {
        "tenant_id": w.tenant_id, "name": f"{w.mark}.example", "check_at": NOW,
    },
    "lanes": lambda w: {
        "tenant_id": w.tenant_id, "kind": "drip", "due_at": NOW, "virtual_time": 0.0,
    },
    "senders": lambda w: _owned(
        w, email=f"{w.mark}@example.com", email_key=f"{w.mark}@example.com", state="pending",
        **_stamps(),
    ),
    "sender_claims": lambda w: {
        "email_key": f"{w.mark}@example.com", "tenant_id": w.tenant_id, "claimed_at": NOW,
    },
}  # fmt: skip
"""In the order in which they can be inserted."""

PARENTS = {
    "contact_id": "contacts",
    "campaign_id": "campaigns",
    "message_id": "messages",
    "delivery_id": "deliveries",
    "import_id": "contact_imports",
}
"""Which column refers to which table: what a foreign tenant's id must not be put into."""
