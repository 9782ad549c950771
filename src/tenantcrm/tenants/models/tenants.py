"""Tables of tenants and of the installation."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import ids
from tenantcrm.orm import Base, Timestamped


class TenantState(StrEnum):
    """Whether a tenant may work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Standing(StrEnum):
    """What bounces and complaints allow: ``paused`` sends no campaign until it is forgiven."""

    GOOD = "good"
    WARNED = "warned"
    PAUSED = "paused"


class Tenant(Timestamped, Base):
    """A business. ``salt`` derives its keys (HKDF); it is no secret by itself."""

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'suspended')", name="state"),
        CheckConstraint("(state = 'suspended') = (suspended_at IS NOT NULL)", name="suspension"),
        CheckConstraint("send_rate > 0", name="send_rate"),
        CheckConstraint("daily_cap > 0", name="daily_cap"),
        CheckConstraint("standing IN ('good', 'warned', 'paused')", name="standing"),
        CheckConstraint(
            "(cap_mails IS NULL) = (cap_days IS NULL) "
            "AND cap_mails BETWEEN 1 AND 100 AND cap_days BETWEEN 1 AND 90",
            name="frequency_cap",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    name: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text, default="UTC")
    postal_address: Mapped[str] = mapped_column(Text, default="")
    sender_name: Mapped[str] = mapped_column(Text, default="")
    sender_email: Mapped[str] = mapped_column(Text, default="")
    """The default sender; empty until the tenant has named one."""
    state: Mapped[str] = mapped_column(Text, default=TenantState.ACTIVE)
    suspended_reason: Mapped[str] = mapped_column(Text, default="")
    suspended_at: Mapped[datetime | None]
    send_rate: Mapped[float] = mapped_column(default=10.0)
    """Mails a second that this tenant may send."""
    daily_cap: Mapped[int | None]
    """Mails of campaigns in any 24 hours; None: no cap but the account's."""
    warm_up_from: Mapped[date | None]
    """The first day of a ramp that grows day by day; None: no ramp."""
    language: Mapped[str] = mapped_column(Text, default="en", server_default="en")
    """What recipients read of whom no language is known."""
    cap_mails: Mapped[int | None]
    cap_days: Mapped[int | None]
    """At most so many mails of campaigns to a contact in so many days; None: no such cap."""
    ses_tenant: Mapped[str | None] = mapped_column(Text)
    """Its name among SES's tenants, where these are used and it has one."""
    standing: Mapped[str] = mapped_column(Text, default=Standing.GOOD, server_default="good")
    standing_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    standing_since: Mapped[datetime | None]
    forgiven_at: Mapped[datetime | None]
    """Bounces and complaints before it no longer count: an operator has let the tenant go on."""
    setup_hidden_at: Mapped[datetime | None]
    """When somebody put the checklist of the start page away."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class TenantStats(Base):
    """Counts that a tenant publishes to the operator: no row of it names a contact."""

    __tablename__ = "tenant_stats"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    contacts: Mapped[int] = mapped_column(BigInteger, default=0)
    campaigns: Mapped[int] = mapped_column(default=0)
    active_campaigns: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_last_day: Mapped[int] = mapped_column(BigInteger, default=0)
    pending: Mapped[int] = mapped_column(BigInteger, default=0)
    failed: Mapped[int] = mapped_column(BigInteger, default=0)
    unknown: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_at: Mapped[datetime]


class Installation(Base):
    """Facts of this installation by name, such as the fingerprint of the key that hashes."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)
