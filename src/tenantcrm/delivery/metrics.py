"""What a worker measures of delivery. Names begin with ``tenantcrm_``; no label names a tenant.

Counters and histograms are of the process; the gauges of what waits are of the installation, and
every worker shows the same: take the maximum of them, never the sum.
"""

from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.repository import waiting as queue
from tenantcrm.delivery.schemas import Moved
from tenantcrm.delivery.states import Kind, State

LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
LAGS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400)

CLAIMED = Counter("tenantcrm_mails_claimed", "Mails that were claimed", ["kind"])
SETTLED = Counter("tenantcrm_mails_settled", "Answers that were written down", ["state"])
REFUSED = Counter("tenantcrm_mails_refused", "Answers that were no acceptance", ["code", "scope"])
THROTTLED = Counter("tenantcrm_throttled", "Mails refused because requests came too fast")
REQUEST_SECONDS = Histogram(
    "tenantcrm_request_seconds", "From a request to its answer", buckets=LATENCIES
)
IN_FLIGHT = Gauge("tenantcrm_requests_in_flight", "Requests under way", multiprocess_mode="livesum")
LAG_SECONDS = Histogram(
    "tenantcrm_lag_seconds", "From due to accepted, in business time", ["kind"], buckets=LAGS
)
RESCUED = Counter("tenantcrm_mails_rescued", "Mails taken from workers that are gone", ["state"])
LANES_DUE = Gauge(
    "tenantcrm_lanes_due", "Lanes with something due", ["kind"], multiprocess_mode="livemax"
)
OLDEST_DUE = Gauge(
    "tenantcrm_oldest_due_seconds",
    "For how long the oldest mail that is due has waited, in business time",
    ["kind"],
    multiprocess_mode="livemax",
)
UNKNOWN = Gauge(
    "tenantcrm_mails_unknown",
    "Mails that are unknown, as last counted",
    multiprocess_mode="livemax",
)
WORKER_UP = Gauge(
    "tenantcrm_worker_up", "1 while this worker takes mails; 0 when it drains",
    multiprocess_mode="livesum",
)  # fmt: skip


def claimed(kind: str, count: int) -> None:
    """Mails were claimed."""
    CLAIMED.labels(kind).inc(count)


def answered(seconds: float, outcomes: Sequence[Outcome]) -> None:
    """A request is over."""
    REQUEST_SECONDS.observe(seconds)
    for outcome in outcomes:
        if outcome.state is State.SENT:
            continue
        REFUSED.labels(outcome.reason or "none", outcome.scope).inc()
        if outcome.scope is Scope.RATE:
            THROTTLED.inc()


def settled(moved: Sequence[Moved]) -> None:
    """Answers were written down."""
    now = clock.now()
    for state, count in Tally(mail.state for mail in moved).items():
        SETTLED.labels(state).inc(count)
    for mail in moved:
        if mail.state == State.SENT:
            LAG_SECONDS.labels(mail.kind).observe(max(0.0, (now - mail.due_at).total_seconds()))


def rescued(moved: Sequence[Moved]) -> None:
    """Mails were taken from workers that are gone."""
    for state, count in Tally(mail.state for mail in moved).items():
        RESCUED.labels(state).inc(count)


async def look(database: Database) -> None:
    """Look at what waits."""
    now = clock.now()
    async with database.control_unit_of_work() as control:
        waiting = {found.kind: found for found in await queue.waiting(control, now=now)}
        UNKNOWN.set(await queue.unknown(control))
    for kind in Kind:
        found = waiting.get(kind)
        LANES_DUE.labels(kind).set(found.lanes if found else 0)
        OLDEST_DUE.labels(kind).set(_seconds(now, found.oldest) if found else 0)


def _seconds(now: datetime, then: datetime) -> float:
    return max(0.0, (now - then).total_seconds())
