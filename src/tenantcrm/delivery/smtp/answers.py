"""What an SMTP server's answer means for a mail, and for the mails behind it. Pure.

(RFC 5321, 4.2: replies; 4.2.1: 4xx and 5xx say that the action was not done; 3.8: a lost
connection; RFC 4954, 6: AUTH; RFC 5248 and its registry: enhanced codes.)
"""

import re
from enum import StrEnum

from tenantcrm.delivery.answers import LONGEST_DETAIL, Outcome, Scope
from tenantcrm.delivery.states import State

NO_ANSWER = "smtp_no_answer"
UNREACHABLE = "smtp_unreachable"
_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),;]+")


class Stage(StrEnum):
    """How far a mail has come when something happens to it."""

    CONNECT = "connect"
    """Up to the greeting, EHLO and TLS."""
    AUTH = "auth"
    MAIL = "mail"
    """Its sender is being named."""
    RCPT = "rcpt"
    """Its recipient is being named."""
    DATA = "data"
    """It was asked whether it may come."""
    CONTENT = "content"
    """It is on its way, its end included: from here on nobody knows until the server says so."""


class SmtpError(Exception):
    """A mail was not taken, or perhaps was; ``outcome`` says which."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep what it came to."""
        super().__init__(outcome.reason)
        self.outcome = outcome


_MALFORMED = frozenset({500, 501, 502, 503, 504, 552, 555})
"""Replies to MAIL that are about this command or the mail's size, and not about the sender."""
_NOT_LET_IN = frozenset({530, 534, 535, 538})
CLOSING = 421
"""The server closes the connection after this reply, to whatever it is."""
_FULL = 452
_REFUSED = range(500, 600)
_NOT_NOW = range(400, 500)


def refused(stage: Stage, code: int, words: str) -> Outcome:
    """What a reply is that does not say yes."""
    if code not in _NOT_NOW and code not in _REFUSED:
        # No reply of SMTP: whoever sent it may have done anything.
        return lost(stage, f"Answered {code} {words}")
    if stage is Stage.CONTENT and code == CLOSING:
        # A relay in between says so, too, when it has lost the server behind it.
        return lost(stage, words)
    state, scope = _by_code(stage, code)
    return Outcome(
        state=state, reason=f"smtp_{code}", detail=_shown(f"{code} {words}"), scope=scope
    )


def _by_code(stage: Stage, code: int) -> tuple[State, Scope]:
    if code in _NOT_LET_IN or (stage is Stage.AUTH and code in _REFUSED):
        return State.PENDING, Scope.ACCOUNT
    if stage in {Stage.CONNECT, Stage.AUTH} or code == CLOSING:
        return State.PENDING, Scope.UNREACHABLE
    if code in _NOT_NOW:
        # Before anybody is named, and for want of space, it is not this mail that is turned away.
        every = stage in {Stage.MAIL, Stage.DATA} or code == _FULL
        return State.PENDING, Scope.RATE if every else Scope.MAIL
    if stage is Stage.MAIL and code not in _MALFORMED:
        return State.PENDING, Scope.SENDER
    return State.FAILED, Scope.MAIL


def lost(stage: Stage, words: str) -> Outcome:
    """What a connection is that broke, or said nothing in time."""
    if stage is Stage.CONTENT:
        return Outcome(state=State.UNKNOWN, reason=NO_ANSWER, detail=_shown(words))
    return Outcome(
        state=State.PENDING, reason=UNREACHABLE, detail=_shown(words), scope=Scope.UNREACHABLE
    )


def not_let_in(words: str) -> Outcome:
    """What it is when the server cannot be used as it is set up."""
    return Outcome(
        state=State.PENDING, reason="smtp_not_let_in", detail=_shown(words), scope=Scope.ACCOUNT
    )


def busy() -> Outcome:
    """What it is when every connection is in use for longer than a mail may wait."""
    return Outcome(state=State.PENDING, reason="smtp_busy", scope=Scope.RATE)


def read(fault: Exception) -> Outcome:
    """What a send that raised ``fault`` has come to."""
    if isinstance(fault, SmtpError):
        return fault.outcome
    return lost(Stage.CONTENT, f"It broke off here ({type(fault).__name__})")


def receipt(words: str, to: str) -> str:
    """What the server said when it took a mail: all that it will ever say of it."""
    return f"smtp: {_shown(words.replace(to, 'the recipient'))}"


def _shown(words: str) -> str:
    """Words of a server in one line, without people's addresses: the ledger keeps none."""
    line = " ".join(_ADDRESS.sub("the address", words.encode("ascii", "replace").decode()).split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 3] + "..."
