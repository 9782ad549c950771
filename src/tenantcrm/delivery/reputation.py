"""Whether a tenant's bounces and complaints let it go on. Pure.

A tenant is stopped below the shares at which SES pauses a whole account (bounces of 10 %,
complaints of 0.5 %): one tenant must not cost all the others their mail. (Amazon SES developer
guide, "Sending review process FAQs".)
"""

from datetime import timedelta
from typing import NamedTuple

from tenantcrm.tenants.models import Standing

WINDOW = timedelta(days=7)
LEAST_SENT = 200
"""Mails below which a share says nothing."""
BOUNCES_WARN, BOUNCES_PAUSE = 0.04, 0.08
COMPLAINTS_WARN, COMPLAINTS_PAUSE = 0.0008, 0.003


class Counts(NamedTuple):
    """Of the window: mails asked for, hard bounces, complaints."""

    sent: int
    bounced: int
    complained: int


class Verdict(NamedTuple):
    """A standing, and why, in words for the tenant."""

    standing: str
    reason: str = ""


GOOD = Verdict(Standing.GOOD)


def judge(counts: Counts) -> Verdict:
    """The standing that the counts of seven days give.

    A pause ends by an operator alone: with nothing sent, the counts would end it by themselves.
    """
    if counts.sent < LEAST_SENT:
        return GOOD
    bounces, complaints = counts.bounced / counts.sent, counts.complained / counts.sent
    of = f"of {counts.sent:,} mails in 7 days"
    bounced = f"{bounces:.1%} {of} bounced"
    complained = f"{complaints:.2%} {of} were reported as spam"
    if complaints >= COMPLAINTS_PAUSE:
        return Verdict(Standing.PAUSED, f"{complained}; from {COMPLAINTS_PAUSE:.1%} on, it stops")
    if bounces >= BOUNCES_PAUSE:
        return Verdict(Standing.PAUSED, f"{bounced}; from {BOUNCES_PAUSE:.0%} on, it stops")
    if complaints >= COMPLAINTS_WARN:
        return Verdict(Standing.WARNED, f"{complained}; at {COMPLAINTS_PAUSE:.1%} it stops")
    if bounces >= BOUNCES_WARN:
        return Verdict(Standing.WARNED, f"{bounced}; at {BOUNCES_PAUSE:.0%} it stops")
    return GOOD
