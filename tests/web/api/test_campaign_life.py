"""What goes on in a campaign, over HTTP: previews, tests, people, activities, mails."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tenantcrm.campaigns.service import reach
from tenantcrm.contacts.service import sizes
from tenantcrm.database import Database
from tenantcrm.delivery.service import scan_tenant
from tenantcrm.publishing.words import impact_lines
from tests.campaigns.senders import VerifiedSenders
from tests.web.api.conftest import MakeKey, bearer, faults, problem

CAMPAIGN = {
    "name": "Welcome",
    "contact_filter": "plan=pro",
    "preferred_send_time": "10:00",
    "timezone": "UTC",
    "day_zero": "immediately",
    "active": True,
    "messages": [
        {
            "subject": "Hi {{ contact.name | default: 'there' }}",
            "send_day": 0,
            "html_template": "<p>You are on {{ contact.plan }} at {{ tenant.name }}.</p>",
        },
        {"subject": "Later", "send_day": 3, "html_template": "<p>Still here?</p>"},
    ],
}


@pytest.fixture(autouse=True)
def _senders(app: Litestar) -> Iterator[None]:
    before = app.state.services
    app.state.services = replace(before, senders=VerifiedSenders())
    yield
    app.state.services = before


class Running:
    """A campaign with a contact in it, whose first mail waits."""

    def __init__(self, campaign: dict, contact: dict) -> None:
        self.campaign, self.contact = campaign, contact
        self.path = f"/v1/campaigns/{campaign['id']}"
        self.message = campaign["messages"][0]["id"]


@pytest.fixture
async def running(api: httpx.AsyncClient, database: Database, tenant_id: UUID) -> Running:
    """A campaign that has just enrolled its first contact."""
    given = {"email": "ada@example.com", "name": "Ada", "attributes": {"plan": "pro"}}
    contact = (await api.post("/v1/contacts", json=given)).json()
    campaign = (await api.post("/v1/campaigns", json=CAMPAIGN)).json()
    assert await scan_tenant(database, tenant_id) == 1
    return Running(campaign, contact)


async def rows(api: httpx.AsyncClient, path: str) -> list[dict]:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize("approximate", [False, True])
async def test_a_whole_campaign_is_simulated(
    api: httpx.AsyncClient,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    approximate: bool,
):
    """It tells the days to come, and whether it looked at every contact: of a large tenant it
    does not, and each of the sample stands for 64.
    """
    if approximate:
        monkeypatch.setattr(sizes, "COUNTED", 0)
        monkeypatch.setattr(sizes, "ENOUGH", 0)
    told = (await api.post(f"{running.path}/simulate")).json()
    assert told["approximate"] is approximate
    assert (told["people"], told["newcomers"] % 64) == (1, 0)
    assert [day["sends"] for day in told["days"] if day["sends"]] == [1]
    moved = {"preferred_send_time": "11:00"}
    impact = (await api.post(f"{running.path}/impact", json=moved)).json()
    assert (impact["approximate"], impact["people"]) == (False, 1)


async def test_an_estimate_decides_nothing(
    api: httpx.AsyncClient, running: Running, monkeypatch: pytest.MonkeyPatch
):
    """With ``ask`` the save counts whom it passes itself, and changes nothing while nobody has said
    what happens to them; going back to a version does so, too. The commands say of an estimate that
    it is one."""
    monkeypatch.setattr(reach, "LOOKED_AT", 0)
    assert (await api.patch(running.path, json={"zone_mode": "contact"})).status_code == 200
    stored = (await api.get(running.path)).json()
    new = {"key": "new", "subject": "New", "send_day": 0, "html_template": "<p>New</p>"}
    kept = stored["messages"][1:]
    edit = {"messages": [*kept, stored["messages"][0] | {"send_day": 1}, new]}
    impact = (await api.post(f"{running.path}/impact", json=edit)).json()
    assert impact["approximate"] is True
    lines = [line for line, _ in impact_lines(impact)]
    assert any("about" in line or "sample" in line for line in lines)
    answer = await api.patch(running.path, json=edit | {"ask": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "undecided")
    assert (await api.get(running.path)).json()["version"] == stored["version"]
    answer = await api.patch(running.path, json=edit | {"ask": True, "past_messages": "skip"})
    assert answer.status_code == 200
    restore = f"{running.path}/versions/{answer.json()['version']}/restore"
    without = (await api.patch(running.path, json={"messages": edit["messages"][:-1]})).json()
    problem(await api.post(restore, json={"ask": True}), 409, "undecided")
    assert (await api.get(running.path)).json()["version"] == without["version"]
    back = await api.post(restore, json={"ask": True, "past_messages": "skip"})
    assert [message["key"] for message in back.json()["messages"]].count("new") == 1


async def test_next_send(api: httpx.AsyncClient, running: Running):
    """A running campaign tells when its next mail goes out: here the one of day 3."""
    moment = (await api.get(running.path)).json()["next_send_at"]
    assert moment.endswith("T10:00:00Z")


async def test_contacts(api: httpx.AsyncClient, running: Running):
    """Who is in the campaign, and where they stand; a state filters."""
    (row,) = await rows(api, f"{running.path}/contacts")
    assert row["contact_id"] == running.contact["id"]
    assert (row["email"], row["name"], row["state"]) == ("ada@example.com", "Ada", "active")
    assert (row["exit_reason"], row["ended_at"]) == (None, None)
    assert (row["why"]["code"], row["why"]["message"]) == ("active", "In the campaign.")
    (own,) = await rows(api, f"/v1/contacts/{running.contact['id']}/enrollments")
    assert own["why"] == row["why"]
    assert len(row["enrolled_on"]) == 10
    assert await rows(api, f"{running.path}/contacts?state=exited") == []
    answer = await api.get(f"{running.path}/contacts?state=gone")
    assert faults(answer) == [("/state", "invalid_choice")]


async def test_unsubscribed(api: httpx.AsyncClient, running: Running):
    """Whoever is unsubscribed has left the campaign; the mail that waited is not sent."""
    answer = await api.post(f"/v1/contacts/{running.contact['id']}/unsubscribe")
    assert answer.status_code == 200, answer.text
    (row,) = await rows(api, f"{running.path}/contacts")
    assert (row["state"], row["exit_reason"]) == ("exited", "unsubscribed")
    (mail,) = await rows(api, f"{running.path}/deliveries")
    assert (mail["state"], mail["reason"]) == ("skipped", "unsubscribed")


async def test_erased(api: httpx.AsyncClient, running: Running):
    """Of an erased contact the place in the campaign stays, and nothing that tells who it was."""
    await api.delete(f"/v1/contacts/{running.contact['id']}")
    (row,) = await rows(api, f"{running.path}/contacts")
    assert (row["contact_id"], row["email"], row["name"]) == (None, None, None)
    assert (row["state"], row["exit_reason"]) == ("exited", "contact_erased")
    (mail,) = await rows(api, f"{running.path}/deliveries")
    assert (mail["state"], mail["contact_id"]) == ("skipped", None)


async def test_deliveries(api: httpx.AsyncClient, running: Running):
    """The ledger of a campaign, and one entry of it with why it stands where it stands."""
    (mail,) = await rows(api, f"{running.path}/deliveries")
    assert mail["id"].startswith("dlv_")
    assert mail["campaign_id"] == running.campaign["id"]
    assert mail["message_id"] == running.message
    assert mail["contact_id"] == running.contact["id"]
    assert (mail["state"], mail["kind"], mail["attempts"]) == ("pending", "day_zero", 0)
    assert [event["kind"] for event in mail["events"]] == ["queued"]
    assert mail["why"]
    one = (await api.get(f"/v1/deliveries/{mail['id']}")).json()
    assert one["why"].startswith("Due now: it is next in its queue")
    assert one["estimated_at"] is not None
    assert one | {"why": mail["why"], "estimated_at": None} == mail
    assert await rows(api, f"{running.path}/deliveries?state=sent") == []
    assert await rows(api, f"{running.path}/deliveries?state=pending") == [mail]


async def test_activities(api: httpx.AsyncClient, running: Running):
    """What happened, newest first, page by page: made, activated, enrolled, edited."""
    await api.patch(running.path, json={"name": "Renamed"})
    kinds, after = [], ""
    while True:
        page = (await api.get(f"{running.path}/activities?limit=1{after}")).json()
        kinds += [row["kind"] for row in page["data"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert kinds[0] == "campaign_edited"
    assert sorted(kinds) == [
        "campaign_activated",
        "campaign_created",
        "campaign_edited",
        "enrolled",
    ]
    edited = (await rows(api, f"{running.path}/activities"))[0]
    assert edited["detail"] == {"fields": ["name"], "version": 2}
    assert edited["actor"].startswith("key_")


async def test_preview(api: httpx.AsyncClient, running: Running):
    """A message shows as the contact gets it; a draft and an invented contact do as well."""
    given = {"message_id": running.message, "contact_id": running.contact["id"]}
    shown = (await api.post(f"{running.path}/preview", json=given)).json()
    assert shown["subject"] == "Hi Ada"
    assert "You are on pro at Vinr." in shown["html"]
    assert "You are on pro at Vinr." in shown["text"]
    assert shown["sender"] == {"name": "Vinr", "email": "hi@example.com"}
    first = await api.post(f"{running.path}/preview")
    assert first.json()["subject"] == "Hi Ada Lovelace"
    draft = {"subject": "New", "send_day": 9, "html_template": "<b>{{ contact.email }}</b>"}
    answer = await api.post(f"{running.path}/preview", json={"message": draft})
    assert "<b>ada@example.com</b>" in answer.json()["html"]
    broken = {"message": {**draft, "html_template": "{{ x"}}
    answer = await api.post(f"{running.path}/preview", json=broken)
    assert faults(answer) == [("/html_template", "template_syntax")]


async def test_the_previews_link_unsubscribes_nobody(
    api: httpx.AsyncClient, http: httpx.AsyncClient, running: Running
):
    """Whoever follows the link of a preview, and confirms, changes nothing."""
    given = {"message_id": running.message, "contact_id": running.contact["id"]}
    shown = (await api.post(f"{running.path}/preview", json=given)).json()
    link = next(word for word in shown["text"].split() if "/u/" in word)
    await http.post(link, data={"List-Unsubscribe": "One-Click"})
    contact = (await api.get(f"/v1/contacts/{running.contact['id']}")).json()
    assert contact["status"] == "subscribed"


async def test_preview_as_a_contact_reads_contacts(
    http: httpx.AsyncClient, make_key: MakeKey, running: Running
):
    """A key that may not read contacts cannot read one through a template."""
    headers = bearer(await make_key("campaigns:read", "campaigns:write"))
    given: dict[str, Any] = {"contact_id": running.contact["id"]}
    answer = await http.post(f"{running.path}/preview", json=given, headers=headers)
    assert problem(answer, 403, "missing_scope")["scope"] == "contacts:read"
    test = given | {"to": "me@example.com", "message_id": running.message}
    answer = await http.post(f"{running.path}/test-send", json=test, headers=headers)
    assert problem(answer, 403, "missing_scope")["scope"] == "contacts:read"
    answer = await http.post(f"{running.path}/preview", headers=headers)
    assert answer.status_code == 200


async def test_test_send(api: httpx.AsyncClient, running: Running):
    """A test mail is queued to its author, and is an entry of the ledger."""
    given = {
        "to": "me@example.com",
        "message_id": running.message,
        "contact_id": running.contact["id"],
    }
    answer = await api.post(f"{running.path}/test-send", json=given)
    assert answer.status_code == 202, answer.text
    mail = answer.json()
    assert (mail["kind"], mail["state"]) == ("test", "pending")
    assert answer.headers["location"] == f"/v1/deliveries/{mail['id']}"
    assert (await api.get(answer.headers["location"])).json()["id"] == mail["id"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"to": "nobody"}, ("/to", "invalid_email")),
        ({"to": "a@x.com\r\nBcc: b@x.com"}, ("/to", "invalid_email")),
        ({"to": 3}, ("/to", "invalid_type")),
        ({"cc": "a@x.com"}, ("/cc", "unknown_field")),
    ],
)
async def test_bad_test_sends(api: httpx.AsyncClient, running: Running, given: dict, fault: tuple):
    """An address that is none is refused, and nothing is queued."""
    body = {"to": "me@example.com", "message_id": running.message} | given
    assert faults(await api.post(f"{running.path}/test-send", json=body)) == [fault]


async def test_what_is_not_there(api: httpx.AsyncClient, running: Running):
    """Messages and contacts that are not of this campaign or tenant do not exist."""
    nothing = "0" * 32
    for call, body in (
        ("preview", {"message_id": f"msg_{nothing}"}),
        ("preview", {"contact_id": f"con_{nothing}"}),
        ("test-send", {"to": "a@x.com", "message_id": f"msg_{nothing}"}),
        ("test-send", {"to": "a@x.com", "message_id": running.contact["id"]}),
    ):
        problem(await api.post(f"{running.path}/{call}", json=body), 404, "not_found")
    other = (await api.post("/v1/campaigns", json=CAMPAIGN | {"active": False})).json()
    body = {"to": "a@x.com", "message_id": other["messages"][0]["id"]}
    problem(await api.post(f"{running.path}/test-send", json=body), 404, "not_found")
    problem(await api.get(f"/v1/deliveries/dlv_{nothing}"), 404, "not_found")


async def test_the_wrong_tenant(
    api: httpx.AsyncClient, rival_api: httpx.AsyncClient, running: Running
):
    """Another tenant reaches neither the people nor the mails, also not by its own campaign."""
    (mail,) = await rows(api, f"{running.path}/deliveries")
    problem(await rival_api.get(f"/v1/deliveries/{mail['id']}"), 404, "not_found")
    own = (await rival_api.post("/v1/campaigns", json=CAMPAIGN | {"active": False})).json()
    path = f"/v1/campaigns/{own['id']}"
    for body in ({"contact_id": running.contact["id"]}, {"message_id": running.message}):
        problem(await rival_api.post(f"{path}/preview", json=body), 404, "not_found")
    stolen = {"to": "a@x.com", "message_id": running.message}
    problem(await rival_api.post(f"{path}/test-send", json=stolen), 404, "not_found")
    cursor = (await api.get(f"{running.path}/activities?limit=1")).json()["next"]
    answer = await rival_api.get(f"{path}/activities?after={cursor}")
    assert faults(answer) == [("/after", "bad_cursor")]


async def test_a_test_key_sees_no_live_contact(
    test_api: httpx.AsyncClient, api: httpx.AsyncClient, running: Running
):
    """To a test key the people of a campaign, who are live, do not exist."""
    assert await rows(test_api, f"{running.path}/contacts") == []
    body = {"contact_id": running.contact["id"]}
    problem(await test_api.post(f"{running.path}/preview", json=body), 404, "not_found")
    assert len(await rows(api, f"{running.path}/contacts")) == 1


async def test_test_contacts_are_never_enrolled(
    test_api: httpx.AsyncClient, database: Database, tenant_id: UUID, running: Running
):
    """A contact made with a test key matches and is not enrolled."""
    given = {"email": "bob@example.com", "attributes": {"plan": "pro"}}
    assert (await test_api.post("/v1/contacts", json=given)).status_code == 201
    assert await scan_tenant(database, tenant_id) == 0


async def test_deleted_with_its_mails(api: httpx.AsyncClient, running: Running):
    """What waits of a deleted campaign is skipped, and the ledger still tells of it."""
    (mail,) = await rows(api, f"{running.path}/deliveries")
    assert (await api.delete(running.path)).status_code == 204
    for call in ("", "/contacts", "/activities", "/deliveries"):
        problem(await api.get(running.path + call), 404, "not_found")
    left = (await api.get(f"/v1/deliveries/{mail['id']}")).json()
    assert (left["state"], left["reason"]) == ("skipped", "campaign_deleted")
