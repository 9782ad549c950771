"""Tables of what campaigns and messages were, version by version. Never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.orm import Base


class MessageVersion(Base):
    """A message as it was after one edit."""

    __tablename__ = "message_versions"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "message_id", "version"),
        ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaigns.tenant_id", "campaigns.id"],
            ondelete="CASCADE",
        ),
        Index("ix_message_versions_campaign", "tenant_id", "campaign_id"),
    )

    tenant_id: Mapped[UUID]
    message_id: Mapped[UUID]
    version: Mapped[int]
    campaign_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    preheader: Mapped[str] = mapped_column(Text)
    send_day: Mapped[int]
    html_template: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class CampaignVersion(Base):
    """A campaign as it was after one edit, with who made it and what it did to its people."""

    __tablename__ = "campaign_versions"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "campaign_id", "version"),
        ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaigns.tenant_id", "campaigns.id"],
            ondelete="CASCADE",
        ),
    )

    tenant_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    """``created``, ``edited`` or ``restored``; ``kept``: as it was found by the upgrade."""
    fields: Mapped[dict[str, Any]]
    """The campaign's columns by name: what a person can set."""
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """``{"id", "version"}`` of each message in use, in the order of their days."""
    effect: Mapped[dict[str, Any] | None]
    """What the edit did to the people in it: policy and counts; None: to nobody."""
