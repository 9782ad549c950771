"""The message editor over HTTP: blocks without script, previews of what is typed, preflight."""

import json
import re
import secrets
from uuid import UUID

import asyncpg
import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import (
    MESSAGE,
    SETTINGS,
    activated,
    add_campaign,
    add_contact,
    add_message,
    plain,
    went_to,
)

HTMX = {"HX-Request": "true"}
BLOCKS = {
    "subject": "Hello", "preheader": "", "send_day": "0", "format": "blocks",
    "format_was": "blocks", "order": "1,2,3,4",
    "b.1.kind": "heading", "b.1.text": "Hi {{ contact.name | default: 'you' }}", "b.1.level": "1",
    "b.2.kind": "columns", "b.2.count": "2",
    "b.3.kind": "button", "b.3.at": "2.1", "b.3.text": "Cellar", "b.3.url": "https://a.example",
    "b.4.kind": "spacer", "b.4.height": "40",
}  # fmt: skip


async def drafted(visitor: Visitor, campaign: str, *, part: bool = True, **fields: str) -> str:
    """What the editor answers to what is typed."""
    token = await visitor.token(f"{campaign}/messages/new")
    answer = await visitor.http.post(
        f"{campaign}/messages/draft",
        data={**fields, "_csrf_token": token},
        headers=HTMX if part else {},
    )
    assert answer.status_code in {200, 422}, answer.text
    return answer.text


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, f"{name} is not on the page"
    return found.group(1)


async def framed(visitor: Visitor, page: str) -> str:
    """What the preview's frame shows."""
    source = re.search(r'data-src="(/campaigns[^"]+)"', page)
    assert source, page
    answer = await visitor.get(source.group(1).replace("&amp;", "&"))
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    return answer.text


async def stored(visitor: Visitor, message: str) -> str:
    return (await visitor.get(message)).text


async def test_blocks_are_saved_and_shown_again(owner: Visitor):
    """A mail of blocks is stored, laid out for the chosen contact, and comes back as blocks."""
    await add_contact(owner, "ada@example.com", name="Ada", attributes="language: en")
    campaign = await add_campaign(owner)
    message = went_to(await owner.post(f"{campaign}/messages/new", **BLOCKS))
    page = await stored(owner, message)
    assert [field(page, f"b.{n}.kind") for n in (1, 2, 3, 4)] == [
        "heading", "columns", "button", "spacer",
    ]  # fmt: skip
    assert field(page, "b.3.at") == "2.1"
    mail = await framed(owner, page)
    assert "Hi Ada</h1>" in mail
    assert 'href="https://a.example"' in mail


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("up:4", "1,4,2,3"),
        ("down:1", "2,3,1,4"),
        ("up:1", "1,2,3,4"),
        ("delete:2", "1,4"),
        ("copy:2", "1,2,3,5,6,4"),
        ("add:text:after.1", "1,5,2,3,4"),
        ("add:image:in.2.0", "1,2,5,3,4"),
        ("add:divider:end", "1,2,3,4,5"),
        ("add:columns:in.2.0", "1,2,3,4"),
        ("add:video:end", "1,2,3,4"),
        ("up:99", "1,2,3,4"),
        ("nonsense", "1,2,3,4"),
    ],
)
async def test_buttons_of_blocks_work_without_script(owner: Visitor, do: str, order: str):
    """Each button gives the whole page with the blocks in their new order, and what was typed."""
    campaign = await add_campaign(owner)
    typed = BLOCKS | {"b.4.height": "forty", "subject": "Half a tho"}
    page = await drafted(owner, campaign, part=False, do=do, **typed)
    assert field(page, "order") == order
    assert field(page, "subject") == "Half a tho"
    if "4" in order.split(","):
        assert field(page, "b.4.height") == "forty"
        assert "height: expected a whole number" in page
    assert "No messages yet" in (await owner.get(campaign)).text


async def test_buttons_of_blocks_in_place(owner: Visitor):
    """For htmx the same button gives the blocks alone, says what it did and where to go on."""
    campaign = await add_campaign(owner)
    part = await drafted(owner, campaign, do="add:button:after.1", **BLOCKS)
    assert "<html" not in part
    assert 'id="writing"' in part
    assert "Button added." in plain(part)
    assert re.search(r'id="b-5-text"[^>]* autofocus', part)
    moved = await drafted(owner, campaign, do="up:4", **BLOCKS)
    assert "Spacer is now 2 of 3." in plain(moved)
    assert 'id="b-4-up"' in moved


async def test_a_third_column_that_goes_loses_nothing(owner: Visitor):
    """What stands in a column that is taken away goes on in the one before it."""
    campaign = await add_campaign(owner)
    three = BLOCKS | {"b.2.count": "2", "b.3.at": "2.2"}
    message = went_to(await owner.post(f"{campaign}/messages/new", **three))
    assert field(await stored(owner, message), "b.3.at") == "2.1"


