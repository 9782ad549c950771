"""The account: what SES allows, and rest where asking makes no sense."""

import pytest

from tenantcrm.delivery.account import HEADROOM, RESTS, Account, factor_after, retry_wait
from tenantcrm.delivery.answers import Scope


def test_a_little_below_what_ses_says():
    """The fallback holds until SES has said its figure; a figure of nothing is not believed."""
    account = Account(14)
    assert account.rate == pytest.approx(14 * HEADROOM)
    account.allow(100)
    assert account.rate == pytest.approx(100 * HEADROOM)
    account.allow(0)
    assert account.rate == pytest.approx(100 * HEADROOM)


def test_the_day():
    """SES's figure of a day is kept; minus one is no limit."""
    account = Account(14)
    assert account.day is None
    account.allow_a_day(50_000, 120)
    assert account.day == (50_000, 120)
    account.allow_a_day(-1, 0)
    assert account.day == (None, 0)


def test_the_pace_comes_back():
    """A pace that was halved is whole again after a minute, and not faster than that."""
    assert factor_after(0.5, 0) == 0.5
    assert 0.5 < factor_after(0.5, 30) < 1
    assert factor_after(0.5, 60) == 1
    assert factor_after(0.5, 1e9) == 1


@pytest.mark.parametrize("scope", RESTS)
def test_rests(scope: Scope):
    """A refusal that is about everything stops everything, for its time."""
    account = Account(100)
    account.refused(scope, 5.0)
    assert account.rests(5.0) == RESTS[scope]
    assert account.rests(5.0 + RESTS[scope]) == 0


@pytest.mark.parametrize("scope", [Scope.MAIL, Scope.SENDER])
def test_goes_on(scope: Scope):
    """A refusal of one mail or one sender stops nobody else."""
    account = Account(100)
    account.refused(scope, 5.0)
    assert account.rests(5.0) == 0


@pytest.mark.parametrize("scope", list(Scope))
def test_waits_grow_and_end(scope: Scope):
    """A mail waits longer each time, never longer than its scope needs, and never not at all."""
    waits = [retry_wait(scope, attempt, 0.5) for attempt in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[0] >= 0.75
    assert waits[-1] <= 1000
