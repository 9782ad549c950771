"""How often loops look, under the time machine too."""

from tenantcrm import clock

LONGEST, SHORTEST = 1.0, 0.05
VIRTUAL = 600.0
"""Ten minutes of business time pass at most between two looks, where the machine can keep up."""


def tick() -> float:
    """Real seconds between two looks for what is due."""
    return max(SHORTEST, min(LONGEST, VIRTUAL / clock.rate()))
