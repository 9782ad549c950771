"""Tables of API keys and of the answers that they are given again."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.orm import Base, TenantOwned


class Mode(StrEnum):
    """Live data is mailed; test data never is."""

    LIVE = "live"
    TEST = "test"


class ApiKey(TenantOwned, Base):
    """An API key; only its SHA-256 is kept."""

    __tablename__ = "api_keys"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """One hash, one key; the modes are live and test."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            UniqueConstraint("key_hash"),
            CheckConstraint("mode IN ('live', 'test')", name="mode"),
        )

    name: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    prefix: Mapped[str] = mapped_column(Text)
    last_four: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """When a key that was replaced by another stops; None: it does not stop by itself."""


class IdempotentResponse(Base):
    """The first answer to a write that carried an Idempotency-Key, or, sealed, where a form led
    (``mode`` is ``form``); for 24 hours.

    One that shows a contact goes with them: it is 404 then, and its body is empty.
    """

    __tablename__ = "idempotent_responses"
    __table_args__ = (
        Index("ix_idempotent_responses_created_at", "tenant_id", "created_at"),
        Index(
            "ix_idempotent_responses_contact",
            "tenant_id",
            "contact_id",
            postgresql_where=text("contact_id IS NOT NULL"),
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.real_now)
    contact_id: Mapped[UUID | None]
    """Whom it shows; all zeros: several, in an answer that did nothing but read."""
