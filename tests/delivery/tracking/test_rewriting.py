"""What tracking puts into a mail's HTML, and what it leaves alone."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest

from tenantcrm.delivery.ports import Tracked
from tenantcrm.delivery.tracking.rewriting import Tracker
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, TrackedClaim

URL = "https://mail.example.com"
TENANT, MAIL = uuid4(), uuid4()
KEYRING = Keyring(("k" * 40,))
LEAVE = f'<a href="{URL}/u/token">Unsubscribe</a>'
PAGE = (
    '<html><body><p>Hi</p><a class="b" href="https://shop.example/?a=1&amp;b=2">Shop</a>'
    f'<a href="mailto:a@example.com">Mail</a>{LEAVE}</body></html>'
)
BOTH, CLICKS, OPENS = Tracked(True, True), Tracked(clicks=True), Tracked(opens=True)


@pytest.fixture
def own(settings: Settings) -> Tracker:
    return Tracker(replace(settings, public_url=URL, tracking="own"), KEYRING)


@pytest.fixture
def by_ses(settings: Settings) -> Tracker:
    return Tracker(replace(settings, public_url=URL, tracking="ses"), KEYRING)


def clicks(html: str) -> list[TrackedClaim | None]:
    return [KEYRING.read_click(t) for t in re.findall(rf'href="{URL}/c/([^"]*)"', html)]


def opens(html: str) -> list[TrackedClaim | None]:
    return [KEYRING.read_open(t) for t in re.findall(rf'<img src="{URL}/o/([^"]*)"', html)]


def test_off_is_off(own: Tracker):
    """A campaign that counts nothing gets its HTML as it was rendered."""
    assert own.apply(PAGE, TENANT, MAIL, Tracked()) == PAGE


def test_clicks(own: Tracker):
    """Links of the web lead through a token that holds exactly their address; nothing else does."""
    html = own.apply(PAGE, TENANT, MAIL, CLICKS)
    assert clicks(html) == [TrackedClaim(TENANT, MAIL, "https://shop.example/?a=1&b=2")]
    assert '<a class="b" href=' in html
    assert 'href="mailto:a@example.com"' in html
    assert LEAVE in html
    assert opens(html) == []


def test_opens(own: Tracker):
    """One image stands at the end of the content, and no link is touched."""
    html = own.apply(PAGE, TENANT, MAIL, OPENS)
    assert opens(html) == [TrackedClaim(TENANT, MAIL)]
    assert re.sub("<img[^>]*>(?=</body>)", "", html) == PAGE
    assert opens(own.apply("<p>no body", TENANT, MAIL, OPENS)) == [TrackedClaim(TENANT, MAIL)]


def test_twice_is_once(own: Tracker):
    """What leads through us already is left alone."""
    html = own.apply(PAGE, TENANT, MAIL, CLICKS)
    assert own.apply(html, TENANT, MAIL, CLICKS) == html


def test_a_link_with_a_mark_is_left_alone(own: Tracker):
    """``data-track="off"`` keeps one link out of a campaign that counts."""
    html = '<a data-track="off" href="https://a.example">a</a><a href="https://b.example">b</a>'
    tracked = own.apply(html, TENANT, MAIL, BOTH)
    assert [claim and claim.url for claim in clicks(tracked)] == ["https://b.example"]
    assert '<a data-track="off" href="https://a.example">' in tracked


def test_ses_tracks(by_ses: Tracker):
    """Where SES tracks we write no address of ours, and keep it from leaving and marked links."""
    marked = '<a data-track="off" href="https://a.example">a</a>'
    html = by_ses.apply(PAGE + marked, TENANT, MAIL, BOTH)
    assert "/c/" not in html
    assert "/o/" not in html
    assert html.count("ses:no-track") == 2
    assert LEAVE.replace("<a", "<a ses:no-track") in html
    assert marked.replace("<a", "<a ses:no-track") in html


def test_ses_does_not_track(by_ses: Tracker):
    """Where a campaign counts no clicks, SES is kept from every link; a mark stands once."""
    html = by_ses.apply(PAGE, TENANT, MAIL, OPENS)
    assert html.replace(" ses:no-track", "") == PAGE
    assert html.count("ses:no-track") == 2
    assert by_ses.apply(html, TENANT, MAIL, OPENS) == html
