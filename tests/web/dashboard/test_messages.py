"""The pages of a campaign's messages."""

import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import (
    MESSAGE,
    add_campaign,
    add_contact,
    add_message,
    plain,
    went_to,
)


async def test_days_are_proposed(owner: Visitor):
    """The first message is proposed for day 0, the next for two days after the last."""
    campaign = await add_campaign(owner)
    assert 'name="send_day" value="0"' in (await owner.get(f"{campaign}/messages/new")).text
    await add_message(owner, campaign, send_day="3")
    assert 'name="send_day" value="5"' in (await owner.get(f"{campaign}/messages/new")).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("subject", "", "is needed"),
        ("subject", "Hi {{ contact.name", "line 1"),
        ("html_template", "", "needs a template"),
        ("html_template", "<p>\n\n{% if contact.name %}x</p>", "line"),
        ("html_template", "<p>\n{{ contact.name | nonsense }}</p>", "line 2"),
        ("send_day", "-1", "before day 0 needs"),
        ("send_day", "--1", "whole number"),
        ("send_day", "²", "whole number"),
        ("send_day", "9" * 5000, "whole number"),
        ("send_day", "3651", "3650"),
        ("format", "pdf", "Choose HTML"),
    ],
)
async def test_refused_with_words(owner: Visitor, field: str, value: str, words: str):
    """A message that cannot be is 422: the field and the line are named, what was typed stays."""
    campaign = await add_campaign(owner)
    answer = await owner.post(f"{campaign}/messages/new", **(MESSAGE | {field: value}))
    assert answer.status_code == 422
    assert words.lower() in answer.text.lower()
    assert f'id="f-{field}-error"' in answer.text
    assert "No messages yet" in (await owner.get(campaign)).text


async def test_a_day_is_taken_once(owner: Visitor):
    """Two messages of a campaign cannot have one day."""
    campaign = await add_campaign(owner)
    await add_message(owner, campaign)
    answer = await owner.post(f"{campaign}/messages/new", **MESSAGE)
    assert answer.status_code == 422
    assert "Another message goes out on day 0" in answer.text


async def test_changed(owner: Visitor):
    """What is saved is what the page shows next."""
    message = await add_message(owner, await add_campaign(owner))
    changed = MESSAGE | {"subject": "Changed", "send_day": "4", "version": "1"}
    assert went_to(await owner.post(message, **changed)) == message
    page = (await owner.get(message)).text
    assert 'value="Changed"' in page
    assert 'name="send_day" value="4"' in page


async def test_a_bad_change_is_not_kept(owner: Visitor):
    """A broken template is refused with its line; the stored message is as it was."""
    message = await add_message(owner, await add_campaign(owner))
    answer = await owner.post(message, **(MESSAGE | {"html_template": "a\n{% bad %}"}))
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert "{% bad %}" in answer.text
    assert "{% bad %}" not in (await owner.get(message)).text


async def test_two_tabs_one_message(owner: Visitor):
    """The second save of an older form shows both texts; only the answer to that writes over."""
    message = await add_message(owner, await add_campaign(owner))
    first, second = (MESSAGE | {"subject": s, "version": "1"} for s in ("First", "Second"))
    await owner.post(message, **first)
    answer = await owner.post(message, **second)
    assert answer.status_code == 422
    assert 'value="Second"' in answer.text
    assert "Subject Stored First Yours Second" in plain(answer.text)
    assert 'name="over" value="2"' in answer.text
    assert 'value="First"' in (await owner.get(message)).text
    assert (await owner.post(message, **second)).status_code == 422
    await owner.post(message, **(MESSAGE | {"subject": "Third", "version": "2"}))
    assert (await owner.post(message, **(second | {"over": "2"}))).status_code == 422
    assert went_to(await owner.post(message, **(second | {"over": "3"}))) == message
    assert 'value="Second"' in (await owner.get(message)).text


async def test_another_message_is_no_conflict(owner: Visitor):
    """Two people may each write a message of one campaign."""
    campaign = await add_campaign(owner)
    one = await add_message(owner, campaign)
    other = await add_message(owner, campaign, send_day="2")
    await owner.post(one, **(MESSAGE | {"subject": "One", "version": "1"}))
    answer = await owner.post(
        other, **(MESSAGE | {"subject": "Other", "send_day": "2", "version": "1"})
    )
    assert went_to(answer) == other


