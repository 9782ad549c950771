"""Keeps the account's quota of a day: counts, and parks everybody's campaigns when it is used."""

import time
from datetime import timedelta

import structlog

from tenantcrm import clock
from tenantcrm.database import ControlSession
from tenantcrm.delivery import allowances
from tenantcrm.delivery.account import Account
from tenantcrm.delivery.quota import Quota, used
from tenantcrm.delivery.repository import dispatch
from tenantcrm.delivery.states import Kind

log = structlog.get_logger()

SOONEST = timedelta(minutes=5)
"""Business time for which lanes are parked at least: what others send, nobody tells us."""


class Daily:
    """What this process may claim of the account's day."""

    def __init__(self, account: Account, processes: int) -> None:
        """``processes``: how many workers share the account."""
        self._account = account
        self._quota = Quota(processes)
        self._ours_when_asked = 0
        self._answer = account.day
        self._parked = False

    @property
    def is_used_up(self) -> bool:
        """Whether system mail alone may leave."""
        return self._quota.is_used_up

    def left(self, kind: str) -> int | None:
        """How many mails of a kind may be claimed; None: as many as you like."""
        return self._quota.left(system=kind == Kind.SYSTEM)

    def use(self, mails: int) -> None:
        """So many were claimed."""
        self._quota.use(mails)

    async def renew(self, control: ControlSession) -> None:
        """Count anew where it is time to, and park or wake everybody's lanes accordingly."""
        real, day = time.monotonic(), self._account.day
        if not self._quota.is_stale(real):
            return
        if day is None or day.most is None:
            self._quota.count(float("inf"), float("inf"), real)
            await self._wake(control)
            return
        now = clock.now()
        hours = await dispatch.asked(control, since=allowances.window_from(now))
        ours = sum(hour.asked for hour in hours)
        if day is not self._answer:
            self._answer, self._ours_when_asked = day, ours
        gone = used(ours, self._ours_when_asked, day.sent)
        most = allowances.for_campaigns(day.most)
        self._quota.count(most - gone, day.most - gone, real)
        if not self.is_used_up:
            await self._wake(control)
            return
        freed = allowances.freed_at(hours, int(most - (gone - ours)), now)
        await dispatch.park_all(control, until=max(freed, now + SOONEST), now=now)
        if not self._parked:
            log.warning("engine.quota_used_up", sent=int(gone), quota=int(day.most))
        self._parked = True

    async def _wake(self, control: ControlSession) -> None:
        if self._parked:
            await dispatch.unpark_all(control)
            log.info("engine.quota_there_again")
        self._parked = False
