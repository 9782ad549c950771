"""Ten thousand events, doubled and shuffled, mean what they mean in order and once."""

import asyncio
import random
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from tenantcrm import clock, ids
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.contacts.models import Activity, Contact, Suppression
from tenantcrm.delivery.events.intake import Intake
from tenantcrm.delivery.events.notices import Notice
from tenantcrm.delivery.models import Delivery, EventStream, MailEvent, SendingHour
from tenantcrm.delivery.states import State
from tenantcrm.tenants.service import tenants
from tests.conftest import add_tenant
from tests.delivery.events.mailing import KEYRING, LEASED, SENT, mail, notice, shuffled, tell
from tests.delivery.events.records import APPLE, BROWSER
from tests.delivery.world import World

PEOPLE, MAILS = 400, 7
EVENTS = 10_000
STATES = (
    State.SENT,
    State.SENT,
    State.SENT,
    State.SENDING,
    State.UNKNOWN,
    State.CLAIMED,
    State.PENDING,
    State.FAILED,
    State.SKIPPED,
)
TOLD_AT = {
    "received_at",
    "created_at",
    "updated_at",
    "heard_at",
    "enrolled_at",
    "ended_at",
    "changed",
}
"""When something was told, which is another time in each run."""
OWN = {"tenant_id", "id", "campaign_id", "message_id", "contact_id", "delivery_id", "email_hash"}


class Plan:
    """The same people, mails and events for any tenant, by number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.states = [self.random.choice(STATES) for _ in range(PEOPLE * MAILS)]
        self.asked = [
            SENT + timedelta(days=n % MAILS, seconds=n // MAILS) for n in range(PEOPLE * MAILS)
        ]
        self.events = [event for n in range(PEOPLE * MAILS) for event in self._of(n)]

    def _of(self, n: int) -> list[tuple[int, str, dict[str, Any]]]:
        person, draw = n // MAILS, self.random.random()
        found: list[tuple[int, str, dict[str, Any]]] = [(n, "Send", {"after": 0})]
        if person % 4 == 0:
            # Mailboxes that are full for a while: some of them long enough to be given up.
            soft = self.random.random() < 0.85
            ended = ("Bounce", {"hard": False}) if soft else ("Delivery", {})
        elif draw < 0.03:
            ended = ("Bounce", {"hard": True})
        elif draw < 0.04:
            ended = ("Reject", {})
        else:
            ended = ("Delivery", {})
        found.append((n, ended[0], {"after": 1 + self.random.random(), **ended[1]}))
        if ended[0] != "Delivery":
            return found
        if self.random.random() < 0.4:
            found.append((n, "DeliveryDelay", {"after": 0.5}))
        for event, share in (("Open", 0.8), ("Open", 0.6), ("Click", 0.5), ("Click", 0.3)):
            if self.random.random() < share:
                agent = self.random.choice((APPLE, BROWSER))
                found.append((n, event, {"after": self.random.randint(5, 9000), "agent": agent}))
        if self.random.random() < 0.02:
            found.append((n, "Complaint", {"after": 9999}))
        return found


async def populate(world: World, plan: Plan) -> list[UUID]:
    """The mails of the plan in a tenant's ledger; gives their ids."""
    campaign = await world.campaign(*range(MAILS))
    messages = await world.messages(campaign)
    now = clock.now()
    people = [ids.new_id() for _ in range(PEOPLE)]
    async with world.database.unit_of_work(world.tenant_id) as session:
        salt = (await tenants.facts(session)).salt
        values = {"tenant_id": world.tenant_id, "mode": "live", "attributes": {}, "folded": {},
                  "status": "subscribed", "created_at": now, "updated_at": now}  # fmt: skip
        await session.execute(
            insert(Contact),
            [
                {**values, "id": key, "email": (email := f"p{n}@example.com"), "email_key": email,
                 "email_hash": KEYRING.email_hash(salt, email)}
                for n, key in enumerate(people)
            ],
        )  # fmt: skip
        mails = []
        for n, (state, asked) in enumerate(zip(plan.states, plan.asked, strict=True)):
            mails.append(
                {"tenant_id": world.tenant_id, "id": ids.new_id(), "kind": "drip",
                 "campaign_id": campaign, "message_id": messages[n % MAILS].id,
                 "contact_id": people[n // MAILS], "state": state, "due_at": asked,
                 "attempts": 1, "fence": 1, "asked_at": asked,
                 "sent_at": asked if state == State.SENT else None,
                 "lease_until": now if state in LEASED else None, "worker": "test:1",
                 "reason": "x" if state in {State.FAILED, State.SKIPPED} else None,
                 "held": False, "created_at": asked, "updated_at": asked}
            )  # fmt: skip
        await session.execute(insert(Delivery), mails)
    await world.enrol(campaign, *people)
    return [one["id"] for one in mails]


def told(world: World, plan: Plan, mails: list[UUID]) -> list[Notice]:
    """The notices of the plan's events, in order of their happening."""
    found = [
        notice(world, event, mails[n], f"notice-{place}", sent_at=plan.asked[n],
               to=f"p{n // MAILS}@example.com", **more)
        for place, (n, event, more) in enumerate(plan.events)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.at, one.notice_id))


