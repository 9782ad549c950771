"""Whether a program or a person looked at a mail."""

from datetime import UTC, datetime, timedelta

import pytest

from tenantcrm.delivery.tracking.sightings import AT_ONCE, Sighting, is_machine

SENT = datetime(2026, 3, 1, 10, tzinfo=UTC)
LATER = SENT + timedelta(minutes=10)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def seen(kind: str, agent: str, *, at: datetime = LATER, purpose: str = "") -> bool:
    sighting = Sighting(kind=kind, at=at, user_agent=agent, purpose=purpose)
    return is_machine(sighting, handed_over=SENT)


def test_people():
    """A browser minutes later is a person, and so is one who reads in Gmail."""
    assert not seen("click", FIREFOX)
    assert not seen("open", FIREFOX)
    assert not seen("open", GMAIL)


@pytest.mark.parametrize(
    "agent",
    ["", "Mozilla/5.0", "BarracudaCentral/1.0", "Proofpoint URL Defense", "python-requests/2.32",
     "Mozilla/5.0 (compatible; bingbot/2.0)", "curl/8.5.0"],
)  # fmt: skip
def test_programs_by_name(agent: str):
    """Scanners, robots, programs without a reader, and Apple's privacy proxy are machines."""
    assert seen("open", agent)
    assert seen("click", agent)


def test_image_proxies_follow_no_links():
    """What Gmail loads for a reader is an image and never a page."""
    assert seen("click", GMAIL)


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "preview"])
def test_browsers_that_load_ahead(purpose: str):
    """A browser that says that it loads ahead is a machine."""
    assert seen("click", FIREFOX, purpose=purpose)


def test_faster_than_reading():
    """In the first seconds after the mail was handed over nobody has read it."""
    assert seen("click", FIREFOX, at=SENT + AT_ONCE - timedelta(seconds=1))
    assert not seen("click", FIREFOX, at=SENT + AT_ONCE)
    unknown = Sighting(kind="click", at=SENT, user_agent=FIREFOX)
    assert not is_machine(unknown, handed_over=None)
