"""Who is in a campaign, who would be, and when the next mail goes out."""

from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest

from tenantcrm.campaigns import service
from tenantcrm.campaigns.models import EnrollmentState
from tenantcrm.campaigns.schemas import Audience, CampaignStats, Participant
from tenantcrm.campaigns.states import Reached
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.models import Mode
from tests.campaigns.world import MORNING, World

TEN = MORNING.replace(hour=10)


async def people(world: World, campaign: UUID, **query) -> tuple[list[Participant], str | None]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        page = await service.participants(session, campaign, **query)
        return page.rows, page.next


async def audience(world: World, text: str, campaign: UUID | None = None) -> Audience:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await service.audience(session, text, campaign_id=campaign)


async def exit_contact(world: World, contact: UUID, reason: str = "unsubscribed") -> int:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await service.exit_contact(session, contact, reason=reason, now=TEN)


async def next_send(world: World, campaign: UUID | None = None, now=MORNING):
    async with world.database.unit_of_work(world.tenant_id) as session:
        if campaign is None:
            return await service.next_send(session, now=now)
        return (await service.get(session, campaign, now=now)).next_send_at


async def test_participants(world: World):
    """Everybody who entered, last first, page by page, each once; a state filters."""
    campaign = await world.campaign(0, 9)
    contacts = []
    for day in range(3):
        contacts += [await world.contact(name=f"Number {day}") for _ in range(3)]
        await world.scan(campaign, TEN + timedelta(days=day))
    await exit_contact(world, contacts[0])
    seen, after = [], None
    while True:
        rows, after = await people(world, campaign, limit=2, after=after)
        seen += rows
        if after is None:
            break
    assert {row.contact_id for row in seen} == set(contacts)
    assert len(seen) == 9
    days = [row.enrolled_on for row in seen]
    assert days == sorted(days, reverse=True)
    exited, _ = await people(world, campaign, state=EnrollmentState.EXITED)
    assert [(row.contact_id, row.exit_reason, row.ended_at) for row in exited] == [
        (contacts[0], "unsubscribed", TEN)
    ]


async def test_exit(world: World):
    """A contact leaves every campaign that it is in, once; a finished one stays finished."""
    contact = await world.contact()
    first, second, done = [await world.campaign(day) for day in (0, 5, 0)]
    for day in range(2):
        await world.scan(done, TEN + timedelta(days=day))
    for campaign in (first, second):
        await world.scan(campaign, TEN)
    assert await exit_contact(world, contact) == 2
    assert await exit_contact(world, contact) == 0
    assert (await world.enrolled(done))[contact].state == "finished"
    result = await world.scan(second, TEN + timedelta(days=5))
    assert (await world.enrolled(second))[contact].state == "exited"
    assert result.enrolled == 0


async def test_stats(world: World):
    """A campaign's people are counted by where they stand and why they left."""
    campaign, empty = await world.campaign(0, 1), await world.campaign(0)
    contacts = [await world.contact() for _ in range(4)]
    await world.scan(campaign, TEN)
    await exit_contact(world, contacts[0])
    await exit_contact(world, contacts[1], "bounced")
    async with world.database.unit_of_work(world.tenant_id) as session:
        found = await service.stats(session, [campaign, empty])
    nobody = dict.fromkeys(Reached, 0)
    left = {"bounced": 1, "unsubscribed": 1}
    assert found == {
        campaign: CampaignStats(active=2, finished=0, exited=left, reached=nobody),
        empty: CampaignStats(active=0, finished=0, exited={}, reached=nobody),
    }
    assert found[campaign].entered == 4


async def test_audience(world: World):
    """The count says who would be enrolled, and why the others would not; a scan agrees."""
    campaign = await world.campaign(0, contact_filter="language=en")
    english = {"attributes": {"language": "en"}}
    await world.contact(**english)
    await world.scan(campaign, TEN)
    wanted = {await world.contact(**english) for _ in range(7)}
    await world.contact(**english, status="unsubscribed")
    await world.contact(**english, status="bounced")
    await world.contact(**english, mode="test")
    await world.suppress(await world.contact(**english))
    await world.contact(attributes={"language": "de"})
    found = await audience(world, "language=en", campaign)
    assert (found.matching, found.eligible) == (12, 7)
    assert found.excluded == {
        "already_in_campaign": 1,
        "bounced": 1,
        "suppressed": 1,
        "test": 1,
        "unsubscribed": 1,
    }
    assert len(found.sample) == 5
    assert {person.id for person in found.sample} < wanted
    assert (await audience(world, "language=en")).eligible == 8
    assert (await world.scan(campaign, TEN + timedelta(days=1))).enrolled == 7


async def test_audience_of_a_bad_filter(world: World):
    """A filter that cannot be read is refused at the campaign's own field."""
    with pytest.raises(InvalidError) as caught:
        await audience(world, "language=")
    assert caught.value.errors[0].pointer == "/contact_filter"


