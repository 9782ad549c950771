"""The tenant's settings, and one's own account."""

import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import SETTINGS, went_to


async def test_saved(owner: Visitor):
    """What is saved is what the page shows next, and the name is on every page."""
    given = SETTINGS | {"name": "Bean & Leaf", "timezone": "Asia/Tokyo"}
    assert went_to(await owner.post("/settings", **given)) == "/settings"
    page = (await owner.get("/settings")).text
    assert "Saved." in page
    assert 'value="Asia/Tokyo"' in page
    assert "1 Cellar Street\nLondon" in page
    assert "Bean &amp; Leaf" in (await owner.get("/contacts")).text
    assert "Saved." not in (await owner.get("/settings")).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "is needed"),
        ("name", "a\nb", "one line"),
        ("timezone", "Mars/Olympus", "not a time zone"),
        ("postal_address", "x" * 501, "at most 500"),
        ("sender_name", "x" * 201, "at most 200"),
        ("sender_email", "nobody", "Expected an address"),
        ("sender_email", "", "is needed"),
    ],
)
async def test_refused_with_words(owner: Visitor, field: str, value: str, words: str):
    """What cannot be is 422 at its field, with what was typed; nothing else is kept either."""
    answer = await owner.post("/settings", **(SETTINGS | {"name": "Typed", field: value}))
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert "Cellar Street" in answer.text or field == "postal_address"
    page = (await owner.get("/settings")).text
    assert "Typed" not in page
    assert "Cellar Street" not in page


async def test_two_at_the_settings(owner: Visitor):
    """What somebody else has saved meanwhile stays; what both have changed is asked first."""
    await owner.post("/settings", **SETTINGS)
    was = {f"was-{name}": value for name, value in SETTINGS.items()}
    theirs = SETTINGS | {"timezone": "Asia/Tokyo", "sender_name": "Theirs"}
    assert went_to(await owner.post("/settings", **theirs, **was))
    assert went_to(await owner.post("/settings", **(SETTINGS | {"name": "Mine"}), **was))
    page = (await owner.get("/settings")).text
    for kept in ("Asia/Tokyo", "Theirs", "Mine"):
        assert f'value="{kept}"' in page
    asked = await owner.post("/settings", **(SETTINGS | {"sender_name": "Another"}), **was)
    assert asked.status_code == 422
    assert "name: you both changed it" in asked.text
    assert 'value="Another"' not in (await owner.get("/settings")).text


async def test_every_fault_at_once(owner: Visitor):
    """All that is wrong with the settings is said in one answer."""
    answer = await owner.post("/settings", name="", timezone="x", sender_email="y")
    for field in ("name", "timezone", "sender_email"):
        assert f'id="f-{field}-error"' in answer.text


async def test_an_emptied_sender_name_is_the_business(owner: Visitor):
    """A sender without a name of its own has the business's."""
    await owner.post("/settings", **(SETTINGS | {"sender_name": "", "name": "Cellar"}))
    page = (await owner.get("/settings")).text
    assert 'name="sender_name" value="Cellar"' in page


@pytest.mark.parametrize("button", ["verify", "password"])
async def test_mails_to_oneself(owner: Visitor, button: str):
    """The account's buttons queue one mail each, and not without end."""
    path = f"/settings/account/{button}"
    statuses = [(await owner.post(path, page="/settings")).status_code for _ in range(10)]
    assert statuses == [303] * 10
    assert "on its way" in (await owner.get("/settings/account")).text
    refused = await owner.post(path, page="/settings")
    assert refused.status_code == 429
    assert "retry-after" in refused.headers