async def test_what_is_typed_is_shown_and_not_saved(owner: Visitor):
    """While one types: the inbox line, the mail and the findings as the chosen contact has them."""
    contact = await add_contact(owner, "ada@example.com", name="Ada <3", attributes="language: en")
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    chosen, own = contact.rsplit("/", 1)[1], message.rsplit("/", 1)[1]
    typed = MESSAGE | {
        "message": own, "format_was": "html", "as": chosen, "preheader": "For {{ contact.name }}",
        "html_template": "<p>Dear {{ contact.name | default: 'x' }}</p>\n<a href=''>Cellar</a>",
    }  # fmt: skip
    part = await drafted(owner, campaign, **typed)
    assert "Welcome Ada &lt;3" in part
    assert "For Ada &lt;3" in part
    assert "leads nowhere" in part
    assert 'data-line="2"' in part
    assert "Dear Ada &lt;3" in await framed(owner, part)
    text = await drafted(owner, campaign, view="text", **typed)
    assert "Dear Ada <3" in await framed(owner, text)
    dark = await drafted(owner, campaign, view="dark", **typed)
    assert "invert(" in await framed(owner, dark)
    assert "Hello Ada &lt;3" in await framed(owner, await stored(owner, message))
    broken = await drafted(owner, campaign, **(typed | {"html_template": "a\n{% if x %}"}))
    assert "This cannot be shown" in broken
    assert 'data-line="2"' in broken


async def test_contacts_to_choose_from(owner: Visitor):
    """Those whom the campaign is for come first; a search finds anybody."""
    await add_contact(owner, "ada@example.com", attributes="language: en")
    await add_contact(owner, "bob@example.com", name="Bob", attributes="language: de")
    campaign = await add_campaign(owner)
    offered = (await owner.get(f"{campaign}/messages/people", headers=HTMX)).text
    assert "ada@example.com" in offered
    assert "bob@example.com" not in offered
    assert "Bob" in (await owner.get(f"{campaign}/messages/people?q=bo", headers=HTMX)).text
    assert "Nobody is found" in (await owner.get(f"{campaign}/messages/people?q=zz")).text


async def test_formats_are_changed_one_way(owner: Visitor):
    """Blocks become MJML and HTML, Markdown becomes blocks; what has no way is refused in words."""
    campaign = await add_campaign(owner)
    mjml = await drafted(owner, campaign, **(BLOCKS | {"format": "mjml"}))
    assert "&lt;mjml&gt;" in mjml
    assert "contact.name | default" in mjml
    html = await drafted(owner, campaign, **(BLOCKS | {"format": "html"}))
    assert "&lt;!doctype html&gt;" in html
    refused = await drafted(owner, campaign, **(BLOCKS | {"format": "markdown"}))
    assert "can be turned into MJML or HTML" in refused
    assert field(refused, "b.3.url") == "https://a.example"
    text = MESSAGE | {"format_was": "markdown", "format": "blocks", "html_template": "*a*"}
    blocks = await drafted(owner, campaign, **text)
    assert field(blocks, "b.1.kind") == "text"
    page = await drafted(owner, campaign, **(text | {"format_was": "html"}))
    assert "cannot be taken apart" in page
    # Chosen and saved in one go, as without script.
    message = went_to(await owner.post(f"{campaign}/messages/new", **(BLOCKS | {"format": "mjml"})))
    assert "&lt;mjml&gt;" in await stored(owner, message)


async def test_saved_and_seen_after_the_chosen_contact_is_gone(owner: Visitor):
    """The editor goes on with an example contact; what is typed is saved all the same."""
    contact = await add_contact(owner, "ada@example.com", name="Ada", attributes="language: en")
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    typed = MESSAGE | {"subject": "One", "version": "1", "format_was": "html"}
    typed["as"] = contact.rsplit("/", 1)[1]
    assert went_to(await owner.post(f"{contact}/delete", page=contact))
    assert "An example contact" in await drafted(owner, campaign, **typed)
    token = await owner.token(message)
    answer = await owner.http.post(message, data={**typed, "_csrf_token": token}, headers=HTMX)
    assert answer.status_code == 200, answer.text
    assert field(await stored(owner, message), "subject") == "One"


async def test_saved_in_place(owner: Visitor):
    """Ctrl+S answers with the new version and what is saved, and no page."""
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    token = await owner.token(message)
    typed = MESSAGE | {"subject": "One", "version": "1", "format_was": "html", "send_day": "3"}
    answer = await owner.http.post(message, data={**typed, "_csrf_token": token}, headers=HTMX)
    assert answer.status_code == 200
    assert "Sent 3 days after enrolment." in answer.text, "the line below the title is true again"
    assert field(answer.text, "version") == "2"
    removing = answer.text.split('id="remove-message"')[1]
    assert field(removing, "version") == "3", "of the campaign, so that it may be removed next"
    assert "All changes saved" in answer.text
    assert "<html" not in answer.text
    answer = await owner.http.post(message, data={**typed, "_csrf_token": token}, headers=HTMX)
    assert answer.status_code == 422
    assert "Not saved" in answer.text
    assert 'name="over" value="2"' in answer.text


