"""The account's pace: nine tenths, half after a 429, and rest where asking makes no sense."""

import pytest

from tenantcrm.delivery.account import RESTS, Account, retry_wait
from tenantcrm.delivery.answers import Scope


def test_nine_tenths_of_what_ses_says():
    """The fallback holds until SES has said its figure; a figure of nothing is not believed."""
    account = Account(14)
    assert account.rate(0) == pytest.approx(12.6)
    account.allow(100)
    assert account.rate(0) == pytest.approx(90)
    account.allow(0)
    assert account.rate(0) == pytest.approx(90)


def test_halved_once_for_many_refusals():
    """The refusals of one moment are one sign; the pace comes back within a minute."""
    account = Account(100)
    for _ in range(20):
        account.refused(Scope.RATE, 10.0)
    assert account.rate(10.0) == pytest.approx(45)
    account.refused(Scope.RATE, 11.5)
    assert account.rate(11.5) == pytest.approx(22.5, rel=0.05)
    assert account.rate(300.0) == pytest.approx(90)


def test_never_slower_than_a_crawl():
    """However often SES refuses, some mail is tried."""
    account = Account(100)
    for second in range(100):
        account.refused(Scope.RATE, float(second * 2))
    assert account.rate(198.0) >= 90 / 32
    assert account.burst(198.0) >= 1


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
