"""People who leave while mail goes out, and what had been handed over when they did."""

import asyncio
import random
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text

from tenantcrm.database import TenantSession
from tenantcrm.delivery import service
from tenantcrm.tenants.models import Mode
from tests.crash.population import Population
from tests.delivery.world import World

ONE = (
    "SELECT id, email, email_hash FROM contacts WHERE tenant_id = :t AND status = 'subscribed' "
    "ORDER BY email_hash < sha256(uuid_send(:anchor)), email_hash LIMIT 1"
)
THEIRS = "SELECT id FROM deliveries WHERE tenant_id = :t AND contact_id = :contact"
ATTEMPTS = "SELECT id, attempts FROM deliveries WHERE tenant_id = :t AND id = ANY (:ids)"


class Departure(Struct, frozen=True):
    """Somebody has left. ``begun``: the requests to SES that had been begun by then, by mail."""

    email: str
    how: str
    begun: dict[str, int]


class Leavers:
    """Lets somebody leave now and then."""

    def __init__(self, population: Population, dice: random.Random) -> None:
        self._population = population
        self._dice = dice
        self.departures: list[Departure] = []

    async def leave(self, every: float) -> None:
        """One after the other, until cancelled."""
        while True:
            await asyncio.sleep(self._dice.uniform(0, 2 * every))
            left = await self._one(self._dice.choice(self._population.worlds))
            if left is not None:
                self.departures.append(left)

    async def _one(self, world: World) -> Departure | None:
        """Somebody unsubscribes, is withdrawn by the tenant, or is erased.

        What is read at the end of the same transaction is what counted when it took hold: it
        holds the locks on all mails of the contact that could still be stopped.
        """
        how = self._dice.choice(list(WAYS))
        anywhere = UUID(int=self._dice.getrandbits(128))
        who: dict[str, Any] = {"t": world.tenant_id}
        async with world.database.unit_of_work(world.tenant_id) as session:
            contact = (await session.execute(text(ONE), who | {"anchor": anywhere})).first()
            if contact is None:
                return None
            mails = await session.execute(text(THEIRS), who | {"contact": contact.id})
            ids = list(mails.scalars())
            await WAYS[how](session, contact)
            begun = await session.execute(text(ATTEMPTS), who | {"ids": ids})
            attempts = {row.id.hex: row.attempts for row in begun}
        return Departure(contact.email, how, attempts)


async def _unsubscribe(session: TenantSession, contact: Any) -> None:
    await service.unsubscribe(
        session,
        contact_id=contact.id,
        email_hash=contact.email_hash,
        campaign_id=None,
        source="one_click",
    )


async def _withdraw(session: TenantSession, contact: Any) -> None:
    await service.withdraw(session, contact.id, mode=Mode.LIVE, actor="crash")


async def _erase(session: TenantSession, contact: Any) -> None:
    await service.erase(session, contact.id, suppress=False, actor="crash")


WAYS = {"unsubscribed": _unsubscribe, "withdrawn": _withdraw, "erased": _erase}
