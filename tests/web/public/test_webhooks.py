"""``POST /webhooks/ses``: what SES tells, from outside."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import structlog
from litestar import Litestar
from sqlalchemy import update

from tenantcrm.app import create_app
from tenantcrm.contacts.models import Contact
from tenantcrm.delivery.events.application import apply_again
from tenantcrm.delivery.models import Delivery, MailEvent
from tenantcrm.settings import Settings
from tests.delivery.events.mailing import SENT, mail, person
from tests.delivery.events.records import record
from tests.delivery.events.sns import TOPIC, Sns
from tests.delivery.world import World
from tests.fixtures.web import Visitor, serving, visiting

PATH = "/webhooks/ses"
TEXT = {"Content-Type": "text/plain; charset=UTF-8"}


@pytest.fixture
async def sns() -> AsyncIterator[Sns]:
    async with Sns().serving() as sns:
        yield sns


@pytest.fixture
async def listening(settings: Settings, sns: Sns) -> AsyncIterator[Litestar]:
    """The application with a topic to listen to."""
    app = create_app(replace(settings, ses_endpoint_url=sns.url, sns_topic_arns=(TOPIC,)))
    async with serving(app):
        yield app


@pytest.fixture
async def caller(listening: Litestar) -> AsyncIterator[Visitor]:
    async with visiting(listening) as visitor:
        yield visitor


@pytest.fixture
def world(database, tenant_id) -> World:
    return World(database, tenant_id)


async def post(caller: Visitor, body: Any, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await caller.http.post(PATH, content=raw, headers={**TEXT, **headers})


async def test_a_bounce_comes_in(caller: Visitor, sns: Sns, world: World):
    """A signed notice is applied when it is answered; the same again is answered alike."""
    contact = await person(world, "ada@example.com")
    key = await mail(world, contact)
    told = sns.envelope(record("Bounce", world.tenant_id, key, sent_at=SENT))
    for _ in range(2):
        answer = await post(caller, told)
        assert (answer.status_code, answer.text) == (200, "")
        assert "set-cookie" not in answer.headers
        assert (await world.row(Contact, contact)).status == "bounced"
        assert (await world.row(Delivery, key)).state == "bounced"
    assert len(await world.all(MailEvent)) == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "image/png", ""])
async def test_whatever_it_calls_itself(caller: Visitor, sns: Sns, world: World, kind: str):
    """The body is read as what it is, whatever the headers say of it."""
    key = await mail(world, await world.contact())
    told = sns.envelope(record("Delivery", world.tenant_id, key, sent_at=SENT))
    headers = {"Content-Type": kind, "x-amz-sns-message-type": "UnsubscribeConfirmation"}
    assert (await post(caller, told, **headers)).status_code == 200
    assert (await world.row(Delivery, key)).state == "delivered"


async def test_refused(caller: Visitor, sns: Sns, world: World):
    """What proves nothing is 403 without a why, logged with its reason, and changes nothing."""
    key = await mail(world, await world.contact())
    told = record("Bounce", world.tenant_id, key, sent_at=SENT)
    foreign = TOPIC.replace("tenantcrm", "other")
    pem = "/SimpleNotificationService-0123456789abcdef.pem"
    bad = {
        "signature": sns.envelope(told, signer="stranger"),
        "signature_version": sns.envelope(told, SignatureVersion="1"),
        "topic": sns.envelope(told, TopicArn=foreign),
        "certificate_address": sns.envelope(told, SigningCertURL=f"https://evil.example{pem}"),
        "unreadable": b"\x00\x01\xff",
    }
    for reason, body in bad.items():
        with structlog.testing.capture_logs() as logs:
            answer = await post(caller, body)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "refused_notice"
        assert reason not in answer.json()["detail"]
        (entry,) = [log for log in logs if log["event"] == "events.refused"]
        assert entry["reason"] == reason
        assert key.hex not in str(logs)
    assert (await world.row(Delivery, key)).state == "sent"


async def test_too_large(caller: Visitor):
    """A body beyond what SNS sends is 413."""
    answer = await post(caller, b"x" * 400_000)
    assert answer.status_code == 413


async def test_subscription(caller: Visitor, sns: Sns):
    """The application confirms a subscription of its own topic by itself."""
    told = sns.envelope(
        "You have chosen to subscribe", Type="SubscriptionConfirmation", Token="t",
        SubscribeURL=f"{sns.url}/?Action=ConfirmSubscription&Token=t",
    )  # fmt: skip
    assert (await post(caller, told)).status_code == 200
    assert sns.fetched[-1] == "/?Action=ConfirmSubscription&Token=t"
    foreign = sns.envelope(
        "x", Type="SubscriptionConfirmation", Token="t", TopicArn=TOPIC + "2",
        SubscribeURL=f"{sns.url}/?Action=ConfirmSubscription&Token=u",
    )  # fmt: skip
    assert (await post(caller, foreign)).status_code == 403
    assert len(sns.fetched) == 2


@pytest.mark.parametrize("message", ["Successfully validated SNS topic", "{}", "[]", "\x00"])
async def test_nothing_of_ours(caller: Visitor, sns: Sns, message: str):
    """What SES writes besides, and mails that others send, are answered and not kept."""
    assert (await post(caller, sns.envelope(message))).status_code == 200


async def test_odd_record(caller: Visitor, sns: Sns, world: World):
    """A record that is not as documented is kept with its fault, and does not come again."""
    key = await mail(world, await world.contact())
    told = record("Bounce", world.tenant_id, key, sent_at=SENT)
    told["bounce"]["timestamp"] = "soon\x00"
    assert (await post(caller, sns.envelope(told))).status_code == 200
    (event,) = await world.all(MailEvent)
    assert event.fault.startswith("bounce: ValueError")
    assert (await world.row(Delivery, key)).state == "sent"


async def test_database_away(listening: Litestar, sns: Sns, world: World):
    """While the database is away it is 5xx, so that SNS tries again; nothing is lost."""
    key = await mail(world, await world.contact())
    told = sns.envelope(record("Delivery", world.tenant_id, key, sent_at=SENT))
    services = listening.state["services"]
    away = replace(services.settings, database_url=services.settings.database_url + "_gone")
    app = create_app(away)
    async with serving(app), visiting(app) as visitor:
        assert (await post(visitor, told)).status_code >= 500
    async with visiting(listening) as visitor:
        assert (await post(visitor, told)).status_code == 200
    assert (await world.row(Delivery, key)).state == "delivered"


async def test_not_configured(settings: Settings, sns: Sns):
    """Without topics nothing is listened to."""
    app = create_app(replace(settings, sns_topic_arns=()))
    async with serving(app), visiting(app) as visitor:
        assert (await post(visitor, sns.envelope("x"))).status_code == 403


async def test_a_crowd(caller: Visitor, sns: Sns, world: World):
    """A hundred notices at once are all answered and all applied."""
    campaign = await world.campaign(0)
    keys = [await mail(world, await world.contact(), campaign=campaign) for _ in range(100)]
    envelopes = [
        sns.envelope(record("Delivery", world.tenant_id, key, sent_at=SENT)) for key in keys
    ]
    answers = await asyncio.gather(*(post(caller, one) for one in envelopes))
    assert {answer.status_code for answer in answers} == {200}
    assert await world.states() == {"delivered": 100}


async def test_kept_faults_are_applied_later(caller: Visitor, sns: Sns, world: World):
    """A notice whose fault has been mended is applied, with the suppression that it asks for."""
    contact = await person(world, "ada@example.com")
    key = await mail(world, contact)
    told = record("Bounce", world.tenant_id, key, sent_at=SENT)
    del told["bounce"]["bounceType"]
    assert (await post(caller, sns.envelope(told))).status_code == 200
    (event,) = await world.all(MailEvent)
    assert event.fault
    mended = {**event.detail, "bounce": {**event.detail["bounce"], "bounceType": "Permanent"}}
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert (await apply_again(session))["faulty"] == 1
    async with world.database.unit_of_work(world.tenant_id) as session:
        await session.execute(
            update(MailEvent).where(MailEvent.tenant_id == world.tenant_id).values(detail=mended)
        )
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert (await apply_again(session))["applied"] == 1
    assert (await world.row(Delivery, key)).state == "bounced"
    assert (await world.row(Contact, contact)).status == "bounced"
