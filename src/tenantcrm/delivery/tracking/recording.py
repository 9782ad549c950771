"""Note what was seen of mails, as far as that can be done: a count is never worth a wait."""

import asyncio

import structlog

from tenantcrm.database import AWAY, Database, TenantSession
from tenantcrm.delivery.events.own import note_seen
from tenantcrm.delivery.tracking import repository
from tenantcrm.delivery.tracking.sightings import Sighting, is_machine
from tenantcrm.signing import TrackedClaim

log = structlog.get_logger()

MOST = {False: 20, True: 5}
"""Opens, and clicks, that are kept of one mail: of people, and of machines. What comes after them
tells nothing new, and a scanner that follows a link without end fills no table."""
AT_ONCE = 4
"""Notes that a process writes at once: the pages of people need the database as well."""
PATIENCE = 5.0
"""Seconds that a note waits for its turn and for the database; then it is lost."""


class Recorder:
    """Writes down opens and clicks for one web process."""

    def __init__(self, database: Database) -> None:
        """Keep the database; nothing is asked of it yet."""
        self._database = database
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def note(self, claim: TrackedClaim, sighting: Sighting) -> None:
        """Note one. Never raises: whoever looked at the mail has had the answer already."""
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._turns,
                self._database.unit_of_work(claim.tenant_id) as session,
            ):
                await note(session, claim, sighting)
        except AWAY as fault:
            log.warning("tracking.lost", kind=sighting.kind, error=type(fault).__name__)
        except Exception:
            log.exception("tracking.lost", kind=sighting.kind)


async def note(session: TenantSession, claim: TrackedClaim, sighting: Sighting) -> bool:
    """Keep and apply what was seen; whether it told anything new.

    Nothing is kept of a mail that is not there, or of which enough is kept.
    """
    mail = await repository.lock(session, claim.delivery_id)
    if mail is None:
        return False
    machine = is_machine(sighting, handed_over=mail.handed_over)
    seen = await repository.seen(session, claim.delivery_id, sighting.kind)
    if seen.get(machine, 0) >= MOST[machine]:
        return False
    return await note_seen(
        session,
        claim.delivery_id,
        sighting.kind,
        user_agent=sighting.user_agent,
        link=claim.url,
        machine=machine,
        at=sighting.at,
    )
