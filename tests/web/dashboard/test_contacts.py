"""The pages of contacts."""

import re
from html import unescape

import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import FORM, add_contact, plain, went_to

HTMX = {"HX-Request": "true"}
ATTRIBUTES = 'plan: pro\nseats: 3\nratio: 0.5\nvip: true\nzip: "123"\nnote: "true"\nempty: ""'


async def test_an_empty_list_says_what_to_do(owner: Visitor):
    """Without contacts the page leads to making a key."""
    page = (await owner.get("/contacts")).text
    assert "No contacts yet" in page
    assert 'href="/keys"' in page


async def test_added_by_hand(owner: Visitor):
    """A contact that is added stands in the list, on a page of its own, and is counted."""
    path = await add_contact(owner, "Ada@Example.com", name="Ada", attributes="language: en")
    page = plain((await owner.get(path)).text)
    assert "Ada@example.com" in page
    assert "language text en" in page
    listed = plain((await owner.get("/contacts")).text)
    assert "1 contact" in listed
    assert "language: en" in listed


async def test_a_search_and_a_filter_narrow_the_list(owner: Visitor):
    """Search and filter are in the address, and each leaves out who does not match."""
    await add_contact(owner, "ada@example.com", attributes="language: en")
    await add_contact(owner, "grace@example.com", attributes="language: fr", external_id="u_7")
    for query in ({"q": "GRACE"}, {"q": "u_7"}, {"filter": "language = FR"}):
        page = (await owner.get("/contacts", params=query)).text
        assert "grace@example.com" in page
        assert "ada@example.com" not in page
        assert "1 contact matches" in page


async def test_a_bad_filter_says_where(owner: Visitor):
    """A filter that cannot be read is 422, tells the position, and stays in its field."""
    answer = await owner.get("/contacts", params={"filter": "language = "})
    assert answer.status_code == 422
    assert "position" in answer.text or "column" in answer.text or "character" in answer.text
    assert 'value="language = "' in answer.text


async def test_a_filter_without_parentheses_asks_for_them(owner: Visitor):
    """AND beside OR is refused with words that ask for parentheses."""
    answer = await owner.get("/contacts", params={"filter": "a = 1 AND b = 2 OR c = 3"})
    assert answer.status_code == 422
    assert "parenthes" in answer.text


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ED%A0%80", "filter=%00", "q=%25_%5C", "mode=%00", "q=" + "x" * 5000]
)
async def test_strange_queries_do_no_harm(owner: Visitor, query: str):
    """No text in the address makes the page fail."""
    answer = await owner.get(f"/contacts?{query}")
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize("cursor", ["x", "%00", "AAAA", "A" * 39])
async def test_a_bad_cursor_is_refused(owner: Visitor, cursor: str):
    """A cursor that is not ours is a page that says so."""
    answer = await owner.get(f"/contacts?after={cursor}")
    assert answer.status_code == 422
    assert "no cursor" in answer.text


