"""The filter builder: rows and text, what it counts, and its buttons without script."""

import re
from html import unescape

import pytest

from tenantcrm.contacts.service import note
from tenantcrm.database import Database
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import add_contact, plain

HTMX = {"HX-Request": "true"}
PLAN = {"filter.as": "rows", "filter.join": "all", "filter.0.of": "plan", "filter.0.op": "is"}


async def builder(visitor: Visitor, htmx: bool = False, **fields: str) -> str:
    answer = await visitor.get("/contacts/filter", params=fields, headers=HTMX if htmx else {})
    assert answer.status_code == 200, answer.text
    return answer.text


async def people(owner: Visitor) -> None:
    await add_contact(owner, "ada@example.com", name="Ada", attributes="plan: pro\nseats: 3")
    await add_contact(owner, "grace@example.com", attributes="plan: free\nsince: 2026-01-31")
    gone = await add_contact(owner, "gone@example.com", attributes="plan: pro\nvip: true")
    await owner.post(f"{gone}/unsubscribe", page=gone)


async def test_attributes_are_picked_by_name_and_type(owner: Visitor):
    """What contacts have come with is offered, with its type, as soon as it is there."""
    await people(owner)
    page = await builder(owner, **PLAN, **{"filter.0.value": "pro"})
    for words in ("plan (text)", "seats (number)", "since (date)", "vip (boolean)"):
        assert words in page


async def test_who_matches_and_who_cannot_be_mailed(owner: Visitor):
    """The count, those who cannot be mailed with the reason, and who they are, by name."""
    await people(owner)
    page = plain(await builder(owner, **PLAN, **{"filter.0.value": "PRO"}))
    assert "1 contact matches and can be mailed." in page
    assert "1 more matches but cannot be mailed: 1 unsubscribed." in page
    assert "ada@example.com Ada" in page
    assert "grace@example.com" not in page


async def test_rows_become_text_and_come_back(owner: Visitor):
    """Any of the rows, as text; the text as rows again."""
    await people(owner)
    rows = PLAN | {
        "filter.join": "any", "filter.0.value": "pro",
        "filter.1.of": "seats", "filter.1.op": "gt", "filter.1.value": "9",
    }  # fmt: skip
    page = unescape(await builder(owner, **rows, **{"filter.do": "text"}))
    assert 'plan = "pro" OR seats > 9</textarea>' in page
    text = {"filter.as": "text", "filter": 'plan = "pro" OR seats > 9', "filter.do": "rows"}
    page = await builder(owner, **text)
    assert re.search(r'value="any" selected', page)
    assert page.count('class="filter-row"') == 2


async def test_a_text_that_rows_cannot_show_says_why(owner: Visitor):
    """It stays a text, with a sentence, and is counted all the same."""
    await people(owner)
    text = "(plan = pro AND seats = 3) OR plan = free"
    page = await builder(owner, **{"filter.as": "text", "filter": text, "filter.do": "rows"})
    assert "groups inside one another" in page
    assert "2 contacts match" in page
    assert "<textarea" in page


@pytest.mark.parametrize(
    ("pressed", "rows"), [("add", 2), ("remove.0", 0), ("remove.7", 1), ("count", 1), ("?", 1)]
)
async def test_rows_come_and_go_without_script(owner: Visitor, pressed: str, rows: int):
    """Each button of the builder is a plain button of the form."""
    page = await builder(owner, **PLAN, **{"filter.0.value": "x", "filter.do": pressed})
    assert page.count('class="filter-row"') == rows


async def test_a_row_without_a_value_is_left_out(owner: Visitor):
    """While a row is not complete the others count, and it says what is missing."""
    await people(owner)
    rows = PLAN | {
        "filter.0.value": "pro",
        "filter.1.of": "seats", "filter.1.op": "gt", "filter.1.value": "many",
    }  # fmt: skip
    page = await builder(owner, **rows)
    assert "Expected a number" in page
    assert 'value="many"' in page
    assert "1 contact matches and can be mailed. A row that is not complete is left out." in page


async def test_another_attribute_is_asked_what_suits_it(owner: Visitor):
    """Picking an attribute of another type gives what that type can be asked."""
    await people(owner)
    rows = PLAN | {"filter.0.of": "seats", "filter.0.was": "plan", "filter.0.value": "3"}
    page = await builder(owner, **rows)
    assert '<option value="eq" selected>' in page
    assert 'value="contains"' not in page


async def test_typing_moves_the_count_alone(owner: Visitor):
    """htmx gets the people and the line that is read out; what is being typed stays as it is."""
    await people(owner)
    part = await builder(owner, htmx=True, typed="1", **PLAN, **{"filter.0.value": "free"})
    assert "<html" not in part
    assert "filter-row" not in part
    assert 'id="fb-filter-said" hx-swap-oob="innerHTML">1 contact matches' in part
    assert "grace@example.com" in part
    fault = 'id="fb-filter-0-error" hx-swap-oob="innerHTML">'
    assert f"{fault}</div>" in part, "a fault goes when it is put right"
    seats = {"filter.0.of": "seats", "filter.0.op": "gt"}
    for value, told in (("many", True), ("", False)):
        fields = PLAN | seats | {"filter.0.value": value}
        part = await builder(owner, htmx=True, typed="1", **fields)
        assert ("Expected a number" in part) == told, "an empty field is not told off"
        assert (f"{fault}</div>" in part) != told


async def test_a_fault_in_the_text_is_read_out(owner: Visitor):
    """A filter that cannot be read says so in the line that counts."""
    fields = {"filter.as": "text", "filter": "plan = "}
    part = await builder(owner, htmx=True, typed="1", **fields)
    assert "Expected a value such as" in unescape(part)


@pytest.mark.parametrize(
    "fields",
    [
        {"filter.0.of": "<b>", "filter.0.op": "is", "filter.0.value": "x"},
        {"filter.0.of": "plan", "filter.0.op": "nonsense", "filter.0.value": "x"},
        {
            "filter.0.of": "plan",
            "filter.0.op": "is",
            "filter.0.value": "\u202eabc",
        },
        {"filter.0.of": "plan", "filter.0.op": "is", "filter.0.value": "\x00a"},
        {"filter.0.of": "plan", "filter.0.op": "is", "filter.0.value": '"; DROP'},
        {"filter.0.of": "plan", "filter.0.op": "is", "filter.0.value": "x" * 11_000},
        {"filter.0.of": "email", "filter.0.op": "gt", "filter.0.value": "x"},
        {"filter.0.of": "", "filter.0.op": "", "filter.0.value": ""},
        {"filter.do": "remove.999999999999999999999999"},
    ],
)
async def test_strange_rows_do_no_harm(owner: Visitor, fields: dict[str, str]):
    """Whatever a row holds, the page comes back with it."""
    page = await builder(owner, **{"filter.as": "rows", **fields})
    assert "<b>" not in page


async def test_names_of_another_tenant_are_not_offered(
    owner: Visitor, database: Database, other_tenant_id
):
    """A tenant picks from its own attributes."""
    async with database.unit_of_work(other_tenant_id) as session:
        await note(session, {"secret_plan": "x"})
    assert "secret_plan" not in await builder(owner, **PLAN)
