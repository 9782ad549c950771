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


class By(StrEnum):
    """Who moves a delivery."""

    WORKER = "worker"
    ANSWER = "answer"
    """SES's answer to the request, early or late; or that none came."""
    EVENT = "event"
    """What SES tells afterwards."""
    PERSON = "person"
    POLICY = "policy"
    """The rule of :mod:`tenantcrm.delivery.unknown`."""


class Move(NamedTuple):
    """One allowed transition, who makes it and what triggers it."""

    old: State
    new: State
    trigger: str
    by: By


_PROOF = "an event of SES proves that it was taken"

MOVES = (
    Move(State.PENDING, State.CLAIMED, "a worker claims it", By.WORKER),
    Move(State.PENDING, State.SKIPPED, "unsubscribed, suppressed, erased, late", By.WORKER),
    Move(State.CLAIMED, State.SENDING, "preflight passed, committed before the request", By.WORKER),
    Move(State.CLAIMED, State.SKIPPED, "preflight found a reason not to send", By.WORKER),
    Move(State.CLAIMED, State.FAILED, "it cannot be rendered", By.WORKER),
    Move(
        State.SKIPPED,
        State.PENDING,
        "its recipient, who had left, undoes it within the time for that",
        By.PERSON,
    ),
    Move(
        State.CLAIMED,
        State.PENDING,
        "paused or suspended; or it goes on another day; or the lease is over (nothing was sent)",
        By.WORKER,
    ),
    Move(State.SENDING, State.SENT, "SES said yes", By.ANSWER),
    Move(State.SENDING, State.PENDING, "SES said no for now, or was never reached", By.ANSWER),
    Move(State.SENDING, State.FAILED, "SES said no for good", By.ANSWER),
    Move(State.SENDING, State.UNKNOWN, "no answer, or the lease is over", By.ANSWER),
    Move(State.UNKNOWN, State.SENT, "the late answer: yes", By.ANSWER),
    Move(State.UNKNOWN, State.PENDING, "the late answer: no for now, or never reached", By.ANSWER),
    Move(State.UNKNOWN, State.FAILED, "the late answer: no for good", By.ANSWER),
    Move(State.UNKNOWN, State.SENT, _PROOF, By.EVENT),
    Move(State.SENDING, State.SENT, _PROOF, By.EVENT),
    Move(State.PENDING, State.SENT, _PROOF, By.EVENT),
    Move(State.CLAIMED, State.SENT, _PROOF, By.EVENT),
    Move(State.FAILED, State.SENT, _PROOF, By.EVENT),
    Move(State.SKIPPED, State.SENT, _PROOF, By.EVENT),
    Move(State.SENT, State.FAILED, "SES rejects it after all, or cannot render it", By.EVENT),
    Move(State.SENT, State.DELIVERED, "SES delivery event", By.EVENT),
    Move(State.SENT, State.BOUNCED, "SES bounce event", By.EVENT),
    Move(State.SENT, State.COMPLAINED, "SES complaint event", By.EVENT),
    Move(State.DELIVERED, State.BOUNCED, "SES bounce event, later", By.EVENT),
    Move(State.DELIVERED, State.COMPLAINED, "SES complaint event", By.EVENT),
    Move(State.BOUNCED, State.COMPLAINED, "SES complaint event", By.EVENT),
    Move(
        State.UNKNOWN,
        State.PENDING,
        "silence proves that it was not taken: our own mail is sent once more",
        By.POLICY,
    ),
    Move(
        State.UNKNOWN,
        State.PENDING,
        "silence proves that it was not taken, and somebody resends it",
        By.PERSON,
    ),
    Move(State.UNKNOWN, State.PENDING, "an operator has it sent once more", By.PERSON),
    Move(State.UNKNOWN, State.SENT, "an operator who has looked says so", By.PERSON),
    Move(State.UNKNOWN, State.FAILED, "an operator who has looked says so", By.PERSON),
)
OUTCOMES = (State.SENT, State.FAILED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)
"""What events say became of a mail, the strongest last: whatever order they come in, it stands."""
TERMINAL = frozenset(
    {State.DELIVERED, State.BOUNCED, State.COMPLAINED, State.FAILED, State.SKIPPED}
)
"""Where a mail stays; SES's events alone may still tell it otherwise."""
TROUBLE = (State.FAILED, State.SKIPPED, State.UNKNOWN, State.BOUNCED, State.COMPLAINED)
"""States that people look for, and that are few beside the others."""
UNSENT = (State.FAILED, State.SKIPPED, State.UNKNOWN)
"""What has ended, and SES is not known to have taken it."""
ACCEPTED = frozenset({State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED})


def may(old: State, new: State, by: By | None = None) -> bool:
    """Whether the table allows the move; ``by``: to this one."""
    return any(
        move.old == old and move.new == new and (by is None or move.by == by) for move in MOVES
    )
