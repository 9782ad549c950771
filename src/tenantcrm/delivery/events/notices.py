"""What SES tells of a mail, read from its record. Pure.

(Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes to Amazon SNS".)
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tenantcrm.contacts.addresses import normalise
from tenantcrm.delivery.events.machines import is_machine
from tenantcrm.delivery.events.scrubbing import recipients, scrub, tag
from tenantcrm.errors import InvalidError

KINDS = {
    "Send": ("send", "mail"),
    "Delivery": ("delivery", "delivery"),
    "Bounce": ("bounce", "bounce"),
    "Complaint": ("complaint", "complaint"),
    "Reject": ("reject", "mail"),
    "Open": ("open", "open"),
    "Click": ("click", "click"),
    "Rendering Failure": ("rendering_failure", "mail"),
    "DeliveryDelay": ("delivery_delay", "deliveryDelay"),
    "Subscription": ("subscription", "subscription"),
}
"""SES's name to ours, and the object that says when it happened."""
SUMMARY = "summary"
"""Under this name a kept record holds what was read from it."""
_HARD = "Permanent"
_LONGEST_KIND = 40


class ForeignNoticeError(Exception):
    """Not of a mail of ours; the message is a word for the log."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to one mail.

    ``detail`` is what is kept. ``address``: equal for equal addresses of recipients, never kept,
    and empty where it is not needed or not told. ``fault``: why it cannot be applied.
    """

    notice_id: str
    tenant_id: UUID
    delivery_id: UUID
    kind: str
    at: datetime
    machine: bool = False
    detail: dict[str, Any]
    address: str = ""
    fault: str | None = None


def read(notice_id: str, message: str, *, now: datetime) -> Notice:
    """The notice in SNS's ``Message``.

    Raises:
        ForeignNoticeError: it is no record of SES, or of a mail that is not ours.
    """
    try:
        record = msgspec.json.decode(message)
    except (msgspec.MsgspecError, RecursionError):
        # SES itself writes a line of plain text to a topic that it is told to publish to.
        raise ForeignNoticeError("no_record") from None
    if not isinstance(record, dict) or "eventType" not in record:
        raise ForeignNoticeError("no_record")
    try:
        tenant, delivery = (UUID(hex=tag(record, name) or "") for name in ("t", "d"))
    except ValueError:
        raise ForeignNoticeError("no_tags") from None
    return of_record(
        record, notice_id=notice_id.replace("\0", ""), tenant_id=tenant, delivery_id=delivery,
        now=now,
    )  # fmt: skip


def of_record(
    record: Mapping[str, Any],
    *,
    notice_id: str,
    tenant_id: UUID,
    delivery_id: UUID,
    now: datetime,
) -> Notice:
    """The notice in a record, new or scrubbed; with ``fault`` where it is not as documented."""
    kept, named = scrub(record), str(record["eventType"])
    kind, part = KINDS.get(named, (named.lower().replace("\0", "")[:_LONGEST_KIND], "mail"))
    at, fault, summary = now, None, dict[str, Any]()
    try:
        at = _moment(kept, part)
        summary = _summary(kept, kind)
    except (KeyError, TypeError, ValueError) as error:
        fault = f"{kind}: {type(error).__name__} {error}"[:200]
    seen = kept.get(kind, {}).get("userAgent") if kind in {"open", "click"} else None
    return Notice(
        notice_id=notice_id,
        tenant_id=tenant_id,
        delivery_id=delivery_id,
        kind=kind,
        at=at,
        machine=kind in {"open", "click"} and is_machine(seen),
        detail={**kept, SUMMARY: summary},
        address=_address(record) if kind in {"bounce", "complaint"} else "",
        fault=fault,
    )


def _moment(kept: Mapping[str, Any], part: str) -> datetime:
    found = datetime.fromisoformat(kept[part]["timestamp"])
    if found.tzinfo is None:
        raise ValueError("a time without zone")
    return found


def _summary(kept: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What the ledger takes from a record; the statement that applies it reads these names."""
    found = {"taken_at": _moment(kept, "mail").isoformat(), "ses": kept["mail"]["messageId"]}
    if kind == "bounce":
        bounce = kept["bounce"]
        found["bounce"] = "hard" if bounce["bounceType"] == _HARD else "soft"
        found["reason"] = bounce.get("bounceSubType") or bounce["bounceType"]
        said = (one.get("diagnosticCode") for one in bounce["bouncedRecipients"])
        found["words"] = next((words for words in said if words), None)
    if kind == "complaint":
        complaint = kept["complaint"]
        told = complaint.get("complaintSubType") or complaint.get("complaintFeedbackType")
        found["reason"] = told or "complaint"
    if kind == "reject":
        found |= {"reason": "Reject", "words": kept.get("reject", {}).get("reason")}
    if kind == "rendering_failure":
        found |= {"reason": "RenderingFailure", "words": kept["failure"].get("errorMessage")}
    return found


def _address(record: Mapping[str, Any]) -> str:
    """The key of the address that bounced or complained; each mail of ours goes to one."""
    for address in recipients(record):
        try:
            return normalise(address).key
        except InvalidError:
            continue
    return ""
