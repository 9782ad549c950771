"""The states of a delivery, what each means, and every allowed move, as one table."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a delivery is; also the lane that it travels in."""

    SYSTEM = "system"
    TEST = "test"
    DAY_ZERO = "day_zero"
    DRIP = "drip"


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Move(NamedTuple):
    """One allowed transition and what triggers it."""

    old: State
    new: State
    trigger: str


MOVES = (
    Move(State.PENDING, State.CLAIMED, "a worker claims it"),
    Move(State.PENDING, State.SKIPPED, "unsubscribed, suppressed, erased, late"),
    Move(State.CLAIMED, State.SENDING, "preflight passed, committed before the request"),
    Move(State.CLAIMED, State.SKIPPED, "preflight found a reason not to send"),
    Move(State.CLAIMED, State.FAILED, "it cannot be rendered"),
    Move(
        State.CLAIMED, State.PENDING, "paused or suspended; or the lease is over (nothing was sent)"
    ),
    Move(State.SENDING, State.SENT, "SES said yes"),
    Move(State.SENDING, State.PENDING, "SES said no for now, or was never reached"),
    Move(State.SENDING, State.FAILED, "SES said no for good"),
    Move(State.SENDING, State.UNKNOWN, "no answer, or the lease is over"),
    Move(State.UNKNOWN, State.SENT, "an SES event, or the late answer, proves the acceptance"),
    Move(State.UNKNOWN, State.PENDING, "the late answer: no for now, or never reached"),
    Move(State.UNKNOWN, State.FAILED, "the late answer: no for good"),
    Move(State.SENT, State.DELIVERED, "SES delivery event"),
    Move(State.SENT, State.BOUNCED, "SES bounce event"),
    Move(State.SENT, State.COMPLAINED, "SES complaint event"),
    Move(State.DELIVERED, State.COMPLAINED, "SES complaint event"),
)
TERMINAL = frozenset(
    {State.DELIVERED, State.BOUNCED, State.COMPLAINED, State.FAILED, State.SKIPPED}
)
TROUBLE = (State.FAILED, State.SKIPPED, State.UNKNOWN, State.BOUNCED, State.COMPLAINED)
"""States that people look for, and that are few beside the others."""
ACCEPTED = frozenset({State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED})


def may(old: State, new: State) -> bool:
    """Whether the table allows the move."""
    return any(move.old == old and move.new == new for move in MOVES)
