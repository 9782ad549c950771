"""Events beside the worker that asks, and bad notices beside good ones."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tenantcrm import ids
from tenantcrm.delivery import steps
from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.events.intake import Intake
from tenantcrm.delivery.events.notices import Notice
from tenantcrm.delivery.models import Delivery, MailEvent
from tenantcrm.delivery.states import State
from tests.delivery.desk import Desk
from tests.delivery.events.mailing import KEYRING, mail, notice, tell
from tests.delivery.world import World

ANSWERS = {
    "yes": Outcome(state=State.SENT, ses_message_id="late"),
    "no": Outcome(state=State.FAILED, reason="MessageRejected", detail="No."),
    "not now": Outcome(state=State.PENDING, reason="TooManyRequestsException", scope=Scope.RATE),
    "nothing": Outcome(state=State.UNKNOWN, reason="no_answer"),
}


@pytest.mark.parametrize("answer", list(ANSWERS))
@pytest.mark.parametrize("event", ["Send", "Delivery", "Bounce"])
async def test_before_the_answer(desk: Desk, world: World, answer: str, event: str):
    """An event that comes before SES's answer stands, whatever the answer says."""
    await world.due(await world.contact())
    (ready,) = await desk.preflight(world, await desk.claim(world))
    asked = (await world.row(Delivery, ready.id)).asked_at
    await tell(world, notice(world, event, ready.id, sent_at=asked))
    before = await world.row(Delivery, ready.id)
    await steps.finish(desk.bench, world.tenant_id, [(ready, ANSWERS[answer])])
    after = await world.row(Delivery, ready.id)
    wanted = {"Send": State.SENT, "Delivery": State.DELIVERED, "Bounce": State.BOUNCED}[event]
    assert (before.state, after.state) == (wanted, wanted)
    assert after.ses_message_id == before.ses_message_id == f"0100-{ready.id.hex}-000000"
    assert after.reason == before.reason
    await desk.expire(world)
    assert await steps.rescue(desk.bench, world.tenant_id) == []


async def test_a_bad_notice_among_good_ones(world: World):
    """What the database refuses is kept with its fault; the others of the batch are applied."""
    campaign = await world.campaign(0)
    keys = [await mail(world, await world.contact(), campaign=campaign) for _ in range(3)]
    now = datetime.now(UTC)
    bad = Notice(
        notice_id="bad", tenant_id=world.tenant_id, delivery_id=keys[1], kind="send", at=now,
        detail={"eventType": "Send", "summary": {"taken_at": "soon"}},
    )  # fmt: skip
    intake = Intake(world.database, KEYRING, None, "test")
    told = [notice(world, "Delivery", keys[0]), bad, notice(world, "Delivery", keys[2])]
    await intake.take_all(told)
    states = {row.id: row.state for row in await world.mails()}
    assert [states[key] for key in keys] == ["delivered", "sent", "delivered"]
    kept = {row.notice_id: row.fault for row in await world.all(MailEvent)}
    assert kept["bad"] == "not applied: DBAPIError"
    assert len(kept) == 3


async def test_tenants_do_not_meet(world: World, other_tenant_id: UUID):
    """Notices of several tenants in one batch are applied each to its own."""
    rival = World(world.database, other_tenant_id)
    mine, theirs = await mail(world, await world.contact()), await mail(rival, None)
    intake = Intake(world.database, KEYRING, None, "test")
    await intake.take_all(
        [
            notice(world, "Delivery", mine),
            notice(rival, "Delivery", theirs),
            notice(rival, "Delivery", mine),
            notice(world, "Delivery", ids.new_id()),
        ]
    )
    assert await world.states() == {"delivered": 1}
    assert await rival.states() == {"delivered": 1}
    assert len(await world.all(MailEvent)) == len(await rival.all(MailEvent)) == 1
