"""Tables of bulk actions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.orm import Base, TenantOwned


class BulkAction(TenantOwned, Base):
    """One change for many contacts: for those that are named, or for all that match.

    Whom it is about, and the value, are forgotten when it ends: both may name somebody who is
    erased one day.
    """

    __tablename__ = "bulk_actions"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The states are those of ``BulkState``."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            CheckConstraint("mode IN ('live', 'test')", name="mode"),
            CheckConstraint("what IN ('set', 'clear', 'unsubscribe', 'erase')", name="what"),
            CheckConstraint("state IN ('running', 'done', 'cancelled', 'failed')", name="state"),
            CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        )

    mode: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    filter: Mapped[str] = mapped_column(Text, default="")
    search: Mapped[str] = mapped_column(Text, default="")
    anywhere: Mapped[bool] = mapped_column(default=True)
    contact_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    """Those that were picked one by one; None: all that matched, in ``bulk_pieces``."""
    attribute: Mapped[str] = mapped_column(Text, default="")
    value: Mapped[Any] = mapped_column(JSONB, nullable=True)
    actor: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="running")
    expected: Mapped[int] = mapped_column(BigInteger)
    """How many there were when it was begun."""
    seen: Mapped[int] = mapped_column(BigInteger, default=0)
    changed: Mapped[int] = mapped_column(BigInteger, default=0)
    refused: Mapped[int] = mapped_column(BigInteger, default=0)
    """Contacts that cannot have one more attribute."""
    after_id: Mapped[UUID | None]
    """The last contact that was looked at: they are taken in the order of their ids."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(Text, default="")


class BulkPiece(Base):
    """Some of all who matched when a bulk action was begun; kept until it is over."""

    __tablename__ = "bulk_pieces"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "bulk_id", "last_id"),
        ForeignKeyConstraint(
            ["tenant_id", "bulk_id"],
            ["bulk_actions.tenant_id", "bulk_actions.id"],
            ondelete="CASCADE",
        ),
    )

    tenant_id: Mapped[UUID]
    bulk_id: Mapped[UUID]
    last_id: Mapped[UUID]
    contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    """In their order, up to ``last_id``."""


class BulkJob(Base):
    """That a bulk action is to be worked at: all that a dispatcher reads of it."""

    __tablename__ = "bulk_jobs"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "bulk_id"),
        ForeignKeyConstraint(
            ["tenant_id", "bulk_id"],
            ["bulk_actions.tenant_id", "bulk_actions.id"],
            ondelete="CASCADE",
        ),
        Index("ix_bulk_jobs_run_at", "run_at"),
    )

    tenant_id: Mapped[UUID]
    bulk_id: Mapped[UUID]
    run_at: Mapped[datetime]
    """Machine time."""
    attempts: Mapped[int] = mapped_column(default=0)
