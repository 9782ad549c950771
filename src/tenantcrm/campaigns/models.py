"""Tables of campaigns: campaigns, messages, enrolments, and when a tenant is scanned next."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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
from tenantcrm.orm import Base, TenantOwned, Timestamped


class CampaignState(StrEnum):
    """``archived``: deleted for its users, kept for the ledger."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class DayZero(StrEnum):
    """When the message of day 0 goes: at the preferred time, or at once on enrolment."""

    SCHEDULED = "scheduled"
    IMMEDIATELY = "immediately"


class Format(StrEnum):
    """What a message's template is written in."""

    HTML = "html"
    MJML = "mjml"
    MARKDOWN = "markdown"


class EnrollmentState(StrEnum):
    """Where a contact stands in a campaign."""

    ACTIVE = "active"
    FINISHED = "finished"
    EXITED = "exited"


class Campaign(TenantOwned, Timestamped, Base):
    """A drip campaign: whom, when, and (in its messages) what."""

    __tablename__ = "campaigns"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The index finds the campaigns whose scan is due."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            CheckConstraint("state IN ('draft', 'active', 'paused', 'archived')", name="state"),
            CheckConstraint("day_zero IN ('scheduled', 'immediately')", name="day_zero"),
            CheckConstraint("late_limit_hours BETWEEN 0 AND 8760", name="late_limit_hours"),
            CheckConstraint("(state = 'active') = (next_scan_at IS NOT NULL)", name="scanned"),
            Index(
                "ix_campaigns_next_scan_at",
                "tenant_id",
                "next_scan_at",
                postgresql_where=text("next_scan_at IS NOT NULL"),
            ),
        )

    name: Mapped[str] = mapped_column(Text)
    contact_filter: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default=CampaignState.DRAFT)
    preferred_send_time: Mapped[time]
    timezone: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str | None] = mapped_column(Text)
    sender_email: Mapped[str | None] = mapped_column(Text)
    """None: the tenant's default sender."""
    day_zero: Mapped[str] = mapped_column(Text, default=DayZero.SCHEDULED)
    late_limit_hours: Mapped[int] = mapped_column(default=12)
    track_opens: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    track_clicks: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Both hold for mails that are made from now on; what was sent stays as it is."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every edit; an edit of an older version is a conflict."""
    activated_at: Mapped[datetime | None]
    next_scan_at: Mapped[datetime | None]
    """The next instant at which this campaign has something to do; set while it is active."""
    scanned_through: Mapped[date | None]
    """The last local date whose preferred send time has been worked off."""
    scanned_xid: Mapped[int | None] = mapped_column(BigInteger)
    """Contacts changed by transactions before this one have been looked at; None: look at all."""


class Message(TenantOwned, Timestamped, Base):
    """One mail of a campaign, on one day. Days are unique among a campaign's messages in use."""

    __tablename__ = "messages"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """A message belongs to a campaign of the same tenant."""
        return (
            ForeignKeyConstraint(
                ["tenant_id", "campaign_id"],
                ["campaigns.tenant_id", "campaigns.id"],
                ondelete="CASCADE",
            ),
            CheckConstraint("send_day BETWEEN 0 AND 3650", name="send_day"),
            CheckConstraint("format IN ('html', 'mjml', 'markdown')", name="format"),
            Index("ix_messages_campaign", "tenant_id", "campaign_id", "send_day"),
        )

    campaign_id: Mapped[UUID]
    subject: Mapped[str] = mapped_column(Text)
    preheader: Mapped[str] = mapped_column(Text, default="")
    send_day: Mapped[int]
    html_template: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text, default=Format.HTML)
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None]
    """A message that anyone was sent is never deleted: it is retired."""


class Enrollment(TenantOwned, Base):
    """A contact in a campaign, once. It outlives the contact, without it."""

    __tablename__ = "enrollments"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The index by date is the drip: day N is due for those enrolled N days ago."""
        return (
            ForeignKeyConstraint(
                ["tenant_id", "campaign_id"],
                ["campaigns.tenant_id", "campaigns.id"],
                ondelete="CASCADE",
            ),
            ForeignKeyConstraint(
                ["tenant_id", "contact_id"],
                ["contacts.tenant_id", "contacts.id"],
                ondelete="SET NULL (contact_id)",
            ),
            UniqueConstraint("tenant_id", "campaign_id", "contact_id"),
            CheckConstraint("state IN ('active', 'finished', 'exited')", name="state"),
            CheckConstraint("contact_id IS NOT NULL OR state <> 'active'", name="gone"),
            Index("ix_enrollments_day", "tenant_id", "campaign_id", "enrolled_on", "id"),
            Index("ix_enrollments_contact", "tenant_id", "contact_id"),
        )

    campaign_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    enrolled_on: Mapped[date]
    """The local date, in the campaign's zone, that day 0 is."""
    enrolled_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[str] = mapped_column(Text, default=EnrollmentState.ACTIVE)
    exit_reason: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]


class ScanSchedule(Base):
    """When a tenant has a scan due: all that the dispatcher reads of a tenant's campaigns."""

    __tablename__ = "scan_schedules"
    __table_args__ = (
        Index("ix_scan_schedules_scan_at", "scan_at", postgresql_where=text("scan_at IS NOT NULL")),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    scan_at: Mapped[datetime | None]
