"""When silence says that SES never took a mail, and what follows."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tenantcrm import clock, ids
from tenantcrm.contacts.models import Activity
from tenantcrm.delivery import reasons
from tenantcrm.delivery.errors import NotResendableError
from tenantcrm.delivery.events.chores import EventChores
from tenantcrm.delivery.models import Delivery, EventStream, MailEvent
from tenantcrm.delivery.repository import hours
from tenantcrm.delivery.service import get_delivery, judge_unknown, queue_system_mail, resend
from tenantcrm.delivery.states import State
from tenantcrm.delivery.unknown import Stream, Verdict, judge
from tenantcrm.errors import NotFoundError
from tests.conftest import add_tenant
from tests.delivery.events.mailing import SENT, mail, notice, tell
from tests.delivery.world import World

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("seen", "heard", "silent_at", "now", "verdict"),
    [
        (None, None, None, 9, Verdict.OPEN),
        (2, 3, None, 0.5, Verdict.OPEN),
        (0.1, 9, None, 9, Verdict.OPEN),
        (0.25, 3, None, 3, Verdict.SILENT),
        (2, 3, 2.5, 3, Verdict.SILENT),
        (2, 2.6, 2.5, 99, Verdict.SILENT),
        (2, 3.5, 2.5, 4, Verdict.NOT_TAKEN),
    ],
)
def test_judge(seen, heard, silent_at, now, verdict):
    """Silence counts when later mails are heard of, and says something when that goes on."""
    stream = None if seen is None else Stream(SENT + seen * HOUR, SENT + heard * HOUR)
    since = None if silent_at is None else SENT + silent_at * HOUR
    assert judge(SENT, since, stream, now=SENT + now * HOUR) is verdict


def test_what_was_asked_for_before_this_was_kept():
    """A mail of which nobody knows when SES was asked is never concluded upon."""
    stream = Stream(SENT + 99 * HOUR, SENT + 99 * HOUR)
    assert judge(None, None, stream, now=SENT + 99 * HOUR) is Verdict.OPEN


async def judged(world: World, stream: Stream | None) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        await judge_unknown(session, stream)


async def shown(world: World, key):
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await get_delivery(session, key)


async def silenced(world: World, key) -> None:
    """As if an hour of events of later mails had passed over a mail."""
    now = clock.now()
    stream = Stream(now, now)
    await judged(world, stream)
    await world.change(Delivery, key, silent_at=now - HOUR)
    await judged(world, stream)


async def test_marketing_stays_unknown(world: World):
    """A campaign's mail that was not taken stays unknown, says so, and waits for a person."""
    key = await mail(world, await world.contact(), state=State.UNKNOWN, reason="no_answer")
    assert "not sent again by itself" in (await shown(world, key)).why
    await judged(world, None)
    assert (await shown(world, key)).silent_at is None
    now = clock.now()
    await judged(world, Stream(now, now))
    first = await shown(world, key)
    assert first.silent_at is not None
    assert "should it go on like that for an hour" in first.why
    async with world.database.unit_of_work(world.tenant_id) as session:
        with pytest.raises(NotResendableError):
            await resend(session, key, actor="user:x")
    await silenced(world, key)
    then = await shown(world, key)
    assert (then.state, then.reason) == (State.UNKNOWN, "silent")
    assert "you can send it again" in then.why


async def test_resent_by_a_click(world: World):
    """What a person has sent again waits anew, once, and is noted; an event still ends it."""
    key = await mail(
        world, await world.contact(), state=State.UNKNOWN, reason="no_answer",
        late_at=SENT + 12 * HOUR,
    )  # fmt: skip
    await silenced(world, key)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await resend(session, key, actor="user:" + ids.new_id().hex)
    row = await world.row(Delivery, key)
    assert (row.state, row.silent_at) == (State.PENDING, None)
    assert row.late_at - row.due_at == 12 * HOUR
    assert row.due_at > SENT
    assert "sent once more" in reasons.why(await shown(world, key), now=clock.now())
    async with world.database.unit_of_work(world.tenant_id) as session:
        with pytest.raises(NotResendableError):
            await resend(session, key, actor="user:x")
    (activity,) = await world.all(Activity)
    assert activity.kind == "mail_resent"
    lane = await world.lane("drip")
    assert lane.due_at is not None
    await tell(world, notice(world, "Send", key))
    assert (await world.row(Delivery, key)).state == State.SENT


