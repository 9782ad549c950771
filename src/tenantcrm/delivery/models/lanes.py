"""What the dispatcher sees of tenants' queues, and what has been sent by the hour."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.orm import Base


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
        CheckConstraint("parked IN ('account_quota', 'daily_cap', 'warm_up')", name="parked"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime | None]
    """Business time of the earliest mail that waits; None: nothing waits."""
    retry_at: Mapped[datetime | None]
    """Machine time before which the lane rests (rate, quota, suspension)."""
    virtual_time: Mapped[float] = mapped_column(default=0.0)
    """What the lane has been served, in mails; of its class, the lowest goes next."""
    leased_until: Mapped[datetime | None]
    """Machine time at which a lease of one of its mails may be over: when to look."""
    parked: Mapped[str | None] = mapped_column(Text)
    """The allowance that is used up; None: none is."""
    parked_until: Mapped[datetime | None]
    """Business time at which some of that allowance is there again."""
    pace: Mapped[float] = mapped_column(Double, default=0.0, server_default="0")
    """Mails a second that it was served lately, as of ``served_at``."""
    served_at: Mapped[datetime | None]
    """Machine time of its last claim."""


class SendingHour(Base):
    """What a tenant asked of SES in an hour of the business clock, and what came back in it.

    It feeds quotas (the last 24 hours), ramps and reputation (the last 7 days).
    """

    __tablename__ = "sending_hours"
    __table_args__ = (Index("ix_sending_hours_hour", "hour"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    asked: Mapped[int] = mapped_column(default=0, server_default="0")
    """Mails that SES was asked to send and has not certainly refused."""
    hard_bounced: Mapped[int] = mapped_column(default=0, server_default="0")
    soft_bounced: Mapped[int] = mapped_column(default=0, server_default="0")
    complained: Mapped[int] = mapped_column(default=0, server_default="0")
