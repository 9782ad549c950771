"""What goes wrong on purpose: one plan, read by the side that takes requests and by the events'.

The shares of a request exclude each other: at most one of them happens to a request, each as
often as its share says. The shares of events are for whoever makes events to draw, one by one.
"""

import random
from collections import Counter
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Milliseconds = Annotated[float, Meta(ge=0, le=600_000)]
Fault = Literal[
    "throttle",
    "server_error",
    "reset",
    "accept_then_error",
    "accept_then_reset",
    "accept_then_timeout",
]
"""What may happen to a request, by the name of its share."""
_FAULTS: tuple[Fault, ...] = (
    "throttle",
    "server_error",
    "reset",
    "accept_then_error",
    "accept_then_reset",
    "accept_then_timeout",
)
_ROUNDING = 1e-9


class EventFaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong with events, as shares of them."""

    lost: Share = 0.0
    """Never made."""
    doubled: Share = 0.0
    """Published twice."""
    late: Share = 0.0
    """Published ``late_seconds`` of real time later."""
    late_seconds: Annotated[float, Meta(ge=0)] = 30.0
    reordered: Share = 0.0
    """Published after one that came later."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong with requests to send, as shares of them, and with events."""

    latency_ms: Milliseconds = 0.0
    """Real time before every answer, counted from the end of the request."""
    jitter_ms: Milliseconds = 0.0
    """The most that is added to the latency, evenly spread."""
    throttle: Share = 0.0
    """429 "Maximum sending rate exceeded"; nothing is taken."""
    server_error: Share = 0.0
    """500; nothing is taken."""
    reset: Share = 0.0
    """The connection breaks; nothing is taken."""
    accept_then_error: Share = 0.0
    """500, although the mail is taken."""
    accept_then_reset: Share = 0.0
    """The connection breaks, although the mail is taken."""
    accept_then_timeout: Share = 0.0
    """No answer at all, although the mail is taken; the connection stays."""
    entries_throttled: Share = 0.0
    """Of the entries of SendBulkEmail: ``ACCOUNT_THROTTLED`` in an answer that is a 200."""
    entries_failed: Share = 0.0
    """Of the entries of SendBulkEmail: ``TRANSIENT_FAILURE`` in an answer that is a 200."""
    events: EventFaults = EventFaults()

    def __post_init__(self) -> None:
        """Refuse shares that cannot exclude each other."""
        for together in (_FAULTS, ("entries_throttled", "entries_failed")):
            if sum(getattr(self, name) for name in together) > 1 + _ROUNDING:
                raise ValueError(f"{', '.join(together)} are more than 1 together")


class Faults:
    """The plan that holds, and what it has done so far. Nothing of it outlives the process."""

    def __init__(self) -> None:
        """Begin without any fault."""
        self.plan = Plan()
        self.injected: Counter[str] = Counter()
        """How often each happened; whoever injects a fault of an event counts it here too."""
        self._steps: list[tuple[float, Fault]] = []

    def follow(self, plan: Plan) -> None:
        """Let another plan hold from the next request on."""
        self.plan = plan
        self._steps = []
        reached = 0.0
        for name in _FAULTS:
            if share := getattr(plan, name):
                reached += share
                self._steps.append((reached, name))

    def draw(self) -> Fault | None:
        """What shall happen to the next request."""
        if not self._steps:
            return None
        drawn = random.random()  # noqa: S311 -- chance, not secrecy
        for reached, name in self._steps:
            if drawn < reached:
                self.injected[name] += 1
                return name
        return None

    def draw_entry(self) -> Literal["ACCOUNT_THROTTLED", "TRANSIENT_FAILURE"] | None:
        """What shall happen to the next entry of a bulk request."""
        plan = self.plan
        if not plan.entries_throttled and not plan.entries_failed:
            return None
        drawn = random.random()  # noqa: S311 -- chance, not secrecy
        if drawn < plan.entries_throttled:
            self.injected["entries_throttled"] += 1
            return "ACCOUNT_THROTTLED"
        if drawn < plan.entries_throttled + plan.entries_failed:
            self.injected["entries_failed"] += 1
            return "TRANSIENT_FAILURE"
        return None

    def delay(self) -> float:
        """Real seconds before the next answer."""
        plan = self.plan
        if not plan.latency_ms and not plan.jitter_ms:
            return 0.0
        return (plan.latency_ms + plan.jitter_ms * random.random()) / 1000  # noqa: S311 -- chance
