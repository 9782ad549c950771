"""Contacts as the API shows them."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from tenantcrm import ids
from tenantcrm.contacts.schemas import ContactRow


class ContactView(Struct, frozen=True, kw_only=True):
    """A contact."""

    id: str
    email: str
    name: str | None
    external_id: str | None
    attributes: dict[str, Any]
    timezone: str | None
    status: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ContactRow) -> "ContactView":
        """The outside of a row."""
        return cls(
            id=ids.show_id(ids.CONTACT, row.id),
            email=row.email,
            name=row.name,
            external_id=row.external_id,
            attributes=row.attributes,
            timezone=row.timezone,
            status=row.status,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
