"""Find contacts: one, a page of them, how many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tenantcrm.contacts import repository, rules
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.schemas import ContactRow, Page
from tenantcrm.contacts.service.sizes import samples, total
from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode

LOOKED_AT = 5_000
"""Contacts looked at for what they lack; more would take a page too long."""
SAMPLED = 100
"""Contacts from whom values of attributes are shown."""


async def get(session: TenantSession, contact_id: UUID, *, mode: Mode | None) -> ContactRow:
    """One contact; ``mode`` None: of either.

    Raises:
        NotFoundError: there is none in this mode.
    """
    found = await repository.find(session, contact_id, mode=mode)
    if found is None:
        raise NotFoundError("There is no such contact")
    return found


async def get_by_email(session: TenantSession, email_key: str, *, mode: Mode) -> ContactRow:
    """The contact of an address.

    Raises:
        NotFoundError: there is none in this mode.
    """
    found = await repository.alike(session, mode, email_key=email_key, external_id=None)
    if not found:
        raise NotFoundError("There is no such contact")
    return found[0]


async def listed(
    session: TenantSession,
    *,
    mode: Mode,
    filter_text: str = "",
    search: str = "",
    updated_after: datetime | None = None,
    newest_first: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """A page of contacts.

    The order is that in which they came (or its reverse), which no change of a contact disturbs:
    whoever pages to the end sees each contact once that was there at the start. With
    ``updated_after`` it is that of their last change.

    Raises:
        FilterError: the filter cannot be read.
        InvalidError: ``after`` is no cursor of this list.
    """
    condition = compile_filter(parse(filter_text))
    query = (mode.value, filter_text, search, updated_after is not None, newest_first)
    rows = await repository.listed(
        session,
        repository.matching(session, mode, condition, search),
        updated_after=updated_after,
        newest_first=newest_first,
        after=read_cursor(after, *query) if after is not None else None,
        limit=limit + 1,
    )
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    at = last.created_at if updated_after is None else last.updated_at
    return Page(rows[:limit], show_cursor(Place(at, last.id), *query))


async def count(
    session: TenantSession, *, mode: Mode, filter_text: str = "", search: str = ""
) -> int:
    """How many contacts a filter and a search find.

    Raises:
        FilterError: the filter cannot be read.
    """
    condition = compile_filter(parse(filter_text))
    return await repository.count(session, repository.matching(session, mode, condition, search))


async def lacking(
    session: TenantSession, filter_text: str, names: Sequence[str], *, mode: Mode = Mode.LIVE
) -> tuple[int, dict[str, int], bool]:
    """How many contacts of a filter lack each field, among some of them.

    Gives how many were looked at, how many of those lack what, and whether there may be more: of a
    large tenant a sample is looked at.

    Raises:
        FilterError: the filter cannot be read.
    """
    condition = repository.matching(session, mode, compile_filter(parse(filter_text)), "")
    whole = await total(session, mode=mode)
    if not whole.exact:
        condition &= samples(whole)[0][0]
    looked_at, missing = await repository.lacking(session, condition, names, limit=LOOKED_AT)
    return looked_at, missing, looked_at == LOOKED_AT or not whole.exact


async def attribute_samples(session: TenantSession, *, mode: Mode = Mode.LIVE) -> dict[str, Any]:
    """The attributes that the newest contacts have, by name, each with a value that one has."""
    rows = await repository.listed(
        session,
        repository.matching(session, mode, compile_filter(parse("")), ""),
        newest_first=True,
        limit=SAMPLED,
    )
    found: dict[str, Any] = {}
    for row in rows:
        for name, value in row.attributes.items():
            found.setdefault(name, value)
    return dict(sorted(found.items()))


async def addressed(session: TenantSession, contact_id: UUID) -> ContactRow | None:
    """The live contact that the link of a mail names; None when it is gone."""
    return await repository.find(session, contact_id, mode=Mode.LIVE)


def masked(contact: ContactRow, email_hash: bytes) -> str:
    """A contact's address as a page without sign-in may show it to whoever has a link.

    Empty when the link was mailed to another address than the contact has now.
    """
    return rules.mask(contact.email) if contact.email_hash == email_hash else ""