async def test_own_mail_goes_once_more(world: World):
    """Mail of ours that was not taken is sent once more by itself, and never a third time."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        key = await queue_system_mail(
            session, "verify_email", "ada@example.com", {"user_id": ids.new_id().hex}
        )
    lost = {"state": State.UNKNOWN, "reason": "no_answer", "asked_at": SENT, "attempts": 1}
    await world.change(Delivery, key, **lost)
    await silenced(world, key)
    row = await world.row(Delivery, key)
    assert (row.state, row.content["resent"]) == (State.PENDING, "yes")
    assert row.content["template"] == "verify_email"
    await world.change(Delivery, key, **lost, silent_at=None)
    await silenced(world, key)
    assert (await world.row(Delivery, key)).state == State.UNKNOWN


async def test_late_event(world: World):
    """An event that comes after all makes a mail sent that was thought not to be taken."""
    key = await mail(world, await world.contact(), state=State.UNKNOWN, reason="no_answer")
    await silenced(world, key)
    await tell(world, notice(world, "Send", key))
    row = await world.row(Delivery, key)
    assert (row.state, row.reason, row.silent_at) == (State.SENT, None, None)


async def test_not_anybody_elses(world: World, other_tenant_id):
    """Nobody resends a mail of another tenant, nor one that was never there."""
    key = await mail(world, await world.contact(), state=State.UNKNOWN, reason="no_answer")
    await silenced(world, key)
    async with world.database.unit_of_work(other_tenant_id) as session:
        with pytest.raises(NotFoundError):
            await resend(session, key, actor="user:x")


async def test_rounds(fresh_database):
    """The worker's round finds the unknown mails of whoever has asked SES for any of late."""
    world = World(fresh_database, await add_tenant(fresh_database))
    other = World(fresh_database, await add_tenant(fresh_database))
    now = clock.now()
    asked = now - 3 * HOUR
    values = {"asked_at": asked, "state": State.UNKNOWN, "reason": "no_answer"}
    key = await mail(world, await world.contact(), **values)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await hours.add(session, "drip", asked, asked=1)
    chores = EventChores(fresh_database)
    await chores.judge_silence()
    assert (await world.row(Delivery, key)).silent_at is None
    later = await mail(other, await other.contact(), asked_at=now - HOUR)
    await tell(other, notice(other, "Send", later))
    await chores.judge_silence()
    assert (await world.row(Delivery, key)).silent_at is not None
    await world.change(Delivery, key, silent_at=now - HOUR)
    await chores.judge_silence()
    assert (await world.row(Delivery, key)).reason == "silent"


async def test_old_events_are_deleted(world: World):
    """The inbox forgets after ninety days; what events said of a mail stays with it."""
    key = await mail(world, await world.contact())
    await tell(world, notice(world, "Delivery", key), notice(world, "Open", key, after=90))
    assert len(await world.all(EventStream)) == 1
    (event, _) = await world.all(MailEvent)
    then = int((clock.real_now() - timedelta(days=91)).timestamp() * 1000)
    old = f"{then:012x}" + event.id.hex[12:]
    async with world.database.unit_of_work(world.tenant_id) as session:
        await session.execute(
            text("UPDATE mail_events SET id = :new WHERE tenant_id = :t AND id = :id"),
            {"new": UUID(hex=old), "t": world.tenant_id, "id": event.id},
        )
    for _ in range(20):
        chores = EventChores(world.database)
        await chores.prune()
    assert [one.id for one in await world.all(MailEvent)] != [event.id]
    assert len(await world.all(MailEvent)) == 1
    steps = [one.kind for one in (await shown(world, key)).events]
    assert len(steps) == 1
    assert (await shown(world, key)).delivered_at is not None
