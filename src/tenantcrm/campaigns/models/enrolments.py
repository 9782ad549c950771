"""Tables of enrolments, and of when campaigns are scanned."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.campaigns.states import (
    EnrollmentState,
)
from tenantcrm.orm import Base, TenantOwned


class Enrollment(TenantOwned, Base):
    """A contact in a campaign, once per entry. It outlives the contact, without it.

    It has no foreign keys: it is written by the hundred thousand from rows that the statement has
    locked. Triggers do what keys would do when a contact or a campaign is deleted.
    """

    __tablename__ = "enrollments"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The index by date is the drip: day N is due for those enrolled N days ago."""
        return (
            UniqueConstraint("tenant_id", "contact_id", "campaign_id", "entry"),
            CheckConstraint("state IN ('active', 'finished', 'exited', 'excluded')", name="state"),
            CheckConstraint("contact_id IS NOT NULL OR state <> 'active'", name="gone"),
            Index(
                "ix_enrollments_unmatched",
                "tenant_id",
                "campaign_id",
                postgresql_where=text("unmatched_at IS NOT NULL"),
            ),
            Index("ix_enrollments_day", "tenant_id", "campaign_id", "enrolled_on", "id"),
            Index(
                "ix_enrollments_enrolled_at",
                "tenant_id",
                "campaign_id",
                "enrolled_at",
                "id",
                postgresql_where=text("state <> 'excluded'"),
            ),
            Index(
                "ix_enrollments_ended_at",
                "tenant_id",
                "campaign_id",
                "ended_at",
                "id",
                postgresql_where=text("ended_at IS NOT NULL"),
            ),
            *(
                Index(
                    f"ix_enrollments_{name}",
                    "tenant_id",
                    "campaign_id",
                    column,
                    "enrolled_on",
                    "id",
                    postgresql_where=text(condition),
                )
                for name, column, condition in (
                    ("state", "state", "state <> 'active'"),
                    ("reason", "exit_reason", "exit_reason IS NOT NULL"),
                    ("reached", "reached", "reached > 0"),
                )
            ),
        )

    campaign_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    enrolled_on: Mapped[date]
    """The local date that day 0 is: in the campaign's zone or the contact's, or the anchor's."""
    enrolled_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[str] = mapped_column(Text, default=EnrollmentState.ACTIVE)
    exit_reason: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    entry: Mapped[int] = mapped_column(SmallInteger, default=1, server_default=text("1"))
    """How often the contact has come in, this time included."""
    reached: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    """How far the contact's mails of this entry came: marks of ``states.Reached``."""
    unmatched_at: Mapped[datetime | None]
    """Since when a scan has seen that the contact no longer matches the filter."""


class PeopleCount(TenantOwned, Base):
    """A summand of how many people stand where; triggers of ``enrollments`` write them.

    The sum over all rows of one key is the number of enrolments with it, at any moment. Rows are
    added up now and then, so that there are few of them.
    """

    __tablename__ = "people_counts"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """No unique key: whoever adds waits for nobody."""
        return (
            Index("ix_people_counts_campaign", "tenant_id", "campaign_id", "enrolled_on"),
            Index(
                "ix_people_counts_fresh", "tenant_id", "id", postgresql_where=text("NOT settled")
            ),
        )

    campaign_id: Mapped[UUID]
    enrolled_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    """The exit reason; empty: none."""
    reached: Mapped[int] = mapped_column(SmallInteger)
    settled: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Added up already."""
    people: Mapped[int]


class CampaignZone(Base):
    """How far a campaign has looked at the contacts of one zone, where each has its own."""

    __tablename__ = "campaign_zones"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "campaign_id", "zone"),
        ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaigns.tenant_id", "campaigns.id"],
            ondelete="CASCADE",
        ),
    )

    tenant_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    zone: Mapped[str] = mapped_column(Text)
    """An IANA name; empty: contacts without a zone, who follow the campaign's."""
    scanned_xid: Mapped[int | None] = mapped_column(BigInteger)
    """As of the campaign: from which transaction on to look for newcomers; None: at all."""
    seen_xid: Mapped[int] = mapped_column(BigInteger)
    """From which transaction on to look for those who have come here from another zone."""


class ScanSchedule(Base):
    """When a tenant has a scan due: all that the dispatcher reads of a tenant's campaigns."""

    __tablename__ = "scan_schedules"
    __table_args__ = (
        Index("ix_scan_schedules_scan_at", "scan_at", postgresql_where=text("scan_at IS NOT NULL")),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    scan_at: Mapped[datetime | None]
