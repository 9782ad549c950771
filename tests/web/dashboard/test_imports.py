"""The pages of imports, without a browser and without script."""

import csv
import io
import re

import httpx
import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import Settled, add_contact, plain

NEW = "/contacts/imports/new"


async def send(visitor: Visitor, data: bytes, name: str = "people.csv") -> httpx.Response:
    token = await visitor.token(NEW)
    files = {"file": (name, data)}
    return await visitor.http.post(NEW, data={"_csrf_token": token}, files=files)


async def uploaded(visitor: Visitor, data: bytes) -> str:
    answer = await send(visitor, data)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def selected(page: str) -> list[str]:
    """What each column is going to be."""
    selects = re.findall(r'<select[^>]*name="to-\d+".*?</select>', page, re.DOTALL)
    return [re.search(r'value="(\w+)"[^>]*selected', one)[1] for one in selects]


async def test_upload_map_check_import(owner: Visitor, settled: Settled):
    """Odd headers map by themselves; the check counts what the import then does."""
    await add_contact(owner, "ada@example.com", name="Ada", attributes="plan: pro")
    rows = "E-Mail Address;Vorname;Beigetreten;Plan\nada@example.com;;;pro\n"
    rows += "grace@example.com;Grace;31.12.2026;free\nnobody;N;;\nalan@example.com;Alan;;\n"
    path = await uploaded(owner, ("\ufeff" + rows).encode())
    page = (await owner.get(path)).text
    assert selected(page) == ["email", "first_name", "attribute", "attribute"]
    assert "separated by semicolons" in page
    assert 'value="beigetreten"' in page
    assert re.search(r'value="date_dmy"[^>]*selected', page)
    answer = await owner.post(path, **{"name-2": "Joined On", "kind-2": "date_dmy"})
    assert answer.headers["location"] == path
    checked = plain(await settled(owner, path))
    assert "Checked, not imported" in checked
    for words in ("New 2", "To update 0", "Unchanged 1", "Invalid 1", "Stay unsubscribed 0"):
        assert words in checked
    assert "1 contact matches" not in plain((await owner.get("/contacts?q=grace")).text)
    await owner.post(f"{path}/start", page=path)
    done = plain(await settled(owner, path))
    for words in ("New 2", "Updated 0", "Unchanged 1", "Invalid 1", "2 new and 0 updated"):
        assert words in done
    assert "joined_on: 2026-12-31" in plain((await owner.get("/contacts?q=grace")).text)
    errors = (await owner.get(f"{path}/errors.csv")).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(errors)))[1][0] == "4"
    assert "people.csv" in (await owner.get("/contacts/imports")).text


async def test_a_bad_mapping_is_shown_again(owner: Visitor):
    """Without an address, or twice the same, the form comes back as it was filled in."""
    path = await uploaded(owner, b"email,name,plan\nada@example.com,Ada,pro\n")
    answer = await owner.post(path, **{"to-0": "ignore", "to-1": "attribute", "name-1": "plan"})
    assert answer.status_code == 422
    assert "No column holds the email address" in answer.text
    assert "Two columns are to be the attribute plan" in answer.text
    assert selected(answer.text)[:2] == ["ignore", "attribute"]


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b"PK\x03\x04", "Excel workbook"), (b"\x00\x01", "binary")]
)
async def test_what_is_no_list_says_so(owner: Visitor, data: bytes, words: str):
    """The form comes back with what was expected, and there is no import."""
    answer = await send(owner, data)
    assert answer.status_code == 303
    assert words in (await owner.get(answer.headers["location"])).text
    assert "Nothing imported yet" in (await owner.get("/contacts/imports")).text


async def test_the_form_is_a_form_of_ours(owner: Visitor, rival: Visitor):
    """A file without a token, or with another browser's, is refused; no file says so."""
    token = await rival.token(NEW)
    for data in ({}, {"_csrf_token": token}, {"_csrf_token": "x"}):
        files = {"file": ("people.csv", b"email\nada@example.com\n")}
        assert (await owner.http.post(NEW, data=data, files=files)).status_code == 403
    answer = await owner.post(NEW)
    assert "Choose a file" in (await owner.get(answer.headers["location"])).text


async def test_cancelled_and_past_it(owner: Visitor, settled: Settled):
    """What was cancelled says so; starting it, or twice, changes nothing and says why."""
    path = await uploaded(owner, b"email\nada@example.com\n")
    await owner.post(f"{path}/cancel", page=path)
    assert "Cancelled" in (await owner.get(path)).text
    await owner.post(f"{path}/start", page="/contacts/imports/new")
    assert "The import is cancelled" in (await owner.get(path)).text
    again = await uploaded(owner, b"email\nada@example.com\n")
    await owner.post(again)
    await settled(owner, again)
    for _ in range(2):
        await owner.post(f"{again}/start", page="/contacts/imports/new")
    assert "1 new and 0 updated" in await settled(owner, again)


async def test_hostile_names_are_text(owner: Visitor):
    """HTML in a file's name, header and cells stays text on every page."""
    html = "<script>alert(1)</script>"
    answer = await send(owner, f"email,{html}\na@example.com,{html}\n".encode(), html)
    page = (await owner.get(answer.headers["location"])).text
    assert html not in page
    assert "&lt;script&gt;" in page
    assert html not in (await owner.get("/contacts/imports")).text


async def test_progress_as_events(owner: Visitor, settled: Settled):
    """The stream tells how far it is, and ends with the import."""
    path = await uploaded(owner, b"email\nada@example.com\n")
    await owner.post(path)
    await settled(owner, path)
    answer = await owner.get(f"{path}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: done" in answer.text


async def test_export_of_a_filter(owner: Visitor, rival: Visitor):
    """The filter's contacts alone, in CSV that runs nothing and in JSON; a bad filter is 422."""
    await add_contact(owner, "ada@example.com", name="=1+1", attributes="plan: pro\nseats: 3")
    await add_contact(owner, "grace@example.com", attributes="plan: free")
    await add_contact(rival, "theirs@example.com", attributes="plan: pro")
    answer = await owner.get("/contacts/export", params={"filter": "plan = pro"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(r["email"], r["name"], r["plan"], r["seats"]) for r in rows] == [
        ("ada@example.com", "'=1+1", "pro", "3")
    ]
    assert "attachment" in answer.headers["content-disposition"]
    lines = (await owner.get("/contacts/export", params={"format": "ndjson"})).text.splitlines()
    assert [re.search(r'"email":"([^"]+)', line)[1] for line in lines] == [
        "ada@example.com", "grace@example.com",
    ]  # fmt: skip
    assert (await owner.get("/contacts/export", params={"filter": "plan ="})).status_code == 422
    hers = {"filter": 'email = "ada@example.com" AND seats > 2'}
    assert "ada@" in (await owner.get("/contacts/export", params=hers)).text
    # Whom it was about would stand in the log after they are erased.
    log = plain((await owner.get("/settings/audit")).text)
    assert "email, seats" in log
    assert "ada@example.com" not in log
