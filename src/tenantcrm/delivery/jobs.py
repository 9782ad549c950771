"""arq's functions: thin, safe to run twice. ``ctx`` holds the worker's parts, and the queue."""

from typing import Any, TypedDict
from uuid import UUID

import structlog

from tenantcrm.contacts.imports.importer import Importer
from tenantcrm.database import AWAY, Database
from tenantcrm.delivery import service
from tenantcrm.delivery.bulk_actions import BulkActions
from tenantcrm.delivery.engine import Engine
from tenantcrm.delivery.scanner import Scanner
from tenantcrm.jobs import Queue

log = structlog.get_logger()


class Context(TypedDict):
    """What a job finds in its context."""

    database: Database
    scanner: Scanner
    engine: Engine
    importer: Importer
    bulk_actions: BulkActions
    redis: Queue


async def scan(ctx: Context, tenant_id: str | None = None) -> None:
    """Scan a tenant's campaigns; without one, find who has a scan due."""
    if tenant_id is None:
        await find_due_scans(ctx)
    else:
        await _guarded("scan", tenant_id, ctx["scanner"].scan(UUID(tenant_id)))


async def contacts_changed(ctx: Context, tenant_id: str) -> None:
    """Scan the tenant's campaigns that mail at once."""
    await _guarded("contacts_changed", tenant_id, ctx["scanner"].contacts_changed(UUID(tenant_id)))


async def send(ctx: Context, _tenant_id: str | None = None) -> None:
    """Something has become due: the engine looks which lane is next."""
    ctx["engine"].ring()


async def imports(ctx: Context, tenant_id: str | None = None) -> None:
    """An import has something to do: this worker looks whether it has a place for it."""
    await _guarded("imports", tenant_id, ctx["importer"].sweep())


async def bulk_actions(ctx: Context, tenant_id: str | None = None) -> None:
    """A bulk action has been begun: work at what is due."""
    await _guarded("bulk_actions", tenant_id, ctx["bulk_actions"].sweep())


async def find_due_scans(ctx: Context) -> None:
    """Queue a scan for every tenant that has one due, unless one is queued or runs."""
    try:
        tenants = await ctx["scanner"].due()
    except AWAY as fault:
        log.warning("jobs.database_away", error=type(fault).__name__)
        return
    for tenant_id in tenants:
        await ctx["redis"].enqueue_job("scan", str(tenant_id), _job_id=f"scan:{tenant_id}:due")


async def refresh_stats(ctx: Context) -> None:
    """Refresh the counts that operators see."""
    await _guarded("refresh_stats", None, service.refresh_stats(ctx["database"]))


async def _guarded(name: str, tenant_id: str | None, work: Any) -> None:
    """Run it; a failure is logged here, and the sweeps try again: the queue keeps no state."""
    try:
        await work
    except AWAY as fault:
        log.warning("jobs.failed", job=name, tenant_id=tenant_id, error=type(fault).__name__)
    except Exception:
        log.exception("jobs.failed", job=name, tenant_id=tenant_id)
