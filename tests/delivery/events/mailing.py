"""Mails of a tenant as the ledger has them, and events of them, applied."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tenantcrm import clock, ids
from tenantcrm.delivery.events.application import apply
from tenantcrm.delivery.events.notices import Notice, read
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.states import State
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import tenants
from tests.conftest import SECRET
from tests.delivery.events.records import record
from tests.delivery.world import World

KEYRING = Keyring((SECRET,))
SENT = datetime.fromisoformat("2026-03-01T10:00:00+00:00")
LEASED = {State.CLAIMED, State.SENDING}
ACCEPTED = {State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED}


async def hashed(world: World, email: str) -> bytes:
    """The keyed hash of an address, as its contact has it."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        salt = (await tenants.facts(session)).salt
    return KEYRING.email_hash(salt, email)


async def person(world: World, email: str) -> UUID:
    """A contact whose hash is that of its address."""
    return await world.contact(email=email, email_hash=await hashed(world, email))


async def mail(
    world: World,
    contact: UUID | None,
    *,
    state: State = State.SENT,
    asked_at: datetime = SENT,
    campaign: UUID | None = None,
    **values: Any,
) -> UUID:
    """A mail of a campaign that SES was asked for; gives its id."""
    campaign = campaign or await world.campaign(0)
    message = (await world.messages(campaign))[0]
    values = {
        "kind": "drip",
        "state": state,
        "due_at": asked_at,
        "attempts": 1,
        "fence": 1,
        "asked_at": asked_at,
        "sent_at": asked_at if state in ACCEPTED else None,
        "lease_until": clock.real_now() + timedelta(minutes=1) if state in LEASED else None,
        "worker": "test:1" if state in LEASED else None,
        "reason": "x" if state in {State.SKIPPED, State.FAILED} else None,
        "created_at": asked_at,
        "updated_at": asked_at,
    } | values
    made = Delivery(
        tenant_id=world.tenant_id,
        id=ids.new_id(),
        campaign_id=campaign,
        message_id=message.id,
        contact_id=contact,
        **values,
    )
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(made)
    return made.id


def notice(world: World, event: str, delivery: UUID, notice_id: str = "", **more: Any) -> Notice:
    """One notice, read as it would come."""
    told = record(event, world.tenant_id, delivery, **({"sent_at": SENT} | more))
    text = msgspec.json.encode(told).decode()
    return read(notice_id or ids.new_id().hex, text, now=clock.now())


async def tell(world: World, *notices: Notice, at_once: int = 100) -> Counter[str]:
    """Apply notices, some at once."""
    told: Counter[str] = Counter()
    for first in range(0, len(notices), at_once):
        async with world.database.unit_of_work(world.tenant_id) as session:
            told += await apply(session, KEYRING, notices[first : first + at_once])
    return told


def shuffled(notices: Sequence[Notice], seed: int) -> list[Notice]:
    found = list(notices)
    random.Random(seed).shuffle(found)
    return found
