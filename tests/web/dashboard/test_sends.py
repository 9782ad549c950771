"""The pages of the ledger."""

import re

import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import add_campaign, add_contact, add_message, plain


async def test_empty_at_first(owner: Visitor):
    """Our own mails to people are no sends of the tenant's: the ledger starts empty."""
    assert "Nothing here" in (await owner.get("/sends")).text


async def test_one_mail_tells_why(owner: Visitor):
    """A mail in the list leads to a page with its state, its recipient, its ids and the reason."""
    await add_contact(owner, "ada@example.com")
    message = await add_message(owner, await add_campaign(owner, name="Morning"))
    await owner.post(f"{message}/test", page=message)
    page = (await owner.get("/sends")).text
    link = re.search(r'href="(/sends/[0-9a-f]{32})"', page)
    assert link
    shown = plain((await owner.get(link.group(1))).text)
    for words in ("Test mail", "dlv_", "Requests to SES 0", "Pending"):
        assert words in shown


@pytest.mark.parametrize("state", ["pending", "sent", "skipped", "failed", "unknown", "nonsense"])
async def test_by_state(owner: Visitor, state: str):
    """Each state is a tab that can be sent to a colleague; an unknown one shows all."""
    message = await add_message(owner, await add_campaign(owner))
    await owner.post(f"{message}/test", page=message)
    page = await owner.get(f"/sends?state={state}")
    assert page.status_code == 200
    assert ("/sends/" in page.text.split("<main")[1]) == (state in {"pending", "nonsense"})


async def test_by_campaign(owner: Visitor):
    """A campaign's number of sent mails opens those that were sent, not what was skipped."""
    campaign = await add_campaign(owner)
    name = campaign.rsplit("/", 1)[1]
    assert f'href="/sends?campaign={name}&amp;state=sent"' in (await owner.get(campaign)).text
    assert (await owner.get(f"/sends?campaign={name}&state=sent")).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sends/x", 404),
        ("/sends/" + "0" * 32, 404),
        ("/sends?campaign=x", 404),
        ("/sends?after=x", 422),
    ],
)
async def test_unknown_ones_are_refused(owner: Visitor, path: str, status: int):
    """What is no mail, campaign or cursor is a page that says so."""
    assert (await owner.get(path)).status_code == status
