"""Where a worker can be killed, and what one life of a worker is to go through."""

import random

from msgspec import Struct

IN_A_COMMIT = ("before its commit", "during its commit", "after its commit")
COMMITTING = ("claim", "preflight", "finish")
IN_A_REQUEST = ("before it", "during it", "after it")
POINTS = tuple(f"{step}: {moment}" for step in COMMITTING for moment in IN_A_COMMIT) + tuple(
    f"request: {moment}" for moment in IN_A_REQUEST
)
"""The named steps; besides, workers are killed at any moment."""
AT_RANDOM = "at random"


class Plan(Struct, frozen=True, kw_only=True):
    """One life of a worker.

    It kills itself the ``passes``-th time that it comes to ``point``. Its machine is called
    ``host``, and the clock of that is ``skew`` seconds ahead, after ``skewed_after`` seconds.
    ``losses``: the share of its commits whose connection breaks, before they arrive or before
    they are answered. ``mutant``: what is broken in it on purpose.
    """

    life: int
    host: str
    point: str
    passes: int
    skew: float
    skewed_after: float
    losses: float
    seed: int
    notes: str
    log: str
    environment: dict[str, str]
    mutant: str | None = None


def passes_of(point: str, dice: random.Random) -> int:
    """How often a worker gets past a point before it dies there: of requests there are more."""
    return dice.randint(1, 30) if point.startswith("request") else dice.randint(1, 10)
