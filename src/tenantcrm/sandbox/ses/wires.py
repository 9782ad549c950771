"""Whom the simulator tells of mails, as it is started."""

from dataclasses import dataclass

NAME = "tenantcrm"
"""Of the configuration set and of the topic."""
DESTINATION = QUEUE = "tenantcrm-events"
"""Of the event destination, and of the queue where there is one."""


@dataclass(frozen=True, slots=True)
class Wires:
    """Whom to tell of mails, from the start."""

    url: str = ""
    """Where the simulator answers, for the links in what it posts; empty: as it is asked."""
    webhook: str | None = None
    """Posted to, signed as SNS does."""
    queue: str | None = None
    """The name of a queue that gets what SNS would post."""
    delay: float = 0.03
    """Real seconds from a mail to what happens to it."""
