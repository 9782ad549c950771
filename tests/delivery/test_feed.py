"""The feed of a campaign and of a contact, against a plain sort of everything that happened."""

import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tenantcrm import ids
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.contacts.models import Activity, Contact
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.service import campaign_activity, contact_activity
from tenantcrm.delivery.states import ACCEPTED, UNSENT, State
from tests.delivery.world import World, at

START = at("2026-03-01 10:00")
MOMENTS = 3
"""So few that most happenings share theirs with others, of the same kind and of other kinds."""
TOLD = {
    "delivered_at": "mail_delivered",
    "bounced_at": "mail_bounced",
    "complained_at": "mail_complained",
    "opened_at": "mail_opened",
    "clicked_at": "mail_clicked",
}


class Entry(NamedTuple):
    """A happening by its place in the list, and why where that is told."""

    at: datetime
    id: UUID
    kind: str
    reason: str | None = None


def moment(chance: random.Random) -> datetime:
    return START + timedelta(microseconds=chance.randrange(MOMENTS))


def mail(chance: random.Random, tenant: UUID, campaign: UUID, message: UUID) -> Delivery:
    """A mail in any state, with any of the things that may have happened to it."""
    state = chance.choice(list(State))
    sent = moment(chance) if state in ACCEPTED or chance.random() < 0.2 else None
    told = {name: moment(chance) for name in TOLD if sent and chance.random() < 0.4}
    return Delivery(
        tenant_id=tenant,
        id=ids.new_id(),
        kind="drip",
        campaign_id=campaign,
        message_id=message,
        state=state,
        reason="late" if state in UNSENT or chance.random() < 0.3 else None,
        due_at=START - timedelta(days=1),
        lease_until=START if state in {State.CLAIMED, State.SENDING} else None,
        sent_at=sent,
        created_at=START,
        updated_at=moment(chance),
        **told,
    )


def of_mail(row: Delivery) -> list[Entry]:
    if row.state in {State.PENDING, State.CLAIMED, State.SENDING}:
        return []
    entries = [
        Entry(getattr(row, name), row.id, kind) for name, kind in TOLD.items() if getattr(row, name)
    ]
    if row.state in ACCEPTED:
        entries.append(Entry(row.sent_at, row.id, "mail_sent"))
    else:
        entries.append(Entry(row.sent_at or row.updated_at, row.id, f"mail_{row.state}"))
    own = f"mail_{row.state}"
    return [one._replace(reason=row.reason) if one.kind == own else one for one in entries]


def enrolment(chance: random.Random, tenant: UUID, campaign: UUID) -> Enrollment:
    state = chance.choice(["active", "finished", "exited", "excluded"])
    over = state in {"finished", "exited"}
    return Enrollment(
        tenant_id=tenant,
        id=ids.new_id(),
        campaign_id=campaign,
        enrolled_on=START.date(),
        enrolled_at=moment(chance),
        state=state,
        ended_at=moment(chance) if over else None,
        exit_reason="left" if state == "exited" else None,
    )


def of_enrolment(row: Enrollment) -> list[Entry]:
    entries = []
    if row.state != "excluded":
        entries.append(Entry(row.enrolled_at, row.id, "enrolled"))
    if row.ended_at:
        entries.append(Entry(row.ended_at, row.id, row.state, row.exit_reason))
    return entries


async def happen(
    world: World, chance: random.Random, campaign: UUID, contacts: list[UUID]
) -> list[tuple[UUID | None, Entry]]:
    """Let things happen in a campaign; gives each with the contact that it happened to."""
    messages = [message.id for message in await world.messages(campaign)]
    rows: list[tuple[Any, list[Entry]]] = []
    for contact in contacts:
        row = enrolment(chance, world.tenant_id, campaign)
        row.contact_id = contact
        rows.append((row, of_enrolment(row)))
        for message in messages:
            sent = mail(chance, world.tenant_id, campaign, message)
            sent.contact_id = contact
            rows.append((sent, of_mail(sent)))
        noted = Activity(
            tenant_id=world.tenant_id,
            id=ids.new_id(),
            at=moment(chance),
            kind=chance.choice(["contact_returned", "mail_resolved"]),
            campaign_id=campaign,
            contact_id=contact,
        )
        rows.append((noted, [Entry(noted.at, noted.id, noted.kind)]))
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add_all(row for row, _ in rows)
    return [(row.contact_id, entry) for row, entries in rows for entry in entries]


async def read(world: World, read_page: Any, key: UUID, chance: random.Random) -> list[Entry]:
    """The whole list, page by page, by pages of any length."""
    found: list[Entry] = []
    after = None
    while True:
        async with world.database.unit_of_work(world.tenant_id) as session:
            page = await read_page(session, key, after=after, limit=chance.randrange(1, 8))
        found += [Entry(row.at, row.id, row.kind, row.reason) for row in page.rows]
        after = page.next
        if after is None:
            return found


def newest_first(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry[:3], reverse=True)


@pytest.mark.parametrize("seed", [1, 2])
async def test_pages_are_the_sorted_list(world: World, seed: int):
    """Pages of any length, put together, are the list: in order, nothing twice, nothing lost."""
    chance = random.Random(seed)
    contacts = [await world.contact() for _ in range(8)]
    campaigns = [await world.campaign(0, 3), await world.campaign(0)]
    happened = [await happen(world, chance, campaign, contacts) for campaign in campaigns]
    for campaign, told in zip(campaigns, happened, strict=True):
        found = await read(world, campaign_activity, campaign, chance)
        assert found == newest_first([entry for _, entry in told])
    somebody = contacts[0]
    own = [entry for told in happened for contact, entry in told if contact == somebody]
    row = await world.row(Contact, somebody)
    own.append(Entry(row.created_at, somebody, "contact_created"))
    assert await read(world, contact_activity, somebody, chance) == newest_first(own)


async def test_a_page_tells_who_and_what(world: World):
    """Rows name the contact, the campaign and the message's subject, where there is one."""
    somebody = await world.contact(email="ada@example.com")
    campaign = await world.campaign(0)
    await happen(world, random.Random(5), campaign, [somebody])
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = (await campaign_activity(session, campaign)).rows
    assert {(row.email, row.campaign_name) for row in rows} == {("ada@example.com", "Welcome")}
    assert {row.subject for row in rows if row.message_id} <= {"Day 0"}
