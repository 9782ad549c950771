"""Contacts for the tests of filters: made in memory, kept in the contacts table for a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession

NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """What a filter can ask of a contact."""

    email: str = "ada@example.com"
    name: str | None = None
    external_id: str | None = None
    timezone: str | None = None
    status: str = "subscribed"
    created_at: datetime = NEW_YEAR
    updated_at: datetime = NEW_YEAR
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def email_key(self) -> str:
        """What equal addresses have in common."""
        return normalise(self.email).key


def person(**values: Any) -> Person:
    """A person; a keyword that is no field is an attribute."""
    fields = {name: values.pop(name) for name in list(values) if name in Person.__annotations__}
    fields["attributes"] = fields.get("attributes", {}) | values
    return Person(**fields)


def _row(tenant_id: UUID, number: int, one: Person) -> dict[str, Any]:
    folded = {k: v.casefold() if isinstance(v, str) else v for k, v in one.attributes.items()}
    return {
        "tenant_id": tenant_id,
        "id": UUID(int=number),
        "mode": "live",
        "email": one.email,
        "email_key": one.email_key,
        "email_hash": sha256(one.email.encode()).digest(),
        "name": one.name,
        "external_id": one.external_id,
        "timezone": one.timezone,
        "status": one.status,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "attributes": one.attributes,
        "folded": folded,
    }


class FilterTable:
    """The contacts table of one tenant, empty again after every question."""

    def __init__(self, session: TenantSession) -> None:
        self.session = session

    async def matched(self, people: Sequence[Person], *filters: str) -> list[list[int]]:
        """For each filter, the positions of the people that PostgreSQL finds by it."""
        tenant_id = self.session.tenant_id
        rows = [_row(tenant_id, number, one) for number, one in enumerate(people)]
        found = []
        async with self.session.begin_nested() as savepoint:
            await self.session.execute(insert(Contact), rows)
            for text in filters:
                query = select(Contact.id).where(
                    Contact.tenant_id == tenant_id, compile_filter(parse(text))
                )
                answer = await self.session.execute(query.order_by(Contact.id))
                found.append([one.int for one in answer.scalars()])
            await savepoint.rollback()
        return found

    async def matches(self, one: Person, text: str) -> bool:
        """Whether PostgreSQL finds this one person by the filter."""
        return await self.matched([one], text) == [[0]]