async def test_reordered_by_buttons(owner: Visitor):
    """Up and Down swap the days of neighbours; at the end of the line nothing happens."""
    campaign = await add_campaign(owner)
    first = await add_message(owner, campaign, subject="Alpha")
    second = await add_message(owner, campaign, subject="Beta", send_day="2")
    await owner.post(f"{second}/move", page=campaign, direction="up")
    page = (await owner.get(campaign)).text
    assert page.index("Beta") < page.index("Alpha")
    assert 'name="send_day" value="2"' in (await owner.get(first)).text
    await owner.post(f"{second}/move", page=campaign, direction="up")
    assert 'name="send_day" value="0"' in (await owner.get(second)).text
    await owner.post(f"{second}/move", page=campaign, direction="down")
    assert 'name="send_day" value="0"' in (await owner.get(first)).text


async def test_preview_is_the_mail_under_its_own_policy(owner: Visitor):
    """The frame shows the mail as the chosen contact gets it, and nothing in it may run."""
    contact = await add_contact(owner, "ada@example.com", name="Ada <3")
    message = await add_message(owner, await add_campaign(owner))
    chosen = contact.rsplit("/", 1)[1]
    answer = await owner.get(f"{message}/preview?as={chosen}")
    policy = answer.headers["content-security-policy"]
    assert "Hello Ada &lt;3" in answer.text
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    text = await owner.get(f"{message}/preview?as={chosen}&width=text")
    assert text.headers["content-type"].startswith("text/plain")
    assert "Hello Ada <3" in text.text
    page = (await owner.get(f"{message}?as={chosen}&width=phone")).text
    assert "Welcome Ada &lt;3" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


async def test_preview_without_contacts_shows_an_example(owner: Visitor):
    """Before there is a contact the mail is shown as to an invented one."""
    message = await add_message(owner, await add_campaign(owner))
    assert "An example contact" in (await owner.get(message)).text
    assert "Hello Ada Lovelace" in (await owner.get(f"{message}/preview")).text


@pytest.mark.parametrize("chosen", ["x", "0" * 32, "%00"])
async def test_preview_as_nobody_is_not_found(owner: Visitor, chosen: str):
    """A contact that is not there cannot be chosen."""
    message = await add_message(owner, await add_campaign(owner))
    assert (await owner.get(f"{message}/preview?as={chosen}")).status_code == 404
    assert (await owner.get(f"{message}?as={chosen}")).status_code == 404
    answer = await owner.post(f"{message}/test", page=message, **{"as": "0" * 32})
    assert answer.status_code == 404


async def test_a_test_mail_is_queued(owner: Visitor):
    """Send me a test queues one mail to oneself, and comes back to the chosen contact."""
    contact = await add_contact(owner, "ada@example.com")
    message = await add_message(owner, await add_campaign(owner))
    chosen = contact.rsplit("/", 1)[1]
    answer = await owner.post(f"{message}/test", page=message, **{"as": chosen})
    assert went_to(answer) == f"{message}?as={chosen}"
    assert "on its way" in (await owner.get(message)).text
    sends = plain((await owner.get("/sends")).text)
    assert "Test mail" in sends or "Welcome" in sends


async def test_removed(owner: Visitor):
    """A message that is removed is gone from its campaign and its page."""
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    assert went_to(await owner.post(f"{message}/delete", page=message)) == campaign
    assert (await owner.get(message)).status_code == 404
    assert "No messages yet" in (await owner.get(campaign)).text


async def test_a_message_of_another_campaign_is_not_found(owner: Visitor):
    """A message is found in its own campaign alone."""
    message = await add_message(owner, await add_campaign(owner))
    other = await add_campaign(owner)
    tail = message.rsplit("/", 1)[1]
    assert (await owner.get(f"{other}/messages/{tail}")).status_code == 404
    assert (await owner.post(f"{other}/messages/{tail}/delete", page=message)).status_code == 404
    assert (await owner.get(message)).status_code == 200
