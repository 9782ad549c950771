"""Opens and clicks in the ledger: what is kept, what is bounded, what is never raised."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery, MailEvent
from tenantcrm.delivery.tracking.recording import MOST, Recorder, note
from tenantcrm.delivery.tracking.sightings import Sighting
from tenantcrm.settings import Settings
from tenantcrm.signing import TrackedClaim
from tests.delivery.desk import Desk
from tests.delivery.tracking.test_sightings import FIREFOX
from tests.delivery.world import World

URL = "https://shop.example/offer?who=ada"


@pytest.fixture
async def mail(world: World, desk: Desk) -> UUID:
    """A mail that was sent an hour ago."""
    await world.due(await world.contact())
    await desk.send(world)
    (row,) = await world.mails()
    await world.change(Delivery, row.id, asked_at=clock.now() - timedelta(hours=1))
    return row.id


def click(**more: object) -> Sighting:
    return Sighting(**({"kind": "click", "at": clock.now(), "user_agent": FIREFOX} | more))


def claimed(world: World, mail: UUID, url: str = URL) -> TrackedClaim:
    return TrackedClaim(world.tenant_id, mail, url)


async def test_a_person_clicks(world: World, mail: UUID, database: Database):
    """The click stands in the ledger as a person's, with where it led but for its query."""
    await Recorder(database).note(claimed(world, mail), click())
    row = await world.row(Delivery, mail)
    assert row.clicked_at
    assert (row.opened_at, row.machine_at) == (None, None)
    (event,) = await world.all(MailEvent)
    assert (event.kind, event.machine, event.delivery_id) == ("click", False, mail)
    assert event.detail["click"]["link"] == "https://shop.example/offer"


async def test_a_machine_opens(world: World, mail: UUID, database: Database):
    """What a program loaded is kept as a machine's and is no open."""
    seen = click(kind="open", user_agent="Mozilla/5.0")
    await Recorder(database).note(claimed(world, mail, ""), seen)
    row = await world.row(Delivery, mail)
    assert row.machine_at
    assert row.opened_at is None


async def test_too_early_to_be_a_person(world: World, mail: UUID, database: Database):
    """A browser in the seconds after the mail was delivered is a machine."""
    await world.change(Delivery, mail, delivered_at=clock.now())
    await Recorder(database).note(claimed(world, mail), click())
    row = await world.row(Delivery, mail)
    assert (row.clicked_at, row.machine_at is not None) == (None, True)


async def test_a_scanner_without_end(world: World, mail: UUID, database: Database):
    """A thousand clicks, over many hours and links and all at once, are a bounded number of rows;
    machines do not use up what is kept of people."""
    recorder = Recorder(database)

    async def storm(agent: str) -> None:
        async with asyncio.timeout(120):
            for batch in range(10):
                await asyncio.gather(
                    *(
                        recorder.note(
                            claimed(world, mail, f"{URL}&n={batch}-{place}"),
                            click(user_agent=agent, at=clock.now() + timedelta(hours=place)),
                        )
                        for place in range(50)
                    )
                )

    await storm("curl/8")
    await storm(FIREFOX)
    events = await world.all(MailEvent)
    assert len([e for e in events if e.machine]) == MOST[True]
    assert len([e for e in events if not e.machine]) == MOST[False]


async def test_nothing_of_a_mail_that_is_not_there(world: World, mail: UUID, database: Database):
    """A mail that is gone, or another tenant's, is noted nowhere."""
    async with database.unit_of_work(world.tenant_id) as session:
        assert not await note(session, claimed(world, uuid4()), click())
    stranger = TrackedClaim(uuid4(), mail, URL)
    await Recorder(database).note(stranger, click())
    assert await world.all(MailEvent) == []


async def test_without_a_database(settings: Settings, world: World, mail: UUID):
    """While the database is away the click is lost, and nobody hears of it."""
    away = settings.database_url.rsplit("@", 1)[0] + "@127.0.0.1:1/none"
    database = Database(replace(settings, database_url=away))
    try:
        await Recorder(database).note(claimed(world, mail), click())
    finally:
        await database.close()


async def test_a_click_proves_that_a_mail_was_sent(world: World, mail: UUID, database: Database):
    """Whoever clicks has the mail: one of which nobody knew is sent."""
    await world.change(Delivery, mail, state="unknown", reason="no_answer", sent_at=None)
    await Recorder(database).note(claimed(world, mail), click())
    assert (await world.row(Delivery, mail)).state == "sent"
