"""Where a domain stands after a look, and when it is looked at again."""

from datetime import UTC, datetime, timedelta

import pytest

from tenantcrm.delivery.identities.findings import Findings, RecordState, SesWord, Sighting
from tenantcrm.delivery.identities.records import Part
from tenantcrm.delivery.identities.standing import (
    FAILED,
    MISSES,
    PENDING,
    VERIFIED,
    gave_up,
    misses_after,
    next_look,
    state_after,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def findings(hours: float = 0, *, verified: bool = False, misses: int = 0, found: bool = True):
    state = RecordState.FOUND if found else RecordState.MISSING
    record = Sighting(part=Part.DKIM, type="CNAME", name="n", value="v", state=state)
    return Findings(
        records=(record,),
        ses=SesWord(known=True, verified=verified, dkim="SUCCESS" if verified else "FAILED"),
        since=NOW - timedelta(hours=hours),
        misses=misses,
    )


def after(state: str, found: Findings, *, proved: bool = True, asked_anew: bool = False) -> str:
    return state_after(state, found, proved=proved, asked_anew=asked_anew, now=NOW)


def test_verified_by_ses_and_by_proof():
    """It takes SES's word and the proof of whose it is; one of them is not enough."""
    assert after(PENDING, findings(verified=True)) == VERIFIED
    assert after(PENDING, findings(verified=True), proved=False) == PENDING
    assert after(PENDING, findings()) == PENDING


def test_ses_gives_up_after_three_days():
    """What is not verified within SES's 72 hours has failed, until SES is asked anew."""
    assert after(PENDING, findings(71)) == PENDING
    assert after(PENDING, findings(73)) == FAILED
    assert after(FAILED, findings(1)) == FAILED
    assert after(FAILED, findings(0), asked_anew=True) == PENDING
    assert after(FAILED, findings(73, verified=True)) == VERIFIED


def test_a_verified_domain_fails_after_several_looks():
    """One miss is no failure; so many in a row are, and a hit in between starts anew."""
    assert after(VERIFIED, findings(misses=MISSES - 1)) == VERIFIED
    assert after(VERIFIED, findings(misses=MISSES)) == FAILED
    before = findings(misses=1)
    assert misses_after(VERIFIED, before, verified=False) == 2
    assert misses_after(VERIFIED, before, verified=True) == 0
    assert misses_after(PENDING, before, verified=False) == 0


@pytest.mark.parametrize(
    ("state", "found", "wait"),
    [
        (PENDING, findings(0.5, found=False), timedelta(minutes=1)),
        (PENDING, findings(3, found=False), timedelta(minutes=5)),
        (PENDING, findings(12, found=False), timedelta(minutes=15)),
        (PENDING, findings(48, found=False), timedelta(hours=1)),
        (FAILED, findings(100, found=False), timedelta(days=1)),
        (VERIFIED, findings(0.5, verified=True), timedelta(days=1)),
        (VERIFIED, findings(0.5, verified=True, found=False), timedelta(minutes=1)),
        (VERIFIED, findings(500, verified=True, found=False), timedelta(days=1)),
        (VERIFIED, findings(500, misses=1), timedelta(hours=1)),
    ],
)
def test_pace(state: str, found: Findings, wait: timedelta):
    """Often at first, then slower; a verified one daily; one that misses again within the hour."""
    for spread in (0.0, 1.0):
        due = next_look(state, found, now=NOW, spread=spread) - NOW
        assert wait * 0.949 <= due <= wait * 1.051


def test_gave_up():
    """SES is asked anew once the records are there although it had stopped to look."""
    assert gave_up(findings())
    assert not gave_up(findings(found=False))
    assert not gave_up(findings(verified=True))
