"""What the layouts need to know around a page: who is signed in, where, and what to tell them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Level = Literal["info", "success", "warn", "danger"]
NEAR = 0.8
"""Of a quota: from here on people are warned."""


def level_of(used: float, most: float) -> Level | None:
    """Of a limit: `danger` at its end, `warn` from four fifths on, else nothing."""
    if used >= most:
        return "danger"
    return "warn" if used >= most * NEAR else None


@dataclass(frozen=True, slots=True)
class Flash:
    """One message of the server, shown once, on the page after the one that caused it."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class SandboxRibbon:
    """The time machine's line: its time, the next send, and where to skip and to read mail.

    ``leaving``: mails that are due and on their way out; a skip may make them too late.
    """

    now: datetime
    next_send: datetime | None
    leaving: int
    skip_url: str
    inbox_url: str


@dataclass(frozen=True, slots=True)
class Quota:
    """Mails of campaigns in 24 hours: how many left, of how many; `warm_up`: of a young account."""

    used: int
    most: int
    warm_up: bool

    @property
    def level(self) -> Level | None:
        """How close it is to its end."""
        return level_of(self.used, self.most)


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a signed-in page, with what stands in the way of sending in a banner.

    `tenant_id`: in hex. `suspended_reason`: the operator's words. `standing`: `good`, or what
    bounces and complaints have led to, with the figures in `standing_reason`. `others`: id (hex)
    and name of the other tenants of whoever is signed in.
    """

    tenant_name: str
    user_name: str
    user_email: str
    tenant_id: str = ""
    suspended_reason: str | None = None
    standing: str = "good"
    standing_reason: str = ""
    sandbox: SandboxRibbon | None = None
    others: tuple[tuple[str, str], ...] = ()
    quota: Quota | None = None
    flashes: tuple[Flash, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorShell:
    """The frame of an operator's page."""

    operator_email: str
    flashes: tuple[Flash, ...] = ()
