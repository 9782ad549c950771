"""Whether a contact may be mailed."""

from enum import StrEnum


class ContactStatus(StrEnum):
    """Whether a contact may be mailed; only ``subscribed`` may."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
