"""Many mails with one request: what is packed together, and what comes of each."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tenantcrm.database import Database
from tenantcrm.delivery import bulk, packing, steps
from tenantcrm.delivery.headers import Mailbox
from tenantcrm.delivery.mime import MailFrame
from tenantcrm.delivery.packing import BULK_FROM
from tenantcrm.delivery.ports import Mail, Tagged, write_mail
from tenantcrm.delivery.steps import Ready
from tenantcrm.tenants.models import Tenant
from tests.delivery.desk import Desk, settled
from tests.delivery.world import World
from tests.fixtures.fake_ses import Behaviour, FakeSes

FRAME = MailFrame(
    sender=Mailbox("Vinr", "hi@example.com"), list_id="ten_1.example.com", feedback_id="a:b:c:d"
)
MANY = BULK_FROM + 4


def mail(frame: MailFrame = FRAME, html: str = "<p>Hello</p>", **changed: Any) -> Mail:
    parts: dict[str, Any] = {
        "to": Mailbox("Ada", "ada@example.com"),
        "subject": "Welcome",
        "text": "Hello",
        "message_id": "dlv_1",
        "date": datetime(2026, 3, 1, tzinfo=UTC),
        "unsubscribe_url": "https://example.com/u/abc",
    }
    return write_mail(frame, html=html, **parts | changed)


def request_of(*mails: Mail) -> dict[str, Any]:
    tagged = [Tagged(one, {"d": str(place)}) for place, one in enumerate(mails)]
    found: dict[str, Any] = json.loads(bulk.request(tagged, {"ConfigurationSetName": "main"}))
    return found


def test_an_entry_has_all_that_is_a_mails_own():
    """Content, recipient, tags and the fields of bulk senders are the entry's; From is shared."""
    found = request_of(mail(subject="Zoë's {{ x }}", html='<a href="x">\n</a>'), mail())
    assert found["FromEmailAddress"] == "Vinr <hi@example.com>"
    assert found["ConfigurationSetName"] == "main"
    first, second = found["BulkEmailEntries"]
    assert first["Destination"] == {"ToAddresses": ["Ada <ada@example.com>"]}
    data = first["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
    assert json.loads(data) == {"s": "Zoë's {{ x }}", "t": "Hello", "h": '<a href="x">\n</a>'}
    assert {h["Name"]: h["Value"] for h in first["ReplacementHeaders"]} == {
        "List-Id": "<ten_1.example.com>",
        "Feedback-ID": "a:b:c:d",
        "List-Unsubscribe": "<https://example.com/u/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert [e["ReplacementTags"] for e in (first, second)] == [
        [{"Name": "d", "Value": "0"}],
        [{"Name": "d", "Value": "1"}],
    ]


def test_packed_by_count_and_by_frame():
    """Fifty at most share a request, and only mails of one sender and campaign."""
    other = MailFrame(sender=Mailbox("", "other@example.com"))
    mails = [mail(frame) for _ in range(60) for frame in (FRAME, other)]
    parcels = bulk.parcels(mails)
    assert sorted(len(parcel) for parcel in parcels) == [10, 10, 50, 50]
    assert sorted(place for parcel in parcels for place in parcel) == list(range(120))
    for parcel in parcels:
        assert len({id(mails[place].frame) for place in parcel}) == 1


async def test_too_large_after_all(desk: Desk, world: World, fake: FakeSes):
    """A request that has grown beyond what SES takes is not made: its mails go one by one."""
    grows = "<p>" + "\x01" * 20_000 + "</p>"
    campaign = await world.campaign(0, html=grows)
    await world.due(*[await world.contact() for _ in range(MANY)], campaign_id=campaign)
    await send(desk, world)
    assert (fake.bulks, await world.states()) == ([], {"sent": MANY})


@pytest.mark.parametrize("html", ["<p>é</p>" * 4_000, '"\\\n' * 5_000, "x" * 60_000])
def test_packed_by_bytes(html: str):
    """However much quotes, line ends and letters grow in JSON, a request stays under 1 MB."""
    mails = [mail(html=html) for _ in range(100)]
    parcels = bulk.parcels(mails)
    for parcel in parcels:
        tagged = [Tagged(mails[place], {"d": "x"}) for place in parcel]
        assert len(bulk.request(tagged, {})) <= 1_000_000
    assert len(parcels[0]) > 5


@pytest.mark.parametrize(
    "changed",
    [
        {"html": "x" * 300_000},
        {"text": " \n"},
        {"subject": ""},
        {"unsubscribe_url": "https://example.com/" + "u" * 900},
    ],
)
def test_what_cannot_be_an_entry_goes_by_itself(changed: dict[str, Any]):
    """A mail that SES takes alone, and not as an entry, is not packed with others."""
    assert bulk.parcels([mail(), mail(**changed), mail()]) == [[0, 2], [1]]


def ready(count: int, frame: MailFrame = FRAME) -> list[Ready]:
    return [Ready(id=UUID(int=n), fence=1, attempt=1, mail=mail(frame)) for n in range(count)]


class Packer:
    """The packing of SES, without an SES."""

    parcels = staticmethod(bulk.parcels)

    async def send(self, parcel: object) -> list[Any]:
        raise AssertionError(parcel)


def test_few_go_one_by_one():
    """Fewer than it pays for are not packed; nor is anything for a sender that takes no parcels."""
    assert [len(p) for p in packing.pack(ready(BULK_FROM - 1), Packer())] == [1] * (BULK_FROM - 1)
    assert [len(p) for p in packing.pack(ready(BULK_FROM), Packer())] == [BULK_FROM]
    assert [len(p) for p in packing.pack(ready(MANY), None)] == [1] * MANY


def test_only_what_has_room_leaves():
    """A parcel stands for two requests; mails without room stay, and none is lost."""
    other = MailFrame(sender=Mailbox("", "other@example.com"))
    parcels = packing.pack(ready(50) + ready(3, other), Packer())
    leaving, staying = packing.within(parcels, 3)
    assert sum(packing.share(parcel) for parcel in leaving) == 3
    assert sum(len(parcel) for parcel in leaving) + len(staying) == 53


@pytest.fixture
async def people(world: World) -> list[UUID]:
    return [await world.contact(name=f"Person {n}") for n in range(MANY)]


async def send(desk: Desk, world: World) -> None:
    """Every step once, by request."""
    claimed = await desk.claim(world)
    parcels = await steps.preflight(desk.bench, world.tenant_id, "day_zero", claimed)
    for parcel in parcels:
        outcomes = await steps.request_parcel(desk.bench, world.tenant_id, parcel)
        await steps.finish(desk.bench, world.tenant_id, outcomes)


async def test_one_request_for_all(desk: Desk, world: World, fake: FakeSes, people: list[UUID]):
    """Mails of one message that are due together leave together, each with its own id."""
    await world.due(*people)
    await send(desk, world)
    assert fake.bulks == [MANY]
    assert {(m.state, m.ses_message_id) for m in await world.mails()} == {
        ("sent", f"ses-{m.id.hex}") for m in await world.mails()
    }


STATUSES = {
    "ACCOUNT_THROTTLED": "pending:ACCOUNT_THROTTLED",
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": "pending:ACCOUNT_DAILY_QUOTA_EXCEEDED",
    "ACCOUNT_SUSPENDED": "pending:ACCOUNT_SUSPENDED",
    "ACCOUNT_SENDING_PAUSED": "pending:ACCOUNT_SENDING_PAUSED",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "pending:MAIL_FROM_DOMAIN_NOT_VERIFIED",
    "MESSAGE_REJECTED": "failed:MESSAGE_REJECTED",
    "INVALID_PARAMETER": "failed:INVALID_PARAMETER",
    "TRANSIENT_FAILURE": "unknown:no_answer",
    "FAILED": "unknown:no_answer",
    "SOMETHING_NEW": "unknown:no_answer",
}


async def test_entry_by_entry(desk: Desk, world: World, fake: FakeSes, people: list[UUID]):
    """Each mail ends as its own entry says; what is not a certain no is unknown."""
    await world.due(*people)
    fake.statuses = dict(enumerate(STATUSES))
    await send(desk, world)
    expected = {"sent": MANY - len(STATUSES)}
    for ends in STATUSES.values():
        expected[ends] = expected.get(ends, 0) + 1
    assert await world.states() == expected
    assert not any("@" in (m.detail or "") for m in await world.mails())


@pytest.mark.parametrize(
    ("behaviour", "ends", "reason"),
    [
        (Behaviour.TOO_FAST, "pending", "TooManyRequestsException"),
        (Behaviour.SUSPENDED, "pending", "AccountSuspendedException"),
        (Behaviour.BROKEN, "unknown", "no_answer"),
        (Behaviour.ACCEPT_AND_RESET, "unknown", "no_answer"),
    ],
)
async def test_the_request_as_a_whole(
    desk: Desk,
    world: World,
    fake: FakeSes,
    people: list[UUID],
    behaviour: Behaviour,
    ends: str,
    reason: str,
):
    """A request that was certainly refused sends all mails back; one without answer, none."""
    await world.due(*people)
    fake.bulk = behaviour
    await send(desk, world)
    assert await world.states() == {f"{ends}:{reason}": MANY}
    assert set(fake.asked.values()) == {1}


async def test_refused_for_one_of_them(desk: Desk, world: World, fake: FakeSes, people: list[UUID]):
    """A parcel that is refused for good was not taken: its mails are asked for one by one."""
    await world.due(*people)
    fake.bulk = Behaviour.REJECT
    await send(desk, world)
    assert await world.states() == {"sent": MANY}
    assert set(fake.accepted.values()) == {1}


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"BulkEmailEntryResults":[{"Status":"SUCCESS"}]}']
)
def test_an_answer_that_cannot_be_told_apart(answer: bytes):
    """Where it is not clear which entry an answer is for, every mail is unknown."""
    assert {outcome.state for outcome in bulk.read(answer, 2)} == {"unknown"}


async def test_room_bounds_what_is_marked(
    desk: Desk, world: World, fake: FakeSes, people: list[UUID]
):
    """What the free requests cannot carry was never marked as being sent; it is due again."""
    for one in people[:3]:
        await world.due(one, campaign_id=await world.campaign(0))
    claimed = await desk.claim(world)
    parcels = await steps.preflight(desk.bench, world.tenant_id, "day_zero", claimed, room=2)
    assert [len(parcel) for parcel in parcels] == [1, 1]
    assert await world.states() == {"sending": 2, "pending": 1}
    assert (await world.lane()).due_at is not None
    assert fake.asked == {}


async def test_the_engine_packs(desk: Desk, world: World, fake: FakeSes, database: Database):
    """A worker sends a campaign in parcels, every mail once, and asks for more as it learns."""
    async with database.control_unit_of_work() as control:
        (await control.get_one(Tenant, world.tenant_id)).send_rate = 10_000
    await world.due(*[await world.contact() for _ in range(150)])
    async with desk.engines():
        assert await settled(world) == {"sent": 150}
    assert set(fake.accepted.values()) == {1}
    assert len(fake.bulks) + len(fake.attempts) < 40
