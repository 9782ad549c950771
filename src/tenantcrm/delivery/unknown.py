"""When silence about a mail means that SES never took it. Pure.

A mail is unknown when no answer came to its one request. SES tells of every mail that it takes
(the event *send*), mostly within a second. But events are late at times, and come in any order
after an outage of ours. So silence is believed only when events of mails that were asked for
later have come, and have gone on coming for an hour, without one of this mail.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tenantcrm.delivery.states import Kind, State


class Patience(Struct, frozen=True):
    """How much silence is enough, in time of the machine.

    SNS tries an HTTP endpoint for an hour at most.
    """

    later: timedelta = timedelta(minutes=15)
    """A mail whose event counts was asked for so much later."""
    silence: timedelta = timedelta(hours=1)
    """How long events of later mails go on coming before silence is believed."""
    settling: timedelta = timedelta(hours=1)
    """How long after its request nothing is concluded at all."""

    def scaled(self, rate: float) -> "Patience":
        """The same in business time, of which ``rate`` seconds pass in one of the machine."""
        return Patience(self.later * rate, self.silence * rate, self.settling * rate)


PATIENCE = Patience()


class Stream(Struct, frozen=True):
    """What is known of SES's events; all are business time.

    ``seen_through``: when the latest mail was asked for of which SES has said that it took it;
    ``heard_at``: when that was last said of any mail.
    """

    seen_through: datetime
    heard_at: datetime


class Verdict(StrEnum):
    """What silence says."""

    OPEN = "open"
    """Nothing yet."""
    SILENT = "silent"
    """Later mails were heard of; it begins to count."""
    NOT_TAKEN = "not_taken"
    """SES did not take it."""


def judge(
    asked_at: datetime | None,
    silent_at: datetime | None,
    stream: Stream | None,
    *,
    now: datetime,
    patience: Patience = PATIENCE,
) -> Verdict:
    """What silence says of an unknown mail at ``now`` (business time).

    Args:
        asked_at: when SES was asked; None: before this was kept, so nothing can be said.
        silent_at: when its silence began to count.
        stream: SES's events; None: there are none, and nothing is ever concluded.
        now: business time.
        patience: how much is enough.
    """
    if stream is None or asked_at is None or now < asked_at + patience.settling:
        return Verdict.OPEN
    if stream.seen_through < asked_at + patience.later:
        return Verdict.OPEN
    if silent_at is None:
        return Verdict.SILENT
    heard_on = stream.heard_at >= silent_at + patience.silence
    return Verdict.NOT_TAKEN if heard_on else Verdict.SILENT


SILENT = "silent"
"""The reason of an unknown mail of which SES's silence says that it was not taken."""


def may_resend(state: str, kind: str, reason: str | None) -> bool:
    """Whether a person may have the mail sent once more; our own mail is sent again by itself."""
    return state == State.UNKNOWN and kind != Kind.SYSTEM and reason == SILENT