async def everything(world: World, mails: list[UUID]) -> dict[str, list[str]]:
    """Every row of the tenant that events touch, without ids of its own and times of telling."""
    numbers = {key: f"mail {n}" for n, key in enumerate(mails)}
    people = {
        row.id: f"person {n}"
        for n, row in enumerate(sorted(await world.all(Contact), key=lambda row: row.id))
    }
    found = {}
    for table in (
        Delivery, MailEvent, Contact, Suppression, Activity, Enrollment, SendingHour, EventStream
    ):  # fmt: skip
        rows = []
        for row in await world.all(table):
            columns = table.__table__.columns.keys()
            shown = {c: getattr(row, c) for c in columns if c not in TOLD_AT | OWN}
            for name in ("id", "delivery_id"):
                shown[f"mail {name}"] = numbers.get(getattr(row, name, None))
            shown["person"] = people.get(getattr(row, "contact_id", None))
            shown.pop("ses_message_id", None)
            if table is MailEvent:
                # Ids of this run stand in these; the mail is told by its number above.
                shown["detail"] = {
                    name: part for name, part in row.detail.items() if name in {"open", "click"}
                }
            text = str(sorted(shown.items(), key=lambda pair: pair[0]))
            if table is Activity and row.detail == {"reason": "soft_bounces"}:
                # Which of five in a row came last is another one in each run.
                text = f"soft bounces of {shown['person']}"
            rows.append(text)
        found[table.__tablename__] = sorted(rows)
    return found


async def test_ten_thousand_doubled_and_shuffled(fresh_database):
    """In order once, and doubled in any order in any batches: every table ends the same."""
    plan = Plan(7)
    assert len(plan.events) > EVENTS
    ends = []
    for run in range(2):
        world = World(fresh_database, await add_tenant(fresh_database))
        mails = await populate(world, plan)
        notices = told(world, plan, mails)
        if run:
            notices = shuffled(notices * 2, seed=run)
        counted = await tell(world, *notices, at_once=250 if run else 100)
        assert counted["applied"] == len(plan.events)
        assert counted["known"] == (len(plan.events) if run else 0)
        ends.append(await everything(world, mails))
    for table in ends[0]:
        assert ends[0][table] == ends[1][table], table
    statuses = [row for row in ends[0]["contacts"] if "'bounced'" in row]
    assert len(statuses) > 50
    assert any("soft bounces" in row for row in ends[0]["activities"])


async def test_a_crowd_at_once(world: World):
    """Receivers at the same time do what one after the other does."""
    contacts = [await world.contact() for _ in range(10)]
    campaigns = [await world.campaign(0) for _ in range(4)]
    keys = [
        await mail(world, c, campaign=g, state=State.SENDING) for c in contacts for g in campaigns
    ]
    events = [
        notice(world, kind, key, secrets.token_hex(8))
        for key in keys
        for kind in ("Send", "Delivery", "Complaint")
    ]
    batches = [shuffled(events, seed) for seed in range(4)]

    async def take(batch: list[Notice]) -> None:
        intake = Intake(world.database, KEYRING, None, "test")
        for first in range(0, len(batch), 30):
            await intake.take_all(batch[first : first + 30])

    await asyncio.gather(*(take(batch) for batch in batches))
    assert await world.states() == {"complained:abuse": 40}
    assert len(await world.all(MailEvent)) == len(events)
    hours = await world.all(SendingHour)
    assert sum(hour.complained for hour in hours) == 40
    assert len(await world.all(Activity)) == 40
