"""Tables of delivery: the ledger, the lanes, and the senders that SES has verified."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.delivery.states import TROUBLE, Kind, State
from tenantcrm.orm import Base, TenantOwned, Timestamped


def _one_of(values: Iterable[State] | Iterable[Kind]) -> str:
    return ", ".join(f"'{value}'" for value in values)


class Delivery(TenantOwned, Timestamped, Base):
    """The ledger: one row per message and contact, unique in the database.

    A row of a campaign names its message and contact; the address is read at the last moment and
    not kept. A system or test mail names its recipient. A contact's erasure leaves the row.
    """

    __tablename__ = "deliveries"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The database forbids the impossible states; the partial indexes find the live part."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            ForeignKeyConstraint(
                ["tenant_id", "campaign_id"],
                ["campaigns.tenant_id", "campaigns.id"],
                ondelete="RESTRICT",
            ),
            ForeignKeyConstraint(
                ["tenant_id", "message_id"],
                ["messages.tenant_id", "messages.id"],
                ondelete="RESTRICT",
            ),
            ForeignKeyConstraint(
                ["tenant_id", "contact_id"],
                ["contacts.tenant_id", "contacts.id"],
                ondelete="SET NULL (contact_id)",
            ),
            UniqueConstraint("tenant_id", "message_id", "contact_id"),
            CheckConstraint(f"state IN ({_one_of(State)})", name="state"),
            CheckConstraint(f"kind IN ({_one_of(Kind)})", name="kind"),
            CheckConstraint(
                "(state IN ('claimed', 'sending')) = (lease_until IS NOT NULL)", name="lease"
            ),
            CheckConstraint(
                "state NOT IN ('skipped', 'failed') OR reason IS NOT NULL", name="reason"
            ),
            CheckConstraint(
                "state NOT IN ('sent', 'delivered', 'bounced', 'complained') "
                "OR sent_at IS NOT NULL",
                name="sent_at",
            ),
            CheckConstraint(
                "(kind IN ('day_zero', 'drip')) = (message_id IS NOT NULL AND recipient IS NULL)",
                name="subject",
            ),
            CheckConstraint("NOT held OR state = 'pending'", name="held"),
            Index(
                "ix_deliveries_ready",
                "tenant_id",
                "kind",
                "due_at",
                "id",
                postgresql_where=text("state = 'pending' AND retry_at IS NULL AND NOT held"),
            ),
            Index(
                "ix_deliveries_resting",
                "tenant_id",
                "kind",
                "retry_at",
                postgresql_where=text("state = 'pending' AND retry_at IS NOT NULL"),
            ),
            Index(
                "ix_deliveries_held",
                "tenant_id",
                "kind",
                "campaign_id",
                postgresql_where=text("held"),
            ),
            Index(
                "ix_deliveries_trouble",
                "tenant_id",
                "state",
                "id",
                postgresql_where=text(f"state IN ({_one_of(TROUBLE)})"),
            ),
            Index(
                "ix_deliveries_leased",
                "tenant_id",
                "lease_until",
                postgresql_where=text("lease_until IS NOT NULL"),
            ),
            Index("ix_deliveries_campaign", "tenant_id", "campaign_id", "id"),
            Index("ix_deliveries_contact", "tenant_id", "contact_id", "id"),
            {
                "postgresql_with": {
                    "fillfactor": "80",
                    "autovacuum_vacuum_scale_factor": "0.01",
                }
            },
        )

    kind: Mapped[str] = mapped_column(Text)
    """``system``, ``test``, ``day_zero`` or ``drip``: also the lane that it travels in."""
    campaign_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    recipient: Mapped[str | None] = mapped_column(Text)
    """Of system and test mails alone."""
    content: Mapped[dict[str, Any] | None]
    """Of system and test mails: what to render, without secrets."""
    state: Mapped[str] = mapped_column(Text, default=State.PENDING)
    reason: Mapped[str | None] = mapped_column(Text)
    """A code such as ``late`` or ``unsubscribed``; of failures SES's error code."""
    detail: Mapped[str | None] = mapped_column(Text)
    """The words behind the reason."""
    due_at: Mapped[datetime]
    late_at: Mapped[datetime | None]
    """Past this (business) time it is skipped as late; None: never late."""
    retry_at: Mapped[datetime | None]
    """Machine time before which it is not tried again."""
    held: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Its campaign is paused: out of the queue until that is active again."""
    worker: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None]
    """Machine time until which the worker has it."""
    fence: Mapped[int] = mapped_column(default=0)
    """Grows with every claim; only its holder may finish."""
    attempts: Mapped[int] = mapped_column(default=0)
    """SES requests begun."""
    ses_message_id: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]


class Lane(Base):
    """A tenant's queue of one kind, as the dispatcher sees it: whether, and how soon."""

    __tablename__ = "lanes"
    __table_args__ = (
        Index("ix_lanes_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(
            "ix_lanes_leased_until",
            "leased_until",
            postgresql_where=text("leased_until IS NOT NULL"),
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime | None]
    """Business time of the earliest mail that waits; None: nothing waits."""
    retry_at: Mapped[datetime | None]
    """Machine time before which the lane rests (rate, quota, suspension)."""
    virtual_time: Mapped[float] = mapped_column(default=0.0)
    """What the lane has been served, in mails over weight; the lowest goes next."""
    leased_until: Mapped[datetime | None]
    """Machine time at which a lease of one of its mails may be over: when to look."""


class Sender(TenantOwned, Timestamped, Base):
    """An address that a tenant sends from, and what SES says of it."""

    __tablename__ = "senders"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """An address stands once per tenant."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            UniqueConstraint("tenant_id", "email_key"),
            CheckConstraint("state IN ('pending', 'verified', 'failed')", name="state"),
        )

    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="pending")
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]


class SenderClaim(Base):
    """Which tenant an address to send from belongs to: one tenant, over the whole installation."""

    __tablename__ = "sender_claims"

    email_key: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), index=True)
    claimed_at: Mapped[datetime] = mapped_column(default=clock.now)
