"""Finds imports about which something is to be done, and does it in this process."""

import asyncio
import traceback
from contextlib import suppress
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from tenantcrm import clock
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.ports import Bystanders
from tenantcrm.contacts.imports.repository import files, imports, jobs
from tenantcrm.contacts.imports.repository.jobs import Due
from tenantcrm.contacts.imports.running import LEASE, Run
from tenantcrm.contacts.imports.service import end
from tenantcrm.contacts.imports.states import ENDED, WORKED, ImportState
from tenantcrm.database import AWAY, Database, TenantSession
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import tenants

log = structlog.get_logger()

EVERY: Final = 2.0
AT_ONCE: Final = 2
"""Imports that one process works at: a small one does not wait for a large one."""
FOUND_AT_ONCE: Final = 20
AGAIN: Final = timedelta(seconds=10)
ATTEMPTS_MOST: Final = 5
OURS: Final = (
    "Something went wrong on our side, again and again. What is imported stays; "
    "upload the file again, or tell us the import's id."
)


class _Taken(NamedTuple):
    """An import that this process works at, as it was when it took it."""

    fence: int
    done_row: int


class Importer:
    """The imports of one process."""

    def __init__(self, database: Database, keyring: Keyring, bystanders: Bystanders) -> None:
        """Nothing is looked for yet."""
        self._database, self._keyring, self._bystanders = database, keyring, bystanders
        self._running: dict[Due, asyncio.Task[None]] = {}
        self._runs: set[Run] = set()
        self._taken: dict[Due, _Taken] = {}
        self._stopping = False

    async def sweep(self) -> None:
        """Take up what is due, as far as this process has a place; does not wait for its end."""
        if self._stopping or len(self._running) >= AT_ONCE:
            return
        async with self._database.control_unit_of_work() as control:
            due = await jobs.due(control, real_now=clock.real_now(), most=FOUND_AT_ONCE)
        for one in due:
            if one not in self._running and len(self._running) < AT_ONCE:
                task = asyncio.create_task(self._guarded(one))
                self._running[one] = task

    async def idle(self) -> None:
        """Wait until what runs in this process has come to its end."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def stop(self, within: float) -> None:
        """Let the batches that are under way come to their end; the rest is another worker's."""
        self._stopping = True
        for run in self._runs:
            run.stop()
        running = list(self._running.values())
        if running:
            _, cut = await asyncio.wait(running, timeout=within)
            for task in cut:
                task.cancel()

    async def _guarded(self, due: Due) -> None:
        try:
            await self._do(due)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is tried again
            # By its kind and place alone: the words of a database's fault quote rows.
            steps = traceback.extract_tb(fault.__traceback__)[-8:]
            log.error(  # noqa: TRY400 - the message would quote a row
                "import.failed",
                import_id=due.import_id.hex,
                error=type(fault).__name__,
                places=[f"{step.filename}:{step.lineno} {step.name}" for step in steps],
            )
            await self._after_failure(due)
        finally:
            self._taken.pop(due, None)
            del self._running[due]

    async def _do(self, due: Due) -> None:
        now = clock.real_now()
        async with self._database.unit_of_work(due.tenant_id) as session:
            found = await imports.find(session, due.import_id, lock=True)
            if not await jobs.is_due(session, due.import_id, real_now=now):
                return
            if found is None or found.state not in WORKED:
                await _tidy(session, due.import_id, found)
                return
            # Out of the way of the other workers; should this one die, it is due again by then.
            await jobs.postpone(session, due.import_id, now + LEASE)
            fence = await imports.claim(session, found.id, until=now + LEASE, real_now=now)
            if fence is None:
                return
            salt = (await tenants.facts(session)).salt
        self._taken[due] = _Taken(fence, found.done_row)
        key = self._keyring.email_hash_key(salt)
        run = Run(self._database, due.tenant_id, found, fence, key, self._bystanders)
        self._runs.add(run)
        try:
            await run.work()
        finally:
            self._runs.discard(run)

    async def _after_failure(self, due: Due) -> None:
        """Try again soon, and not for ever."""
        with suppress(*AWAY):
            async with self._database.unit_of_work(due.tenant_id) as session:
                found = await imports.find(session, due.import_id, lock=True)
                if found is None or found.state in ENDED:
                    return
                now, taken = clock.real_now(), self._taken.get(due)
                leased = found.leased_until is not None and found.leased_until > now
                if found.fence != taken.fence if taken else leased:
                    return  # It is another worker's.
                failures = await jobs.postpone(
                    session,
                    due.import_id,
                    now + AGAIN,
                    failed=True,
                    moved=taken is not None and found.done_row > taken.done_row,
                )
                if failures < ATTEMPTS_MOST:
                    found.leased_until = None
                    return
                await end(session, found, ImportState.FAILED, fault=OURS)


async def _tidy(session: TenantSession, import_id: UUID, found: ContactImport | None) -> None:
    """What is due of an import that no worker works at: nobody has come for it."""
    if found is None or found.state in ENDED:
        await files.drop_faults(session, import_id)
        await jobs.unschedule(session, import_id)
    elif found.state == ImportState.UPLOADING:
        await end(session, found, ImportState.FAILED, fault="The upload did not come to its end")
    else:
        words = "Nobody went on with it for a week, so the file was deleted"
        await end(session, found, ImportState.CANCELLED, fault=words)
