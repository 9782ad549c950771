"""The sets of mails that numbers count, each as one name: what is counted is what its list shows.

Pure. A number of a report and the list that it opens are the same :class:`Among`, so that they can
differ in nothing but the moment at which they are looked at.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from tenantcrm.delivery.states import ACCEPTED, State


class Fate(StrEnum):
    """What became of a mail, as people ask for it. A mail may be in several of these sets."""

    WAITING = "waiting"
    """SES has not been asked, or not answered yet."""
    SENT = "sent"
    """SES accepted it, whatever came afterwards."""
    DELIVERED = "delivered"
    """It arrived and did not bounce afterwards; complaints included."""
    OPENED = "opened"
    CLICKED = "clicked"
    MACHINE = "machine"
    """Opened or clicked by programs alone."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


STATES: dict[Fate, tuple[State, ...]] = {
    Fate.WAITING: (State.PENDING, State.CLAIMED, State.SENDING),
    Fate.SENT: tuple(sorted(ACCEPTED)),
    Fate.DELIVERED: (State.DELIVERED, State.COMPLAINED),
    Fate.BOUNCED: (State.BOUNCED,),
    Fate.COMPLAINED: (State.COMPLAINED,),
    Fate.SKIPPED: (State.SKIPPED,),
    Fate.FAILED: (State.FAILED,),
    Fate.UNKNOWN: (State.UNKNOWN,),
}
"""The states that mails of a set stand in; the other sets go by what was seen, in any state."""
SEEN = (Fate.OPENED, Fate.CLICKED, Fate.MACHINE, Fate.UNSUBSCRIBED)
WITH_REASON = (Fate.SKIPPED, Fate.FAILED, Fate.BOUNCED)
"""Sets that are told apart by reason: of bounced mails ``hard`` or ``soft``."""


class Among(Struct, frozen=True, kw_only=True):
    """Some mails of campaigns: what is left out is not asked for.

    Times bound the mail's ``at``, the first inclusive: when it left, or else is due. Whoever
    counts gives multiples of a quarter of an hour, as every local midnight is.
    """

    campaign_id: UUID | None = None
    message_id: UUID | None = None
    contact_id: UUID | None = None
    fate: Fate | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def reasoned(self) -> str | None:
        """The reason, where the set is told apart by one."""
        return self.reason if self.fate in WITH_REASON else None
