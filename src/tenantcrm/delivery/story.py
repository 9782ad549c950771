"""What happened to a mail, in order: the ledger's own times and what was told of it. Pure."""

from datetime import datetime

from msgspec import Struct

from tenantcrm.delivery.schemas import DeliveryView, EventRow
from tenantcrm.delivery.states import State

UNDER_WAY = frozenset({State.PENDING, State.CLAIMED, State.SENDING, State.SENT})
TIMES = (
    ("sent", "sent_at"),
    ("delivered", "delivered_at"),
    ("bounced", "bounced_at"),
    ("complained", "complained_at"),
    ("opened", "opened_at"),
    ("clicked", "clicked_at"),
)
WORDS = {
    "send": "sent",
    "delivery": "delivered",
    "bounce": "bounced",
    "complaint": "complained",
    "reject": "failed",
    "rendering_failure": "failed",
    "open": "opened",
    "click": "clicked",
    "delivery_delay": "delayed",
}
"""SES's kinds of events as states and people say them."""


class Step(Struct, frozen=True, kw_only=True):
    """One thing that happened. ``detail``: words of a server, or where a link led."""

    kind: str
    at: datetime
    machine: bool = False
    detail: str | None = None


def story(mail: DeliveryView) -> list[Step]:
    """The steps, oldest first: every event where they were asked for, else each first one."""
    told = [_told(event) for event in mail.events or ()]
    names = {step.kind for step in told}
    for kind, field in TIMES:
        at = getattr(mail, field)
        if at is not None and kind not in names:
            # Events are kept for a time; what they said of the mail stays with it.
            told.append(Step(kind=kind, at=at))
    timed = {kind for kind, _ in TIMES}
    if mail.state not in {*UNDER_WAY, *timed} and mail.state not in names:
        told.append(Step(kind=mail.state, at=mail.updated_at))
    # Sorting is stable: what has the same time stays in this order.
    return sorted([Step(kind="queued", at=mail.created_at), *told], key=lambda step: step.at)


def _told(event: EventRow) -> Step:
    summary = event.detail.get("summary") or {}
    link = (event.detail.get("click") or {}).get("link")
    return Step(
        kind=WORDS.get(event.kind, event.kind),
        at=event.at,
        machine=event.machine,
        detail=link or summary.get("words") or summary.get("reason"),
    )
