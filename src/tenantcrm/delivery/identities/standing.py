"""Where a domain stands after a look at it, and when to look again. Pure; machine time."""

from datetime import datetime, timedelta

from tenantcrm.delivery.identities.findings import Findings
from tenantcrm.delivery.identities.records import Part

PENDING, VERIFIED, FAILED = "pending", "verified", "failed"
SES_LOOKS_FOR = timedelta(hours=72)
"""How long SES looks for the records before it gives up (developer guide, "Easy DKIM")."""
MISSES = 3
"""Looks in a row at which SES no longer takes mail of a verified domain, until it has failed."""
PACE = (
    (timedelta(hours=1), timedelta(minutes=1)),
    (timedelta(hours=6), timedelta(minutes=5)),
    (timedelta(hours=24), timedelta(minutes=15)),
    (SES_LOOKS_FOR, timedelta(hours=1)),
)
"""Up to which age of the request, how long to the next look."""
DAILY, HOURLY = timedelta(days=1), timedelta(hours=1)
FAILED_WORD = "FAILED"


def state_after(
    state: str, findings: Findings, *, proved: bool, asked_anew: bool, now: datetime
) -> str:
    """The state that these findings lead to.

    Args:
        state: the state so far.
        findings: of the look.
        proved: whether the domain is the tenant's own.
        asked_anew: whether SES has just been told to look for the records again.
        now: machine time.
    """
    if findings.ses.verified and proved:
        return VERIFIED
    if state == VERIFIED:
        return FAILED if findings.misses >= MISSES else VERIFIED
    if state == FAILED and not asked_anew:
        return FAILED
    return FAILED if age(findings, now) > SES_LOOKS_FOR else PENDING


def misses_after(state: str, before: Findings, *, verified: bool) -> int:
    """How often in a row SES has not called a verified domain verified, with this time."""
    return before.misses + 1 if state == VERIFIED and not verified else 0


def gave_up(findings: Findings) -> bool:
    """Whether SES has stopped to look although the records are there: it has to be asked anew."""
    stopped = findings.ses.dkim == FAILED_WORD or not findings.ses.known
    return stopped and findings.all_found(Part.DKIM)


def next_look(state: str, findings: Findings, *, now: datetime, spread: float) -> datetime:
    """When to look again. ``spread``: 0 to 1, so that domains do not all come at once."""
    wait = _wait(state, findings, age(findings, now))
    return now + wait * (0.95 + spread / 10)


def age(findings: Findings, now: datetime) -> timedelta:
    """For how long SES has been looking."""
    return now - findings.since if findings.since else timedelta(0)


def _wait(state: str, findings: Findings, since: timedelta) -> timedelta:
    if state == VERIFIED and findings.misses:
        return HOURLY
    complete = state == VERIFIED and not findings.outstanding
    if state == FAILED or complete:
        return DAILY
    return next((wait for until, wait in PACE if since < until), DAILY)
