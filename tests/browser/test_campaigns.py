"""Campaigns in a browser: the line of days, the minute to undo, edits of what runs, two tabs."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.customers import Customer
from tests.browser.watched_page import accessibility, overflow, watch
from tests.fixtures.sandbox import wait_for

pytestmark = pytest.mark.browser
DAYS = (0, 2, 5)
ADA = "ada.campaigns@example.net"


def _messages(*days: int) -> list[dict[str, object]]:
    return [
        {"subject": f"Mail {n}", "send_day": day, "html_template": "<p>Hello</p>"}
        for n, day in enumerate(days)
    ]


def _path(campaign: dict[str, object]) -> str:
    return f"/campaigns/{str(campaign['id']).removeprefix('cam_')}"


async def _line(page: Page) -> list[tuple[str, str]]:
    days = await page.locator("#timeline .day-mark strong").all_inner_texts()
    subjects = await page.locator("#timeline .day-subject").all_inner_texts()
    return list(zip(days, subjects, strict=True))


async def test_messages_are_ordered_by_keyboard_alone(
    signed_in: BrowserContext, customer: Customer
):
    """Up and Down move a message to its neighbour's day; focus goes along; it is read out."""
    path = _path(customer.campaign(messages=_messages(*DAYS)))
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto(path)
    last = page.get_by_role("button", name="Move “Mail 2” up")
    await last.focus()
    await page.keyboard.press("Enter")
    said = page.locator("#timeline-said")
    await expect(said).to_have_text("“Mail 2” is on day 2 now, number 2 of 3.")
    await expect(last).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(said).to_have_text("“Mail 2” is on day 0 now, first of 3.")
    await expect(last).to_be_focused()
    assert await _line(page) == [("0", "Mail 2"), ("2", "Mail 0"), ("5", "Mail 1")]
    await page.reload()
    assert await _line(page) == [("0", "Mail 2"), ("2", "Mail 0"), ("5", "Mail 1")]
    assert [
        one for one in await accessibility(page) if one["impact"] in {"serious", "critical"}
    ] == []
    await page.set_viewport_size({"width": 320, "height": 700})
    assert await overflow(page) == 0
    assert faults == []


async def test_an_activation_is_undone_in_time(signed_in: BrowserContext, customer: Customer):
    """The drawer says who, when and how many; undone nothing is sent, and else it is."""
    customer.contact(ADA, attributes={"language": "en"})
    campaign = customer.campaign(
        contact_filter="language=en", day_zero="immediately", messages=_messages(0)
    )
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto(_path(campaign))
    for then in ("Undo", "Start now"):
        await page.get_by_role("link", name="Activate").click()
        drawer = page.get_by_role("dialog", name="Activate Welcome")
        # The first look asks SES whether the sender is verified.
        await expect(drawer).to_be_visible(timeout=30_000)
        await expect(drawer).to_contain_text("1 contact matches now and would come in")
        await expect(drawer).to_contain_text(re.compile(r"First mail\s+\w{3} \d"))
        await expect(drawer.locator(".quota tr")).to_have_count(7)
        bad = [one for one in await accessibility(page) if one["impact"] in {"serious", "critical"}]
        assert bad == []
        await drawer.get_by_role("button", name="Activate").click()
        await expect(page.locator("#starting")).to_contain_text(re.compile(r"Starts in \d+ s"))
        assert customer.sandbox.inbox(ADA) == []
        await page.get_by_role("button", name=then).click()
        if then == "Undo":
            await expect(page.get_by_text("Undone. Nothing was sent")).to_be_visible()
            seen = customer.api.get(f"/v1/campaigns/{campaign['id']}").json()
            assert seen["active"] is False
            assert customer.api.get(f"/v1/campaigns/{campaign['id']}/contacts").json()["data"] == []
    mails = wait_for(lambda: customer.sandbox.inbox(ADA), 60, "the mail of day 0")
    assert [mail["subject"] for mail in mails] == ["Mail 0"]
    assert faults == []


async def test_a_move_says_whom_it_reaches_at_once(signed_in: BrowserContext, customer: Customer):
    """Before anything is saved, an earlier day on a campaign that runs says how many get it now."""
    customer.contact(ADA.replace("ada", "move"), attributes={"language": "en"})
    campaign = customer.campaign(
        contact_filter="language=en", day_zero="immediately", messages=_messages(0, 5)
    )
    begun = customer.api.post(f"/v1/campaigns/{campaign['id']}/activate")
    assert begun.status_code == 200, begun.text
    address = ADA.replace("ada", "move")
    wait_for(lambda: customer.sandbox.inbox(address), 60, "the mail of day 0")
    page = await signed_in.new_page()
    await page.goto(_path(campaign))
    await page.get_by_role("button", name="Move “Mail 1” up").click()
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("“Mail 1” moves from day 5 to day 0: 1 person is past it")
    await asked.get_by_role("link", name="Cancel").click()
    await expect(asked).to_be_hidden()
    assert await _line(page) == [("0", "Mail 0"), ("5", "Mail 1")]
    await page.get_by_role("button", name="Move “Mail 1” up").click()
    await asked.get_by_role("button", name="Save, and skip it for them").click()
    await expect(page.get_by_text("“Mail 1” is on day 0 now")).to_be_visible()
    assert await _line(page) == [("0", "Mail 1"), ("5", "Mail 0")]
    assert len(customer.sandbox.inbox(address)) == 1


async def test_two_tabs_and_a_fault_lose_nothing(signed_in: BrowserContext, customer: Customer):
    """What is not saved says so, survives a fault, and never overwrites what another tab saved."""
    path = _path(customer.campaign(messages=_messages(0)))
    first, second = await signed_in.new_page(), await signed_in.new_page()
    for page in (first, second):
        await page.goto(f"{path}/settings")
        await expect(page.get_by_text("All changes saved")).to_be_visible()
    await first.get_by_label("Name", exact=True).fill("First")
    await expect(first.get_by_text("Unsaved changes")).to_be_visible()
    await first.get_by_role("button", name="Save settings").click()
    await expect(first.get_by_role("heading", name="First")).to_be_visible()

    await second.get_by_label("Name", exact=True).fill("Second")

    async def broken(route: Route) -> None:
        await route.fulfill(status=500, body="")

    await second.route("**/settings", broken)
    await second.get_by_role("button", name="Save settings").click()
    await expect(second.get_by_text("Nothing you typed is lost")).to_be_visible()
    await expect(second.get_by_label("Name", exact=True)).to_have_value("Second")
    await expect(second.get_by_text("Unsaved changes")).to_be_visible()
    await second.unroute("**/settings")
    await second.get_by_role("button", name="Save settings").click()
    clash = second.locator("#conflict")
    await expect(clash).to_be_focused()
    await expect(clash).to_contain_text("Keep yours: Second")
    await clash.get_by_label("Take theirs: First").check()
    await clash.get_by_role("button", name="Save with these choices").click()
    await expect(second.get_by_role("heading", name="First")).to_be_visible()
