"""Imports, as the API shows them."""

from datetime import datetime

from msgspec import Struct

from tenantcrm import ids
from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.models import ContactImport


class ColumnView(Struct, frozen=True):
    """A column, and what it becomes: a field, ``attribute:NAME``, or ``ignore``."""

    header: str
    to: str


class ImportView(Struct, frozen=True, kw_only=True):
    """An import. ``progress``: from 0 to 1."""

    id: str
    state: str
    dry_run: bool
    enter_campaigns: bool
    file_name: str
    progress: float
    rows: int
    created: int
    updated: int
    unchanged: int
    invalid: int
    not_mailable: int
    fault: str | None
    columns: list[ColumnView]
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, found: ContactImport) -> "ImportView":
        """The outside of a row."""
        layout = service.layout_of(found) if found.layout else None
        return cls(
            id=ids.show_id(ids.IMPORT, found.id),
            state=found.state,
            dry_run=found.dry_run,
            enter_campaigns=found.enter_campaigns,
            file_name=found.file_name,
            progress=service.progress(found),
            rows=found.rows,
            created=found.created,
            updated=found.updated,
            unchanged=found.unchanged,
            invalid=found.refused,
            not_mailable=found.not_mailable,
            fault=found.fault or None,
            columns=[
                ColumnView(c.header, f"attribute:{c.name}" if c.name else c.to.value)
                for c in (layout.columns if layout else [])
            ],
            created_at=found.created_at,
            ended_at=found.ended_at,
        )
