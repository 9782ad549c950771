"""Whether a program looked at a mail, or a person. Pure; a guess, and told as one.

Nothing tells the two apart for certain. What is marked ``machine`` is left out of figures; what
is not may still be one: scanners that pretend to be a browser, minutes later, look like people.
"""

import re
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from tenantcrm.delivery.events import machines

OPEN: Final = "open"
CLICK: Final = "click"
AT_ONCE = timedelta(seconds=5)
"""Business time after the mail was handed over, or delivered, in which nobody has read it yet."""
_IMAGE_PROXY = re.compile(r"imageproxy|mailproxy", re.IGNORECASE)
"""Gmail's and Yahoo's load images for people who open a mail. People follow links themselves."""
_SPECULATIVE = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


class Sighting(Struct, frozen=True, kw_only=True):
    """A tracked image was loaded, or a tracked link followed."""

    kind: Literal["open", "click"]
    at: datetime
    """Business time."""
    user_agent: str = ""
    purpose: str = ""
    """``Sec-Purpose``, ``Purpose`` or ``X-Moz``: why a browser asks (Fetch, 3.10)."""


def is_machine(sighting: Sighting, *, handed_over: datetime | None) -> bool:
    """Whether it was a program of its own accord.

    Args:
        sighting: what was seen.
        handed_over: business time at which the mail was delivered, or else at which the mail
            service was asked for it; None when nobody knows.
    """
    if machines.is_machine(sighting.user_agent):
        return True
    if _SPECULATIVE.search(sighting.purpose):
        return True
    if sighting.kind == CLICK and _IMAGE_PROXY.search(sighting.user_agent):
        return True
    return handed_over is not None and sighting.at < handed_over + AT_ONCE
