"""Works at bulk actions: a batch a transaction, which holds the action's row while it lasts.

A worker that dies takes its batch with it and nothing else: the row is free again at once, and
whoever comes next goes on behind the last batch that was committed.
"""

import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog

from tenantcrm import clock, jobs
from tenantcrm.contacts import rules
from tenantcrm.contacts.bulk import service
from tenantcrm.contacts.bulk.models import BulkAction
from tenantcrm.contacts.bulk.repository import actions as repository
from tenantcrm.contacts.bulk.repository import meant
from tenantcrm.contacts.bulk.repository.actions import Due
from tenantcrm.contacts.bulk.states import ON_ATTRIBUTES, BulkState, What
from tenantcrm.contacts.repository import record_each
from tenantcrm.contacts.service import lists
from tenantcrm.database import AWAY, Database, TenantSession
from tenantcrm.delivery.service import erase_all, withdraw_all
from tenantcrm.tenants.models import Mode

log = structlog.get_logger()

EVERY = 1.0
BUDGET = 30.0
"""Seconds of one round, so that a queue's job ends in time; the next one goes on."""
AT_ONCE = 20
SET_AT_ONCE, LEAVING_AT_ONCE = 1_000, 500
"""Contacts of a batch, which is a set: changed; or unsubscribed or erased, which is more work."""
AGAIN = timedelta(seconds=5)
ATTEMPTS_MOST = 5
OURS = "Something went wrong on our side, again and again. What was done stays done."


class BulkActions:
    """The bulk actions of one process."""

    def __init__(self, database: Database) -> None:
        """Nothing is looked for yet."""
        self._database = database
        self._busy = False

    async def sweep(self) -> None:
        """Work at what is due, a batch of each in turn, until nothing is or the time is over."""
        if self._busy:
            return
        self._busy = True
        try:
            ends = time.monotonic() + BUDGET
            while time.monotonic() < ends and await self._round():
                pass
        finally:
            self._busy = False

    async def _round(self) -> bool:
        async with self._database.control_unit_of_work() as control:
            due = await repository.due(control, real_now=clock.real_now(), most=AT_ONCE)
        worked = False
        for one in due:
            try:
                worked = await self._batch(one) or worked
            except AWAY:
                raise
            except Exception as fault:
                log.exception("bulk.failed", bulk_id=one.bulk_id.hex, error=type(fault).__name__)
                await self._after_failure(one)
        return worked

    async def _batch(self, due: Due) -> bool:
        """One batch; False where another worker holds the action."""
        async with self._database.unit_of_work(due.tenant_id) as session:
            action = await repository.take(session, due.bulk_id)
            if action is None:
                return False
            await _work(session, action)
        return True

    async def _after_failure(self, due: Due) -> None:
        with suppress(*AWAY):
            async with self._database.unit_of_work(due.tenant_id) as session:
                soon = clock.real_now() + AGAIN
                if await repository.postpone(session, due.bulk_id, soon) < ATTEMPTS_MOST:
                    return
                action = await repository.take(session, due.bulk_id)
                if action is not None:
                    await service.end(session, action, BulkState.FAILED, actor="system", fault=OURS)


def _most(what: What) -> int:
    """How many contacts are a batch: a second or two of work, which is lost with its worker."""
    return SET_AT_ONCE if what in ON_ATTRIBUTES else LEAVING_AT_ONCE


async def _work(session: TenantSession, action: BulkAction) -> None:
    """The next batch of an action, whose row is held."""
    what = What(action.what)
    most = _most(what)
    asked = lists.Asked(
        mode=Mode(action.mode),
        filter_text=action.filter,
        search=action.search,
        anywhere=action.anywhere,
    )
    named = await meant.following(session, action, most)
    found = await meant.hold(session, named, lists.condition(session, asked))
    if what in ON_ATTRIBUTES:
        await _attributes(session, action, what, found)
    elif what is What.ERASE:
        action.changed += await erase_all(session, found, suppress=False, actor=action.actor)
    else:
        action.changed += await withdraw_all(session, found, actor=action.actor)
    action.seen += len(found)
    if named:
        action.after_id = named[-1]
    if len(named) < most:
        await service.end(session, action, BulkState.DONE, actor=action.actor)
    else:
        await repository.calm(session, action.id, clock.real_now())


async def _attributes(
    session: TenantSession, action: BulkAction, what: What, found: list[UUID]
) -> None:
    now, name = clock.now(), action.attribute
    if what is What.SET:
        folded = rules.fold({name: action.value})[name]
        changed, full = await repository.set_attribute(
            session, found, name, action.value, folded, most=rules.ATTRIBUTES_MOST, now=now
        )
        action.refused += full
    else:
        changed = await repository.clear_attribute(session, found, name, now=now)
    action.changed += len(changed)
    field = f"attributes.{name}"
    await record_each(
        session,
        "contact_updated",
        at=now,
        actor=action.actor,
        whose=changed,
        detail={"fields": [field]},
    )
    if changed and action.mode == Mode.LIVE:
        jobs.wake(session, "contacts_changed")
