"""The audit log: who changed what and when, filtered, page by page, and as a download."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm import clock
from tenantcrm.database import Database, TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import AuditFilter, AuditRow, Person
from tenantcrm.tenants.service import audit_log, keys, team
from tenantcrm.web.dashboard import audit_words
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.exports import Cell, csv_download
from tenantcrm.web.page import show

PAGE = "/settings/audit"
FIELDS = ("actor", "subject", "id", "since", "until")
HEADER = ("at", "who", "action", "what", "name", "changes", "actor", "subject", "subject_id")
DAY = timedelta(days=1)


class Audit(Controller):
    """Every change of the tenant's, for those who look after it."""

    @get(PAGE)
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """A page of entries, the newest first."""
        require(person, "audit")
        values = {name: request.query_params.get(name, "") for name in FIELDS}
        wanted, errors = read_filter(values, person.tenant.timezone)
        after = request.query_params.get("after", "")
        try:
            found = await audit_log.page(session, wanted, after=after)
        except InvalidError:
            # A link of another filter, or cut short: the first page says more than a refusal.
            found = await audit_log.page(session, wanted)
        actors = await audit_log.actors(session)
        names = await actor_names(services(request).database, session, actors)
        kept = {name: value for name, value in values.items() if value}
        return await show(
            request,
            person,
            session,
            "settings/audit.html",
            block="entries",
            entries=[audit_words.entry(row, names) for row in found.rows],
            values=values,
            errors=errors,
            actors=sorted(
                ((one, audit_words.actor_text(one, names)) for one in actors),
                key=lambda pair: pair[1].casefold(),
            ),
            subjects=[
                (one, audit_words.subject_text(one)) for one in await audit_log.subjects(session)
            ],
            next_href=f"{PAGE}?{urlencode(kept | {'after': found.next})}" if found.next else "",
            first_href=f"{PAGE}?{urlencode(kept)}" if after else "",
            csv_href=f"{PAGE}.csv?{urlencode(kept)}",
            zone=person.tenant.timezone,
        )

    @get(f"{PAGE}.csv")
    async def download(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Every entry of the filter, as CSV."""
        require(person, "audit")
        values = {name: request.query_params.get(name, "") for name in FIELDS}
        wanted, _ = read_filter(values, person.tenant.timezone)
        database = services(request).database
        names = await actor_names(database, session, await audit_log.actors(session))
        rows = _rows(database, person, wanted, names)
        return csv_download(f"audit-{clock.now():%Y-%m-%d}.csv", HEADER, rows)


async def actor_names(
    database: Database, session: TenantSession, actors: list[str]
) -> dict[UUID, str]:
    """What people and keys among the actors are called."""
    names = {row.id: row.name for row in await keys.listed(session)}
    async with database.control_unit_of_work() as control:
        return names | await team.names(control, audit_words.actor_ids(actors, "user"))


async def _rows(
    database: Database, person: Person, wanted: AuditFilter, names: dict[UUID, str]
) -> AsyncIterator[tuple[Cell, ...]]:
    async for batch in audit_log.everything(database, person.tenant, wanted):
        for row in batch:
            yield _row(row, names)


def _row(row: AuditRow, names: dict[UUID, str]) -> tuple[Cell, ...]:
    return (
        row.at,
        audit_words.actor_text(row.actor, names),
        row.action,
        audit_words.subject_text(row.subject),
        row.name,
        audit_words.changes_text(row),
        row.actor,
        row.subject,
        row.subject_id.hex if row.subject_id else None,
    )


def read_filter(values: dict[str, str], zone: str) -> tuple[AuditFilter, dict[str, str]]:
    """The filter in the address, and what of it could not be read; days are the tenant's own."""
    errors: dict[str, str] = {}
    since, until = (_day(values[name], name, errors) for name in ("since", "until"))
    subject_id = None
    if values["id"]:
        try:
            subject_id = read_hex(values["id"])
        except NotFoundError:
            errors["id"] = "This is no id of a thing"
    wanted = AuditFilter(
        actor=values["actor"],
        subject=values["subject"],
        subject_id=subject_id,
        since=_begin(since, zone),
        until=_begin(until, zone, DAY),
    )
    return wanted, errors


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 9000:  # noqa: PLR2004 # what databases and zones take
        errors[name] = "Expected a day such as 2026-01-31"
        return None
    return day


def _begin(day: date | None, zone: str, more: timedelta = timedelta()) -> datetime | None:
    """The first instant of a day, or of the one after it."""
    return None if day is None else datetime.combine(day + more, time(), ZoneInfo(zone))