async def test_too_large_is_refused_in_words(owner: Visitor):
    """Two megabytes are refused; what was sent is shown again."""
    campaign = await add_campaign(owner)
    answer = await owner.post(
        f"{campaign}/messages/new", **(MESSAGE | {"html_template": "x" * 2_000_000})
    )
    assert answer.status_code == 422
    assert "at most 1,000,000 bytes" in answer.text
    assert "x" * 2_000_000 in answer.text


async def test_an_active_campaign_takes_no_broken_mail(owner: Visitor):
    """What would keep a campaign from being activated is not saved into an active one."""
    campaign = await activated(owner)
    broken = MESSAGE | {"send_day": "2", "html_template": "<a href=''>Cellar</a>"}
    answer = await owner.post(f"{campaign}/messages/new", **broken)
    assert answer.status_code == 422
    assert "Line 1: The link “Cellar” leads nowhere" in answer.text


async def test_broken_mails_are_not_activated(owner: Visitor):
    """A link without an address, or a variable without a fallback, blocks and leads to the spot."""
    # Over the installation an address sends for one tenant alone.
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    saved = await owner.post("/settings", **(SETTINGS | {"sender_email": sender}))
    assert went_to(saved) == "/settings"
    campaign = await add_campaign(owner)
    one = await add_message(owner, campaign, html_template="<p>\n<a href=''>Cellar</a></p>")
    two = went_to(await owner.post(f"{campaign}/messages/new", **(BLOCKS | {
        "send_day": "2", "b.3.text": "Hi {{ contact.plan }}", "b.1.text": "{{ contact.language }}",
    })))  # fmt: skip
    for page in (
        (await owner.get(f"{campaign}/activate")).text,
        (await owner.post(f"{campaign}/activate", page=f"{campaign}/activate")).text,
    ):
        assert f'href="{one}?line=2#f-html_template"' in page
        assert f'href="{two}#b-3"' in page
        assert "Day 2, block 3: contact.plan has no fallback" in plain(page)
        # Everybody whom the filter lets in has a language.
        assert "contact.language has no fallback" not in page
    assert 'data-line="2"' in (await owner.get(f"{one}?line=2")).text
    await owner.post(one, **(MESSAGE | {"version": "1"}))
    await owner.post(two, **(BLOCKS | {"send_day": "2", "version": "1"}))
    assert "no fallback" not in (await owner.get(f"{campaign}/activate")).text
    assert went_to(await owner.post(f"{campaign}/activate", page=f"{campaign}/activate"))


async def test_variables_are_offered(owner: Visitor):
    """The tenant's own attributes are there with a value, and with a fallback to insert."""
    await add_contact(owner, "ada@example.com", attributes="plan: pro")
    page = (await owner.get(f"{await add_campaign(owner)}/messages/new")).text
    assert 'data-insert="{{ contact.plan | default: &#39;…&#39; }}"' in page
    assert ">pro<" in page


async def test_changes_are_in_the_audit_log(owner: Visitor, settings, tenant_of):
    """Adding and changing a message is kept with what it was and is; saving nothing new is not."""
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    await owner.post(message, **(MESSAGE | {"subject": "New", "version": "1"}))
    await owner.post(message, **(MESSAGE | {"subject": "New", "version": "2"}))
    tenant: UUID = await tenant_of(owner)
    connection = await asyncpg.connect(f"postgresql://super@{settings.database_url.split('@')[1]}")
    rows = await connection.fetch(
        "SELECT subject, action, changes FROM audit_entries WHERE tenant_id = $1"
        " AND action = 'changed' ORDER BY id",
        tenant,
    )
    await connection.close()
    added, changed = (json.loads(row["changes"]) for row in rows if row["subject"] == "campaign")
    assert added == {"messages/welcome": [None, f"day 0: {MESSAGE['subject']}"]}
    assert changed == {"messages/welcome/subject": [MESSAGE["subject"], "New"]}


async def test_a_test_goes_to_the_team_alone(owner: Visitor):
    """An address that is not of the team is not mailed: the test goes to oneself."""
    message = await add_message(owner, await add_campaign(owner))
    answer = await owner.post(
        f"{message}/test", page=message, **{"to.0": "x@evil.example", "as": "nobody"}
    )
    assert went_to(answer) == f"{message}?as=nobody"
    sends = (await owner.get("/sends")).text
    assert "x@evil.example" not in sends


async def test_tests_are_limited(owner: Visitor):
    """Nobody mails the team without end."""
    message = await add_message(owner, await add_campaign(owner))
    token = await owner.token(message)
    for _ in range(30):
        await owner.http.post(f"{message}/test", data={"_csrf_token": token})
    await owner.http.post(f"{message}/test", data={"_csrf_token": token})
    assert "There were too many" in (await owner.get(message)).text