async def test_next_send_of_newcomers(world: World):
    """Whoever waits to be enrolled gets the first message, on its day; nobody waits: no mail."""
    campaign = await world.campaign(2, contact_filter="plan=pro")
    assert await next_send(world, campaign) is None
    await world.contact(attributes={"plan": "free"})
    assert await next_send(world, campaign) is None
    await world.contact(attributes={"plan": "pro"})
    assert await next_send(world, campaign) == TEN + timedelta(days=2)
    assert await next_send(world) == TEN + timedelta(days=2)


async def test_next_send_of_participants(world: World):
    """Whoever is in the campaign gets the next message that is to come."""
    await world.contact()
    campaign = await world.campaign(0, 2, 5)
    moments = []
    for day in range(7):
        now = TEN + timedelta(days=day)
        await world.scan(campaign, now)
        moments.append(await next_send(world, campaign, now))
    second, fifth = TEN + timedelta(days=2), TEN + timedelta(days=5)
    assert moments == [second, second, fifth, fifth, fifth, None, None]


async def test_next_send_is_the_earliest(world: World):
    """Of newcomers and participants, and of all campaigns, the earliest counts."""
    await world.contact()
    campaign = await world.campaign(0, 5)
    await world.scan(campaign, TEN)
    await world.contact()
    assert await next_send(world, campaign, TEN) == TEN + timedelta(days=1)
    await world.campaign(1)
    assert await next_send(world, now=TEN) == TEN + timedelta(days=1)


async def test_next_send_of_an_immediate_campaign(world: World):
    """With day 0 at once a waiting contact's mail goes now; then the next is on its day."""
    campaign = await world.campaign(0, 3, day_zero="immediately")
    assert await next_send(world, campaign) is None
    await world.contact()
    assert await next_send(world, campaign) == MORNING
    await world.scan(campaign, MORNING)
    assert await next_send(world, campaign) == TEN + timedelta(days=3)


async def test_next_send_without_people(world: World):
    """Exited contacts, drafts and paused campaigns promise no mail."""
    contact = await world.contact()
    campaign = await world.campaign(0, 3)
    await world.campaign(0, active=False)
    await world.scan(campaign, TEN)
    await exit_contact(world, contact)
    assert await next_send(world, campaign, TEN) is None
    assert await next_send(world, now=TEN) is None


@pytest.mark.parametrize(("most", "waited_for"), [(3, {"plan=pro", "plan=free"}), (2, None)])
async def test_a_large_tenant(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int, waited_for: set[str] | None
):
    """Of more contacts than a page looks at, some are taken to match."""
    monkeypatch.setattr(import_module("tenantcrm.campaigns.service.next_send"), "LOOK", most)
    for plan in ("pro", "free", "free"):
        await world.contact(attributes={"plan": plan})
    filters = ("plan=pro", "plan=free", "plan=none")
    rows = {await world.campaign(0, contact_filter=text): text for text in filters}
    async with world.database.unit_of_work(world.tenant_id) as session:
        page = await service.listed(session, now=MORNING)
    assert {rows[row.id] for row in page.rows if row.next_send_at} == (waited_for or set(filters))


async def test_preview(world: World):
    """A message shows as the chosen contact would get it, with a link that unsubscribes nobody."""
    contact = await world.contact(name="Ada", attributes={"plan": "pro"}, email="ada@x.com")
    campaign = await world.campaign(0)
    async with world.database.unit_of_work(world.tenant_id) as session:
        first = (await service.get(session, campaign)).messages[0]
        message = await session.get_one(
            type(world.message(campaign, 0)), (world.tenant_id, first.id)
        )
        message.subject = "Hi {{ contact.name }}"
        message.html_template = "<p>{{ contact.plan }} at {{ tenant.name }}</p>"
    async with world.database.unit_of_work(world.tenant_id) as session:
        shown = await service.preview(
            session,
            campaign,
            mode=Mode.LIVE,
            unsubscribe_url="https://x.com/u/preview",
            contact_id=contact,
        )
        assert shown.subject == "Hi Ada"
        assert "pro at Vinr" in shown.html
        assert "1 Main Street, London" in shown.text
        assert "https://x.com/u/preview" in shown.text
        assert (shown.sender_email, shown.to.id) == ("hi@example.com", contact)
        nobody = await service.preview(
            session, campaign, mode=Mode.LIVE, unsubscribe_url="https://x.com/u/preview"
        )
        assert nobody.subject == "Hi Ada Lovelace"
        with pytest.raises(NotFoundError):
            await service.preview(
                session,
                campaign,
                mode=Mode.TEST,
                unsubscribe_url="https://x.com/u/preview",
                contact_id=contact,
            )


async def test_the_wrong_tenant(world: World, other_tenant_id: UUID):
    """Another tenant learns nothing of a campaign's people."""
    contact = await world.contact()
    campaign = await world.campaign(0)
    await world.scan(campaign, TEN)
    rival = World(world.database, other_tenant_id)
    with pytest.raises(NotFoundError):
        await people(rival, campaign)
    assert (await audience(rival, "", campaign)).matching == 0
    assert await exit_contact(rival, contact) == 0
    async with rival.database.unit_of_work(other_tenant_id) as session:
        found = await service.stats(session, [campaign])
    assert found[campaign].entered == 0
