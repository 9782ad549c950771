"""The page of API keys."""

import re
from datetime import timedelta

import pytest

from tenantcrm import clock, ids
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import plain, went_to

ALL = {f"scope:{s}": "1" for s in ("contacts:read", "contacts:write", "campaigns:read")}


async def make(owner: Visitor, **fields: str) -> str:
    return await owner.make_key(**({"name": "Backend"} | ALL | fields))


async def call(owner: Visitor, key: str) -> int:
    answer = await owner.http.get("/v1/contacts", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code


async def test_shown_once_with_a_command(owner: Visitor):
    """A new key is shown once with a command that works; then only its ends are."""
    key = await make(owner)
    page = (await owner.get("/keys")).text
    assert key not in page
    assert key[-4:] in page
    assert key[:14] in page
    assert await call(owner, key) == 200


async def test_the_command_makes_a_contact(owner: Visitor):
    """The curl beside a new key, sent as it says, creates the first contact."""
    await owner.post("/keys", name="Backend", mode="live", **ALL)
    answer = await owner.get("/keys")
    words = plain(answer.text).replace("&#39;", "'").replace("&#34;", '"')
    command = re.search(r"curl -X PUT http://[^/]+(\S+).*?Bearer (\S+?)'.*? -d '(\{.*?\})'", words)
    assert command
    path, key, body = command.groups()
    made = await owner.http.put(
        path,
        content=body,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    assert made.status_code == 201
    assert "ada@example.com" in (await owner.get("/contacts")).text


async def test_last_use_is_told(owner: Visitor):
    """A key that was used says when, one that was not says never."""
    key = await make(owner)
    assert "Never" in (await owner.get("/keys")).text
    await call(owner, key)
    assert "Never" not in (await owner.get("/keys")).text


async def test_revoked_at_once_and_alone(owner: Visitor):
    """After revoking a key its next call is 401, and other keys work on."""
    first, second = await make(owner, name="First"), await make(owner, name="Second")
    page = (await owner.get("/keys")).text
    row = re.findall(r'action="(/keys/[0-9a-f]{32}/revoke)"', page)[0]
    assert (await call(owner, first), await call(owner, second)) == (200, 200)
    assert went_to(await owner.post(row, page="/keys")) == "/keys"
    statuses = sorted([await call(owner, first), await call(owner, second)])
    assert statuses == [200, 401]
    assert "Revoked" in (await owner.get("/keys")).text
    assert went_to(await owner.post(row, page="/keys")) == "/keys"
    assert "does not work any more" in (await owner.get("/keys")).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "mode": "live", **ALL}, "is needed"),
        ({"name": "x", "mode": "live"}, "Choose at least one"),
        ({"name": "x", "mode": "both", **ALL}, "Choose live or test"),
        ({"name": "x\0", "mode": "live", **ALL}, "NUL"),
    ],
)
async def test_refused_with_words(owner: Visitor, fields: dict[str, str], words: str):
    """A key without a name, a scope or a mode is not made."""
    answer = await owner.post("/keys", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert "No keys yet" in (await owner.get("/keys")).text


async def test_unknown_keys_are_not_found(owner: Visitor):
    """A key that never was cannot be revoked."""
    for name in ("x", "0" * 32):
        answer = await owner.post(f"/keys/{name}/revoke", page="/keys")
        assert answer.status_code == 404


def key_in(page: str) -> str:
    found = re.search(r"tcrm_(?:live|test)_\w{20,}", page)
    assert found, page
    return found.group()


async def test_the_first_call_is_waited_for(owner: Visitor):
    """The page of a new key asks by itself whether a call has come, and stops when one has."""
    await owner.post("/keys", name="Backend", mode="live", **ALL)
    answer = await owner.get("/keys")
    asked = re.search(
        r'hx-get="(/keys/[0-9a-f]{32}/first-call)" hx-trigger="every 2s"', answer.text
    )
    assert asked
    headers = {"HX-Request": "true"}
    part = (await owner.get(asked.group(1), headers=headers)).text
    assert "Waiting for your first call" in part
    assert "<html" not in part
    assert await call(owner, key_in(answer.text)) == 200
    part = (await owner.get(asked.group(1), headers=headers)).text
    assert "the first call has come" in part
    assert "hx-trigger" not in part
    assert "<html" in (await owner.get(asked.group(1))).text


async def test_sent_twice_is_made_once(owner: Visitor):
    """A form that is sent again makes no second key, and says that the text was shown already."""
    fields = {"name": "Backend", "mode": "live", "key_id": ids.new_id().hex, **ALL}
    key = await owner.make_key(**fields)
    assert went_to(await owner.post("/keys", **fields)) == "/keys"
    page = (await owner.get("/keys")).text
    assert "made already" in page
    assert page.count("/revoke") == 1
    assert await call(owner, key) == 200


async def test_replaced_with_an_overlap(owner: Visitor, monkeypatch: pytest.MonkeyPatch):
    """Beside its successor a replaced key works for the chosen time, then is refused; shown so."""
    old = await make(owner, name="Backend", mode="test")
    page = (await owner.get("/keys")).text
    path = re.findall(r'action="(/keys/[0-9a-f]{32}/rotate)"', page)[0]
    assert (await call(owner, old)) == 200
    assert went_to(await owner.post(path, page="/keys", overlap="1h")) == "/keys"
    answer = await owner.get("/keys")
    new = key_in(answer.text)
    assert new != old
    assert new.startswith("tcrm_test_")
    assert "which works until" in plain(answer.text)
    assert (await call(owner, old), await call(owner, new)) == (200, 200)
    page = (await owner.get("/keys")).text
    assert "Replaced" in page
    assert new not in page
    assert page.count("/rotate") == 1
    again = await owner.post(path, page="/keys", overlap="1h")
    assert went_to(again) == "/keys"
    assert "replaced already" in (await owner.get("/keys")).text
    # An hour later, for the row and for whoever remembers the key.
    later = clock.now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (await call(owner, old), await call(owner, new)) == (401, 200)
    assert "Expired" in (await owner.get("/keys")).text


@pytest.mark.parametrize("overlap", ["", "forever"])
async def test_an_overlap_is_one_of_those_offered(owner: Visitor, overlap: str):
    """What is not offered replaces nothing."""
    key = await make(owner)
    page = (await owner.get("/keys")).text
    path = re.findall(r'action="(/keys/[0-9a-f]{32}/rotate)"', page)[0]
    assert went_to(await owner.post(path, page="/keys", overlap=overlap)) == "/keys"
    page = (await owner.get("/keys")).text
    assert "Expected one of 1h" in page
    assert "Replaced" not in page
    assert await call(owner, key) == 200