async def test_htmx_gets_the_list_and_the_count(owner: Visitor):
    """While one searches, the list is swapped and the line that counts gets new words."""
    await add_contact(owner, "ada@example.com")
    part = (await owner.get("/contacts?q=ada", headers=HTMX)).text
    assert "<html" not in part
    assert part.count('id="contact-list"') == 1
    assert 'id="contact-count" hx-swap-oob="innerHTML">1 contact matches' in part
    whole = (await owner.get("/contacts?q=ada", headers=HTMX | {"HX-Boosted": "true"})).text
    assert whole.lstrip().startswith("<!doctype html>")
    assert whole.count("aria-live") == whole.count('id="contact-count"') + 2
    assert 'id="contact-list" aria-live' not in whole


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "nobody"}, "Expected an address"),
        ({"email": "bücher@example.com"}, "Expected an address"),
        ({"email": ""}, "is needed"),
        ({"email": "a@example.com", "timezone": "Mars/Olympus"}, "not a time zone"),
        ({"email": "a@example.com", "attributes": "no colon"}, "Line 1 reads"),
        ({"email": "a@example.com", "attributes": "a: 1\na: 2"}, "a second time"),
        ({"email": "a@example.com", "attributes": "Plan: pro"}, "lower-case letters"),
        ({"email": "a@example.com", "attributes": "born: 2026-02-30"}, "no such date"),
        ({"email": "a@example.com", "attributes": "n: 1e400"}, "A number lies between"),
        (
            {
                "email": "a@example.com",
                "attributes": "\n".join(f"a{n}: {n}" for n in range(101)),
            },
            "at most 100",
        ),
        ({"email": "a@example.com", "name": "x" * 201}, "at most 200"),
        ({"email": "a@example.com", "attributes": "email: " + "x" * 1001}, "at most 1000"),
    ],
)
async def test_refused_with_words(owner: Visitor, fields, words):
    """A contact that cannot be is 422 with what was expected at its field; nothing is added."""
    answer = await owner.post("/contacts/new", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    field = next(reversed(fields))
    assert f'id="f-{field}-error"' in answer.text
    assert "No contacts yet" in (await owner.get("/contacts")).text


async def test_a_nul_is_refused(owner: Visitor):
    """A field with a NUL character is refused, not an error of ours."""
    answer = await owner.post("/contacts/new", email="a@example.com", name="a\0b")
    assert answer.status_code == 422


async def test_an_address_is_taken_in_any_case(owner: Visitor):
    """The same address in another case is refused at its field."""
    await add_contact(owner, "ada@example.com")
    answer = await owner.post("/contacts/new", email="ADA@EXAMPLE.COM")
    assert answer.status_code == 422
    assert 'id="f-email-error"' in answer.text
    assert "1 contact" in plain((await owner.get("/contacts")).text)


async def test_attributes_come_back_as_they_went(owner: Visitor):
    """Opening the form and saving it changes no value and no type."""
    path = await add_contact(owner, "ada@example.com", attributes=ATTRIBUTES)
    form = (await owner.get(f"{path}/edit")).text
    shown = unescape(form.split('name="attributes"')[1].split(">\n", 1)[1].split("</textarea")[0])
    assert sorted(shown.split("\n")) == sorted(ATTRIBUTES.split("\n"))
    await owner.post(f"{path}/edit", email="ada@example.com", attributes=shown)
    page = (await owner.get("/contacts", params={"filter": "seats > 2 AND vip = true"})).text
    assert "ada@example.com" in page
    assert "Changed" not in plain((await owner.get(path)).text)


async def test_values_with_strange_line_ends_survive(owner: Visitor):
    """A value that holds a line separator is one line of the form, and stays what it is."""
    path = await add_contact(owner, "ada@example.com", attributes=r'note: "a\u2028b\r\nc\u0085d"')
    form = (await owner.get(f"{path}/edit")).text
    shown = unescape(form.split('name="attributes"')[1].split(">\n", 1)[1].split("</textarea")[0])
    assert shown == r'note: "a\u2028b\r\nc\u0085d"'


async def test_editing_removes_what_is_no_longer_there(owner: Visitor):
    """A line that is deleted removes the attribute; an emptied name is cleared."""
    path = await add_contact(owner, "ada@example.com", name="Ada", attributes="a: 1\nb: 2")
    assert went_to(await owner.post(f"{path}/edit", email="new@example.com", attributes="b: 3"))
    page = plain((await owner.get(path)).text)
    assert "new@example.com" in page
    assert "b number 3" in page
    assert "a number 1" not in page
    assert "Name –" in page
    assert "Changed" in page


async def test_editing_into_another_address_is_refused(owner: Visitor):
    """A contact cannot take another's address; what was typed is shown again."""
    await add_contact(owner, "ada@example.com")
    path = await add_contact(owner, "grace@example.com")
    answer = await owner.post(f"{path}/edit", email="Ada@example.com", name="Typed")
    assert answer.status_code == 422
    assert 'value="Typed"' in answer.text
    assert "grace@example.com" in (await owner.get(path)).text


async def test_erasing_leaves_nothing(owner: Visitor):
    """An erased contact is gone from its page and the list, and may come back as anybody."""
    path = await add_contact(owner, "ada@example.com")
    assert went_to(await owner.post(f"{path}/delete", page=path)) == "/contacts"
    assert (await owner.get(path)).status_code == 404
    again = await add_contact(owner, "ada@example.com")
    assert "Subscribed" in (await owner.get(again)).text


async def test_unsubscribed_until_they_consent(owner: Visitor):
    """Whoever is unsubscribed stays so, until a consent with its place and day is given."""
    path = await add_contact(owner, "ada@example.com")
    assert went_to(await owner.post(f"{path}/unsubscribe", page=path)) == path
    page = (await owner.get(path)).text
    assert "Unsubscribed" in page
    assert "never mailed" in page
    for fields in ({"source": "", "at": "2026-01-31"}, {"source": "form", "at": "soon"}):
        await owner.post(f"{path}/resubscribe", page=path, **fields)
        assert "never mailed" in (await owner.get(path)).text
    consent = {"source": "By telephone", "at": "2026-01-31"}
    assert went_to(await owner.post(f"{path}/resubscribe", page=path, **consent)) == path
    page = plain((await owner.get(path)).text)
    assert "Resubscribed" in page
    assert "never mailed" not in page


async def test_everything_known_is_taken_along(owner: Visitor):
    """The file of a person has what is stored and what happened."""
    path = await add_contact(owner, "ada@example.com", attributes="plan: pro")
    await owner.post(f"{path}/edit", email="ada@example.com", attributes="plan: free")
    answer = await owner.get(f"{path}/export")
    assert "attachment" in answer.headers["content-disposition"]
    known = answer.json()
    assert known["contact"]["email"] == "ada@example.com"
    assert known["contact"]["attributes"] == {"plan": "free"}
    assert [one["kind"] for one in known["activity"]] == ["contact_updated", "contact_created"]


async def test_test_contacts_stand_apart(owner: Visitor):
    """A test contact is in the test list alone, and its page says what it is."""
    path = went_to(await owner.post("/contacts/new?mode=test", email="ada@example.com"))
    assert "No contacts yet" in (await owner.get("/contacts")).text
    assert "ada@example.com" in (await owner.get("/contacts?mode=test")).text
    assert 'href="/contacts?mode=test"' in (await owner.get(path)).text
    assert went_to(await owner.post(f"{path}/edit", email="ada@example.com", name="A")) == path


async def test_a_refused_test_contact_stays_one(owner: Visitor):
    """A refused form of a test contact, sent again, makes a test contact."""
    answer = await owner.post("/contacts/new?mode=test", email="x")
    assert 'action="/contacts/new?mode=test"' in answer.text


async def test_long_lists_go_on(owner: Visitor):
    """Behind the first page stands the next one; each contact is on one of them."""
    for n in range(51):
        await add_contact(owner, f"p{n:02}@example.com")
    first = (await owner.get("/contacts?q=example")).text
    link = re.search(r'href="(/contacts\?[^"]*after=[^"]*)"', first)
    assert link
    second = (await owner.get(unescape(link.group(1)))).text
    seen = [n for n in range(51) if f"p{n:02}@" in first] + [
        n for n in range(51) if f"p{n:02}@" in second
    ]
    assert sorted(seen) == list(range(51))


@pytest.mark.parametrize("path", ["/contacts/x", "/contacts/" + "0" * 32, "/contacts/x/edit"])
async def test_unknown_contacts_are_not_found(owner: Visitor, path: str):
    """What is not a contact is a 404 page."""
    answer = await owner.get(path)
    assert answer.status_code == 404
    assert "not yours to see" in answer.text or "no such contact" in answer.text
    assert (await owner.post(path, page=FORM)).status_code in {404, 405}


def opened(page: str) -> dict[str, str]:
    """The fields of a contact's form, as a browser would send them back untouched."""
    found = dict(re.findall(r'name="(was-[a-z_]+)" value="([^"]*)"', page))
    was = {name: unescape(value) for name, value in found.items()}
    return was | {name.removeprefix("was-"): value for name, value in was.items()}


async def test_what_others_have_changed_stays(owner: Visitor):
    """A form that is sent late changes what was typed alone, and takes away what it has shown."""
    path = await add_contact(owner, "ada@example.com", attributes="plan: free\nold: 1\nkept: x")
    form = opened((await owner.get(f"{path}/edit")).text)
    now = form | {"attributes": "plan: pro\nold: 1\nkept: x\nseats: 9", "name": ""}
    assert went_to(await owner.post(f"{path}/edit", **now))
    mine = form | {"name": "Ada Lovelace", "attributes": "plan: free\nkept: x"}
    assert went_to(await owner.post(f"{path}/edit", **mine))
    after = opened((await owner.get(f"{path}/edit")).text)
    assert after["name"] == "Ada Lovelace"
    assert after["attributes"].split("\n") == ["kept: x", "plan: pro", "seats: 9"]


async def test_what_both_have_changed_is_asked(owner: Visitor):
    """The later of two is asked; nothing is saved before, and either may be taken."""
    path = await add_contact(owner, "ada@example.com", name="A", attributes="plan: free")
    form = opened((await owner.get(f"{path}/edit")).text)
    theirs = form | {"name": "B", "attributes": "plan: pro\nseats: 9"}
    assert went_to(await owner.post(f"{path}/edit", **theirs))
    mine = form | {"name": "C", "attributes": "plan: team"}
    answer = await owner.post(f"{path}/edit", **mine)
    assert answer.status_code == 422
    assert "plan: you both changed it" in answer.text
    assert opened((await owner.get(f"{path}/edit")).text)["name"] == "B"
    again = opened(answer.text) | {"name": "C", "attributes": "plan: team\nseats: 9"}
    again |= {"take-name": "mine", "take-attribute:plan": "theirs"}
    assert went_to(await owner.post(f"{path}/edit", **again))
    after = opened((await owner.get(f"{path}/edit")).text)
    assert (after["name"], after["attributes"]) == ("C", "plan: pro\nseats: 9")
