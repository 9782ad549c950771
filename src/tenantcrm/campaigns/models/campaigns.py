"""Tables of campaigns and their messages."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import ids
from tenantcrm.campaigns.states import (
    CampaignState,
    DayZero,
    Format,
    LateAction,
    ZoneMode,
)
from tenantcrm.orm import Base, TenantOwned, Timestamped


def new_key() -> str:
    """A key for what was made without one."""
    return "new-" + ids.new_id().hex[-12:]


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
            CheckConstraint("zone_mode IN ('campaign', 'contact')", name="zone_mode"),
            CheckConstraint("late_action IN ('skip', 'send')", name="late_action"),
            CheckConstraint("reentry_gap_days BETWEEN 1 AND 3650", name="reentry_gap_days"),
            CheckConstraint(
                "starts_at IS NULL OR (state IN ('draft', 'paused') AND put_away_at IS NULL"
                " AND starts_for IS NOT NULL AND started_by IS NOT NULL)",
                name="starting",
            ),
            CheckConstraint("put_away_at IS NULL OR state <> 'active'", name="put_away"),
            Index(
                "ix_campaigns_starts_at",
                "tenant_id",
                "starts_at",
                postgresql_where=text("starts_at IS NOT NULL"),
            ),
            Index(
                "ix_campaigns_key",
                "tenant_id",
                "key",
                unique=True,
                postgresql_where=text("state <> 'archived'"),
            ),
            Index(
                "ix_campaigns_next_scan_at",
                "tenant_id",
                "next_scan_at",
                postgresql_where=text("next_scan_at IS NOT NULL"),
            ),
        )

    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text, default=new_key)
    """What files and scripts know it by: a slug, once per tenant among those not deleted."""
    contact_filter: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default=CampaignState.DRAFT)
    preferred_send_time: Mapped[time]
    timezone: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str | None] = mapped_column(Text)
    sender_email: Mapped[str | None] = mapped_column(Text)
    """None: the tenant's default sender."""
    day_zero: Mapped[str] = mapped_column(Text, default=DayZero.SCHEDULED)
    late_limit_hours: Mapped[int] = mapped_column(default=12)
    late_action: Mapped[str] = mapped_column(Text, default=LateAction.SKIP, server_default="skip")
    zone_mode: Mapped[str] = mapped_column(
        Text, default=ZoneMode.CAMPAIGN, server_default="campaign"
    )
    skip_weekdays: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), default=list, server_default="{}"
    )
    """ISO weekdays (1 is Monday) on which nothing is sent; never all seven."""
    skip_dates: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list, server_default="{}")
    anchor: Mapped[str | None] = mapped_column(Text)
    """The date attribute that day 0 is; None: day 0 is the day of enrolment."""
    reentry_gap_days: Mapped[int | None]
    """Days after which whoever matches anew comes in again; None: once and never again."""
    exit_unmatched: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether those leave who no longer match the filter."""
    new_only_from: Mapped[datetime | None]
    """Whoever matched at this instant already is not for this campaign; None: all who match."""
    keeps_out: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether an import has left somebody out of it, who comes in by matching anew."""
    track_opens: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    track_clicks: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Both hold for mails that are made from now on; what was sent stays as it is."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every edit; an edit of an older version is a conflict."""
    activated_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    """When it becomes active, unless that is undone; None: it is not about to."""
    starts_for: Mapped[str | None] = mapped_column(Text)
    """Whom it is for then: ``all`` or ``new``."""
    started_by: Mapped[str | None] = mapped_column(Text)
    put_away_at: Mapped[datetime | None]
    """Since when it is out of the way of the others; it can be brought back."""
    next_scan_at: Mapped[datetime | None]
    """The next instant at which this campaign has something to do; set while it is active."""
    scanned_at: Mapped[datetime | None]
    """Every slot up to this instant has been worked off."""
    catch_up: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    """What edits have left for the next scan to do for people whom they passed."""
    scanned_xid: Mapped[int | None] = mapped_column(BigInteger)
    """Contacts changed by transactions before this one have been looked at; None: look at all.
    With the contacts' own zones, each zone has its own: ``campaign_zones``."""


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
            CheckConstraint("send_day BETWEEN -3650 AND 3650", name="send_day"),
            CheckConstraint("format IN ('html', 'mjml', 'markdown', 'blocks')", name="format"),
            Index("ix_messages_campaign", "tenant_id", "campaign_id", "send_day"),
            Index(
                "ix_messages_key",
                "tenant_id",
                "campaign_id",
                "key",
                unique=True,
                postgresql_where=text("retired_at IS NULL"),
            ),
        )

    campaign_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text, default=new_key)
    """What files know it by: a slug, once per campaign among the messages in use."""
    subject: Mapped[str] = mapped_column(Text)
    preheader: Mapped[str] = mapped_column(Text, default="")
    send_day: Mapped[int]
    html_template: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text, default=Format.HTML)
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None]
    """A message that anyone was sent is never deleted: it is retired."""
