"""When a notification is tried again. Pure rules.

Source: Amazon SNS developer guide, "Amazon SNS message delivery retries": 5xx, 429 and no answer at
all are tried again; any other 4xx is the customer's last word. The pauses are a laptop's, not
Amazon's: who develops starts processes again every few minutes.
"""

from typing import Literal

Verdict = Literal["delivered", "failed", "again"]
MOST_ATTEMPTS = 200
"""More than an hour, with the pauses below."""
ANSWER_SECONDS = 15.0
"""How long an endpoint may take to answer, as with SNS."""
_SUCCESS, _CLIENT, _SERVER = 200, 400, 500
_TOO_MANY = 429
_FIRST, _LONGEST, _CONFIRMING = 0.1, 20.0, 2.0
_DOUBLINGS = 12


def verdict(status: int, attempts: int) -> Verdict:
    """What an answer means; ``status`` 0: there was none. ``attempts``: with this one."""
    if _SUCCESS <= status < _SUCCESS + 100:
        return "delivered"
    retried = status in {0, _TOO_MANY} or status >= _SERVER
    return "again" if retried and attempts < MOST_ATTEMPTS else "failed"


def pause(attempts: int) -> float:
    """Seconds until the next attempt, after so many."""
    return float(min(_LONGEST, _FIRST * 2 ** min(attempts - 1, _DOUBLINGS)))


def confirming(attempts: int) -> float:
    """Seconds until a confirmation is asked for again: it goes on until there is one."""
    return min(_CONFIRMING, pause(attempts))


def rest(failures: int) -> float:
    """Seconds for which an endpoint is left alone that did not answer so many times in a row."""
    return min(_CONFIRMING, pause(failures))
