"""What SES tells of mails afterwards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.orm import Base, TenantOwned


class MailEvent(TenantOwned, Base):
    """One notice of one mail, kept as it came and never changed; unique by the notice's id."""

    __tablename__ = "mail_events"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The same notice stands once, however often it comes."""
        return (
            ForeignKeyConstraint(
                ["tenant_id", "delivery_id"],
                ["deliveries.tenant_id", "deliveries.id"],
                ondelete="CASCADE",
            ),
            UniqueConstraint("tenant_id", "notice_id"),
            Index("ix_mail_events_delivery", "tenant_id", "delivery_id", "at"),
        )

    notice_id: Mapped[str] = mapped_column(Text)
    """SNS's MessageId; of what was seen by our own pixel and links, one that we made."""
    delivery_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(Text)
    """SES's name of the event, in lower case: ``delivery``, ``bounce``, ``open``, …"""
    at: Mapped[datetime]
    """When it happened, by the notice."""
    received_at: Mapped[datetime]
    machine: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    detail: Mapped[dict[str, Any]]
    """The notice without the addresses of people."""
    fault: Mapped[str | None] = mapped_column(Text)
    """Why it could not be applied; None: it was."""


class EventStream(Base):
    """Up to which mails of a tenant SES has told of events: whether silence means anything."""

    __tablename__ = "event_streams"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    seen_through: Mapped[datetime]
    """When SES was asked for the latest mail of which an event has come."""
    heard_at: Mapped[datetime]
