"""What happens to a mail after SES took it, by the address of its recipient.

The names before ``@simulator.amazonses.com`` are those of Amazon's own mailbox simulator and some
beside. A label after ``+`` changes nothing, except where it names a sub-type of a bounce:
``soft-bounce+MailboxFull@…``. Every other recipient gets the mail.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

EventName = Literal[
    "Send",
    "Delivery",
    "Bounce",
    "Complaint",
    "Reject",
    "Open",
    "Click",
    "DeliveryDelay",
    "Rendering Failure",
]
"""``eventType`` of the JSON."""
DOMAIN = "simulator.amazonses.com"
_PERMANENT = ("General", "NoEmail", "Suppressed", "OnAccountSuppressionList")
_TRANSIENT = (
    "General",
    "MailboxFull",
    "MessageTooLarge",
    "ContentRejected",
    "AttachmentRejected",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. ``after``: how many times the delay of events it comes later."""

    event: EventName
    after: float
    detail: str = ""
    """The bounce as ``Permanent/General``; ``machine`` for an open by one."""


_SENT = Step("Send", 0)
_DELIVERED = Step("Delivery", 1)
_ARRIVES = (_SENT, _DELIVERED)
_BY_NAME: dict[str, tuple[Step, ...]] = {
    "success": _ARRIVES,
    "ooto": _ARRIVES,
    "bounce": (_SENT, Step("Bounce", 1, "Permanent/General")),
    "soft-bounce": (_SENT, Step("Bounce", 1, "Transient/MailboxFull")),
    "suppressed": (_SENT, Step("Bounce", 1, "Permanent/Suppressed")),
    "suppressionlist": (_SENT, Step("Bounce", 1, "Permanent/Suppressed")),
    "complaint": (*_ARRIVES, Step("Complaint", 2)),
    "delay": (_SENT, Step("DeliveryDelay", 1), Step("Delivery", 3)),
    "reject": (_SENT, Step("Reject", 1)),
    "rendering-failure": (Step("Rendering Failure", 0),),
    "open": (*_ARRIVES, Step("Open", 2)),
    "machine-open": (*_ARRIVES, Step("Open", 2, "machine")),
    "click": (*_ARRIVES, Step("Open", 2), Step("Click", 3)),
    "machine-click": (*_ARRIVES, Step("Click", 2, "machine")),
    "silent": (),
}


@lru_cache(maxsize=4096)
def steps(recipient: str) -> tuple[Step, ...]:
    """What happens to a mail to this address, in order."""
    local, _, domain = recipient.lower().rpartition("@")
    if domain != DOMAIN:
        return _ARRIVES
    name, _, label = local.partition("+")
    found = _BY_NAME.get(name, _ARRIVES)
    if name in {"bounce", "soft-bounce"}:
        kind, named = ("Permanent", _PERMANENT) if name == "bounce" else ("Transient", _TRANSIENT)
        plain = label.replace("-", "")
        if plain == "undetermined":
            return (_SENT, Step("Bounce", 1, "Undetermined/Undetermined"))
        for sub_type in named:
            if sub_type.lower() == plain:
                return (_SENT, Step("Bounce", 1, f"{kind}/{sub_type}"))
    return found


def suppressed(reason: Literal["BOUNCE", "COMPLAINT"]) -> tuple[Step, ...]:
    """What happens to a mail to an address on the account's suppression list.

    It counts as sent, and bounces or complains without ever having left.
    """
    if reason == "COMPLAINT":
        return (_SENT, Step("Complaint", 1, "OnAccountSuppressionList"))
    return (_SENT, Step("Bounce", 1, "Permanent/OnAccountSuppressionList"))
