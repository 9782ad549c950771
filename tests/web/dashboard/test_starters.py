"""Sequences to start from, in the dashboard."""

import re

import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import plain, went_to


@pytest.mark.parametrize(
    ("key", "name", "mails"),
    [("trial-onboarding", "Trial onboarding", 6), ("win-back", "Win-back", 3)],
)
async def test_a_draft_is_made(owner: Visitor, key: str, name: str, mails: int):
    """A click makes a draft with all its mails; a second one makes another draft."""
    page = plain((await owner.get("/campaigns/starters")).text)
    assert name in page
    first = went_to(await owner.post("/campaigns/starters", starter=key))
    second = went_to(await owner.post("/campaigns/starters", starter=key))
    assert first != second
    for campaign in (first, second):
        text = (await owner.get(campaign)).text
        assert "Draft" in plain(text)
        assert text.count('class="day-subject"') == mails
    assert plain((await owner.get("/campaigns")).text).count(f"{name} ") == 2


async def test_every_mail_can_be_previewed(owner: Visitor):
    """Each of its mails renders for an example contact, in HTML and as text."""
    campaign = went_to(await owner.post("/campaigns/starters", starter="trial-onboarding"))
    text = (await owner.get(campaign)).text
    mails = set(re.findall(rf'href="{campaign}/messages/([0-9a-f]{{32}})"', text))
    assert len(mails) == 6
    for mail in mails:
        page = await owner.get(f"{campaign}/messages/{mail}/preview")
        assert page.status_code == 200
        assert "Unsubscribe" in page.text
        assert "{{" not in page.text


async def test_one_that_is_not_there(owner: Visitor):
    """A sequence that does not exist is not found."""
    answer = await owner.post("/campaigns/starters", starter="nothing")
    assert answer.status_code == 404
