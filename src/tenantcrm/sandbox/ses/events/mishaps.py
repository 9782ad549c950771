"""What goes wrong with an event on purpose, as the plan of faults says."""

import random
from dataclasses import dataclass

from tenantcrm.sandbox.ses.faults import Faults

_REORDERED = (0.2, 1.0)
"""Real seconds by which an event is overtaken."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong with one event. ``later``: real seconds."""

    names: tuple[str, ...] = ()
    later: float = 0.0

    @property
    def copies(self) -> int:
        """How often it is published."""
        return 0 if "lost" in self.names else 2 if "doubled" in self.names else 1


NONE = Mishap()


def draw(faults: Faults) -> Mishap:
    """What shall go wrong with the next event; it is counted."""
    plan = faults.plan.events
    if not (plan.lost or plan.doubled or plan.late or plan.reordered):
        return NONE
    shares = {
        "lost": plan.lost,
        "doubled": plan.doubled,
        "late": plan.late,
        "reordered": plan.reordered,
    }
    names = tuple(name for name, share in shares.items() if random.random() < share)  # noqa: S311 -- chance
    faults.injected.update(names)
    later = plan.late_seconds if "late" in names else 0.0
    if "reordered" in names:
        later += random.uniform(*_REORDERED)  # noqa: S311 -- chance
    return Mishap(names, later)


def same_message() -> bool:
    """Whether the double is of SNS, which posts one message twice, or of SES, which publishes it
    twice: then it comes under an id of its own. As often the one as the other.
    """
    return random.random() < 0.5  # noqa: PLR2004, S311 -- half; chance
