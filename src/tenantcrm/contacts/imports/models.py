"""Tables of imports. The file and the refused rows hold contacts: both go after a while."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.orm import Base, TenantOwned, Timestamped

_STATES = ", ".join(f"'{state.value}'" for state in ImportState)
_NONE = text("0")


class ContactImport(TenantOwned, Timestamped, Base):
    """An import: what is to be done, how far it is, and what came of it."""

    __tablename__ = "contact_imports"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """A worker holds an import by a lease and a fence."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            CheckConstraint(f"state IN ({_STATES})", name="state"),
            CheckConstraint("mode IN ('live', 'test')", name="mode"),
        )

    mode: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    """``user:<uuid>`` or ``key:<uuid>``."""
    file_name: Mapped[str] = mapped_column(Text)
    enter_campaigns: Mapped[bool]
    """Whether campaigns that run take in who comes, or comes to match, by this import."""
    by_itself: Mapped[bool]
    """Whether it goes on without a person: made over the API."""
    dry_run: Mapped[bool]
    """Whether it only says what it would do."""
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """:class:`tenantcrm.contacts.imports.layout.Layout`; None until the file is there."""
    size: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    """Bytes of the file."""
    position: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    """Bytes that are read; for progress alone."""
    done_row: Mapped[int] = mapped_column(server_default=_NONE)
    """The number of the last row that is worked off: where a worker goes on."""
    rows: Mapped[int] = mapped_column(server_default=_NONE)
    """Rows that are worked off, blank ones aside."""
    created: Mapped[int] = mapped_column(server_default=_NONE)
    updated: Mapped[int] = mapped_column(server_default=_NONE)
    unchanged: Mapped[int] = mapped_column(server_default=_NONE)
    refused: Mapped[int] = mapped_column(server_default=_NONE)
    not_mailable: Mapped[int] = mapped_column(server_default=_NONE)
    """Of those created, updated and unchanged: who is and stays unsubscribed or suppressed."""
    checked: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The same counts of the dry run."""
    fault: Mapped[str] = mapped_column(Text, server_default="")
    """Why it failed, for people."""
    fence: Mapped[int] = mapped_column(server_default=_NONE)
    leased_until: Mapped[datetime | None]
    """Machine time."""
    ended_at: Mapped[datetime | None]


class ImportChunk(Base):
    """A piece of an uploaded file."""

    __tablename__ = "import_chunks"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id", "number"),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["contact_imports.tenant_id", "contact_imports.id"],
            ondelete="CASCADE",
        ),
    )

    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    number: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportFault(Base):
    """A row that was refused, and why."""

    __tablename__ = "import_faults"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id", "row"),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["contact_imports.tenant_id", "contact_imports.id"],
            ondelete="CASCADE",
        ),
        Index(
            "ix_import_faults_email_hash",
            "tenant_id",
            "email_hash",
            postgresql_where=text("email_hash IS NOT NULL"),
        ),
    )

    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    row: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    cells: Mapped[list[Any]] = mapped_column(JSONB)
    """The cells as they were, long ones cut."""
    email_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """As of contacts: whose it is, so that it goes with them. None: it has no address."""


class ImportJob(Base):
    """When something is to be done about an import: all that a dispatcher reads of it."""

    __tablename__ = "import_jobs"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id"),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["contact_imports.tenant_id", "contact_imports.id"],
            ondelete="CASCADE",
        ),
        Index("ix_import_jobs_run_at", "run_at"),
    )

    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    run_at: Mapped[datetime]
    """Machine time."""
    attempts: Mapped[int] = mapped_column(server_default=_NONE)
