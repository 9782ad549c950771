"""Notices from a queue, with the simulator's SNS and SQS and the real client."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tenantcrm.contacts.models import Contact
from tenantcrm.database import Database
from tenantcrm.delivery.events.listening import QueuePolling
from tenantcrm.delivery.models import MailEvent
from tenantcrm.delivery.states import State
from tenantcrm.settings import Settings
from tests.delivery.desk import until
from tests.delivery.events.mailing import mail, person
from tests.delivery.events.sns import TOPIC
from tests.delivery.world import World
from tests.fixtures.programs import Program
from tests.sandbox.ses.running import Running, client_of, running, simple

QUEUE = "tenantcrm-events"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(None, "--queue", QUEUE, "--verified", "example.com") as simulator:
        yield simulator


@pytest.fixture
def polled(settings: Settings, simulator: Running) -> Settings:
    """The settings of a worker that polls the simulator's queue."""
    return replace(
        settings,
        ses_endpoint_url=simulator.url,
        ses_configuration_set="tenantcrm",
        sns_topic_arns=(TOPIC,),
        sqs_queue_url=f"{simulator.url}/000000000000/{QUEUE}",
    )


@asynccontextmanager
async def polling(settings: Settings, database: Database) -> AsyncIterator[None]:
    polling = QueuePolling(settings, database)
    task = asyncio.create_task(polling.run())
    try:
        yield
    finally:
        await polling.stop(10.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def sent(
    simulator: Running, world: World, to: str, state: State
) -> tuple[Program, httpx.Client]:
    """A mail that SES has taken, while the ledger thinks of it what it may; contact and mail."""
    contact = await person(world, to)
    key = await mail(world, contact, state=state)
    tags = {"d": key.hex, "a": "1", "t": world.tenant_id.hex}
    async with client_of(simulator) as client:
        await client.send_email(
            **simple(to),
            ConfigurationSetName="tenantcrm",
            EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
        )
    return contact, key


async def test_from_the_queue(
    polled: Settings, simulator: Running, database: Database, world: World
):
    """Bounces, complaints and deliveries of SES come through the queue and are applied."""
    wanted = {
        "bounce+1@simulator.amazonses.com": ("bounced", "bounced"),
        "complaint+1@simulator.amazonses.com": ("complained", "complained"),
        "success@simulator.amazonses.com": ("delivered", "subscribed"),
    }
    made = {to: await sent(simulator, world, to, State.UNKNOWN) for to in wanted}

    async def told() -> bool:
        rows = {row.id: row.state for row in await world.mails()}
        return all(rows[made[to][1]] == state for to, (state, _) in wanted.items())

    async with polling(polled, database):
        await until(told)
    for to, (_, status) in wanted.items():
        assert (await world.row(Contact, made[to][0])).status == status
    for event in await world.all(MailEvent):
        assert "@" not in str(event.detail)


async def test_an_outage(polled: Settings, database: Database, world: World, tmp_path: Path):
    """A queue that goes away and comes back is polled again; what was told meanwhile comes."""
    options = ("--queue", QUEUE, "--verified", "example.com")
    first = Running(tmp_path, *options)
    settings = replace(
        polled,
        ses_endpoint_url=first.url,
        sqs_queue_url=f"{first.url}/000000000000/{QUEUE}",
    )
    try:
        async with polling(settings, database):
            _, key = await sent(first, world, "success@simulator.amazonses.com", State.SENT)

            async def delivered() -> bool:
                return all(row.state == State.DELIVERED for row in await world.mails())

            await until(delivered)
            first.end(signal.SIGTERM)
            await asyncio.sleep(1.0)
            first.http.close()
            second = Running.__new__(Running)
            second.port, second.url = first.port, first.url
            second.process, second.http = _again(first, tmp_path, options)
            second._wait()
            try:
                await sent(second, world, "success+2@simulator.amazonses.com", State.UNKNOWN)
                await until(delivered)
            finally:
                second.http.close()
                second.end()
    finally:
        if first.process.poll() is None:
            first.end()
    assert key


def _again(first: Running, home: Path, options: tuple[str, ...]) -> tuple[Program, httpx.Client]:
    where = ("--port", str(first.port), "--home", str(home))
    process = Program("tenantcrm.sandbox.ses", *where, *options)
    return process, httpx.Client(base_url=first.url, timeout=30)


async def test_refused_stays_in_the_queue(
    polled: Settings, simulator: Running, database: Database, world: World
):
    """A notice of a topic that is not listed is neither applied nor thrown away."""
    deaf = replace(polled, sns_topic_arns=(TOPIC + "-other",))
    async with polling(deaf, database):
        await sent(simulator, world, "success+3@simulator.amazonses.com", State.SENT)
        await asyncio.sleep(2.0)
    assert await world.states() == {"sent": 1}


async def test_without_a_queue(settings: Settings, database: Database):
    """A worker without a queue polls nothing, and ends when it is told to."""
    polling = QueuePolling(settings, database)
    task = asyncio.create_task(polling.run())
    await polling.stop(5.0)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
