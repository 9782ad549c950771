"""Which attributes a tenant uses, and of which types: what filters and columns can be picked from.

Upserts note names here. A process remembers what it has noted, so that a name costs the database
nothing after its first time.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from uuid import UUID

from tenantcrm.contacts.filters.kinds import Kind, kind_of
from tenantcrm.contacts.repository import attributes as repository
from tenantcrm.contacts.schemas import Value
from tenantcrm.database import AnyTenantSession, TenantSession

NAMES_MOST = repository.MOST
TENANTS_MOST = 2_000
"""Tenants that a process remembers; the one that has been idle longest is forgotten."""
_noted: OrderedDict[UUID, set[tuple[str, str]]] = OrderedDict()


async def note(session: AnyTenantSession, attributes: Mapping[str, Value]) -> None:
    """Keep the names and types of these attributes, unless they are kept already."""
    await note_kinds(session, [(name, kind_of(value)) for name, value in attributes.items()])


async def note_kinds(session: AnyTenantSession, kinds: Collection[tuple[str, Kind]]) -> None:
    """The same of names that come with their types."""
    known = _remembered(session.tenant_id)
    if len(known) >= repository.MOST:
        return
    fresh = {(name, kind.value) for name, kind in kinds} - known
    if not fresh or not await repository.add(session, fresh):
        return

    async def remember() -> None:
        _remembered(session.tenant_id).update(fresh)

    session.after_commit(remember)


async def known_attributes(session: TenantSession) -> dict[str, tuple[Kind, ...]]:
    """The names of the tenant's attributes, in order, each with its types."""
    pairs = set(await repository.known(session))
    for attributes in await repository.newest(session):
        pairs |= {(name, kind_of(value).value) for name, value in attributes.items()}
    found: dict[str, tuple[Kind, ...]] = {}
    for name, kind in sorted(pairs):
        found[name] = (*found.get(name, ()), Kind(kind))
    return found


async def how_many(session: TenantSession) -> int:
    """How many names are kept of :data:`NAMES_MOST`, each type of one counted by itself."""
    return await repository.how_many(session)


def _remembered(tenant_id: UUID) -> set[tuple[str, str]]:
    known = _noted.setdefault(tenant_id, set())
    _noted.move_to_end(tenant_id)
    while len(_noted) > TENANTS_MOST:
        _noted.popitem(last=False)
    return known
