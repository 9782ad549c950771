"""Wake-ups: buffered, sent after commit, dropped on rollback.

A wake-up is a doorbell, never the work itself: PostgreSQL holds every state, so a lost wake-up
costs the time until the next sweep, and one that comes twice costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from tenantcrm.database import ControlSession, TenantSession

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A named job and the ids that it is about."""

    name: str
    tenant_id: UUID | None = None

    @property
    def job_id(self) -> str:
        """Equal for equal work, so that a queue keeps one of them."""
        return f"{self.name}:{self.tenant_id}" if self.tenant_id else self.name


class Doorbell(Protocol):
    """Where wake-ups go: arq's queue, in production."""

    async def ring(self, wake_ups: Sequence[WakeUp]) -> None:
        """Deliver at most once each; never raises for want of a queue."""


class Silence:
    """A doorbell that nobody hears: the sweeps find the work (command line, tests)."""

    async def ring(self, wake_ups: Sequence[WakeUp]) -> None:
        """Drop them."""


class _Current:
    """The doorbell of this process."""

    doorbell: Doorbell = Silence()


def use(doorbell: Doorbell) -> None:
    """Send this process's wake-ups through ``doorbell``."""
    _Current.doorbell = doorbell


def wake(session: TenantSession | ControlSession, *names: str) -> None:
    """Ring for these jobs once the session has committed."""
    tenant = session.tenant_id if isinstance(session, TenantSession) else None
    wake_ups = [WakeUp(name, tenant) for name in names]
    session.after_commit(lambda: _Current.doorbell.ring(wake_ups))
