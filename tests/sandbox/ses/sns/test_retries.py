import pytest

from tenantcrm.sandbox.ses.sns.retries import MOST_ATTEMPTS, confirming, pause, rest, verdict


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (0, "again"),
        (429, "again"),
        (500, "again"),
        (503, "again"),
        (301, "failed"),
        (400, "failed"),
        (404, "failed"),
        (410, "failed"),
    ],
)
def test_what_an_answer_means(status, means):
    """Silence, 429 and 5xx are tried again; every other refusal is the last word."""
    assert verdict(status, 1) == means


def test_it_ends():
    """After so many attempts it is given up, and not before it was tried for an hour."""
    assert verdict(503, MOST_ATTEMPTS) == "failed"
    assert sum(pause(attempt) for attempt in range(1, MOST_ATTEMPTS)) > 3600


def test_pauses_grow_and_stay_bounded():
    """Each pause is as long as the one before or longer, and no endpoint waits for minutes."""
    for rule in (pause, confirming, rest):
        pauses = [rule(attempt) for attempt in range(1, 60)]
        assert pauses == sorted(pauses)
        assert pauses[0] <= 0.1
        assert pauses[-1] <= 20
