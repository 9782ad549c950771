"""Work an import off: read ahead in a thread, write batch by batch, each with its progress.

A batch and the progress that it makes are one transaction. Killed anywhere, the import goes on
behind the last batch that was committed; a worker that has lost it writes nothing more.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from tenantcrm import clock, jobs
from tenantcrm.contacts.imports.batches import Batch, Batches
from tenantcrm.contacts.imports.errors import CollidedError, FileError, LostError
from tenantcrm.contacts.imports.layout import Layout
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.ports import Bystanders
from tenantcrm.contacts.imports.repository import files, imports, staging
from tenantcrm.contacts.imports.repository.staging import Judged
from tenantcrm.contacts.imports.service import COUNTS, end, layout_of, wait_for_person
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.contacts.service.attributes import note_kinds
from tenantcrm.database import Database, TenantSession
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import audit

log = structlog.get_logger()

LEASE: Final = timedelta(seconds=10)
"""Machine time after which the import of a killed worker is another's."""
BEAT: Final = 3.0
TRIES: Final = 8
REASONS: Final = {
    "taken": "The external id is another contact's",
    "too_many": "With these the contact would have more than 100 attributes",
}


class Run:
    """One import, in the hands of one worker."""

    def __init__(
        self,
        database: Database,
        tenant_id: UUID,
        found: ContactImport,
        fence: int,
        hash_key: bytes,
        bystanders: Bystanders,
    ) -> None:
        """``found`` was claimed with ``fence``."""
        self._database, self._tenant_id, self._id = database, tenant_id, found.id
        self._fence, self._hash_key, self._bystanders = fence, hash_key, bystanders
        self._state = ImportState(found.state)
        self._layout: Layout = layout_of(found)
        self._mode = Mode(found.mode)
        self._keeps_out = self._mode is Mode.LIVE and not found.enter_campaigns
        self._done = found.done_row
        self._stopping = False

    def stop(self) -> None:
        """Give the import back after the batch that is under way."""
        self._stopping = True

    async def work(self) -> None:
        """Work it off, or as far as that goes."""
        beating = asyncio.create_task(self._beat())
        try:
            if await self._batches():
                await self._finish()
        except FileError as fault:
            await self._fail(fault.detail)
        except LostError:
            log.info("import.lost", import_id=self._id.hex)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _batches(self) -> bool:
        """Every batch in turn; whether the end of the file was reached."""
        loop, number = asyncio.get_running_loop(), -1

        def pull() -> bytes:
            nonlocal number
            number += 1
            return asyncio.run_coroutine_threadsafe(self._piece(number), loop).result()

        batches = Batches(pull, self._layout, self._hash_key, done=self._done)
        ahead = asyncio.create_task(asyncio.to_thread(batches.next))
        try:
            while (batch := await ahead) is not None:
                ahead = asyncio.create_task(asyncio.to_thread(batches.next))
                await self._take(batch)
                if self._stopping:
                    await self._give_back()
                    return False
        finally:
            # The thread reads to the end of its batch, whatever became of the last one.
            with suppress(Exception):
                await asyncio.shield(ahead)
        return True

    async def _piece(self, number: int) -> bytes:
        async with self._database.unit_of_work(self._tenant_id) as session:
            return await files.chunk(session, self._id, number)

    async def _take(self, batch: Batch) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                async with self._database.unit_of_work(self._tenant_id) as session:
                    await self._write(session, batch)
            except CollidedError:
                if attempt == TRIES:
                    raise
                await asyncio.sleep(0.05 * attempt)
            else:
                self._done = batch.last
                return

    async def _write(self, session: TenantSession, batch: Batch) -> None:
        """One batch: its contacts, its refused rows and its progress, or nothing of it."""
        judged = await self._upsert(session, batch) if batch.fit else Judged()
        faults = batch.faults + [
            batch.fault_of(row, REASONS[outcome]) for row, outcome in judged.refused.items()
        ]
        await files.add_faults(session, self._id, faults, self._hash_key)
        numbers = {
            "rows": len(batch.fit) + len(batch.faults),
            "refused": len(faults),
            **{name: getattr(judged, name) for name in COUNTS[1:4]},
            "not_mailable": judged.not_mailable,
        }
        mine = await self._advance(
            session,
            done_row=batch.last,
            position=batch.position,
            **{name: imports.plus(name, number) for name, number in numbers.items()},
        )
        if not mine:
            raise LostError
        if self._state is ImportState.IMPORTING and self._mode is Mode.LIVE and not self._keeps_out:
            jobs.wake(session, "contacts_changed")

    async def _upsert(self, session: TenantSession, batch: Batch) -> Judged:
        await staging.stage(session, batch.sheet)
        if self._state is ImportState.CHECKING:
            return await staging.judge(session, self._mode)
        await note_kinds(session, batch.kinds)
        now = clock.now()
        bystander = self._bystanders(session, now) if self._keeps_out else None
        if bystander is None or not await bystander.cares():
            return await staging.write(session, self._mode, now)
        held = await staging.changing(session, self._mode)
        await bystander.before(held)
        judged = await staging.write(session, self._mode, now)
        if judged.updated != len(held):
            raise CollidedError
        await bystander.after(await staging.written(session, self._mode))
        return judged

    async def _advance(self, session: TenantSession, **values: Any) -> bool:
        values |= {"leased_until": clock.real_now() + LEASE, "updated_at": clock.now()}
        return await imports.advance(session, self._id, self._fence, self._state, **values)

    async def _beat(self) -> None:
        """Keep the lease while a long file is read up to where the last worker was."""
        while True:
            await asyncio.sleep(BEAT)
            with suppress(Exception):
                async with self._database.unit_of_work(self._tenant_id) as session:
                    await self._advance(session)

    async def _give_back(self) -> None:
        async with self._database.unit_of_work(self._tenant_id) as session:
            await imports.advance(session, self._id, self._fence, self._state, leased_until=None)
            jobs.wake(session, "imports")

    async def _finish(self) -> None:
        """The end of the file: a dry run waits for a person, anything else is over."""
        async with self._database.unit_of_work(self._tenant_id) as session:
            found = await self._mine(session)
            counts = {name: getattr(found, name) for name in COUNTS}
            if self._state is ImportState.CHECKING:
                found.checked = counts
            if self._state is ImportState.CHECKING and not found.by_itself:
                await wait_for_person(session, found)
                return
            await end(session, found, ImportState.FINISHED)
            if self._state is ImportState.IMPORTING:
                await audit.record(
                    session,
                    actor=found.actor,
                    action="finished",
                    subject="import",
                    subject_id=found.id,
                    name=found.file_name,
                    changes={name: (None, number) for name, number in counts.items()},
                )
        log.info("import.finished", import_id=self._id.hex, **counts)

    async def _fail(self, words: str) -> None:
        async with self._database.unit_of_work(self._tenant_id) as session:
            with suppress(LostError):
                await end(session, await self._mine(session), ImportState.FAILED, fault=words)

    async def _mine(self, session: TenantSession) -> ContactImport:
        found = await imports.find(session, self._id, lock=True)
        if found is None or found.fence != self._fence or found.state != self._state:
            raise LostError
        return found
