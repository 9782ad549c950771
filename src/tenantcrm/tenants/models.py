"""Tables of tenants and people. All but users and operators are also readable by their tenant."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock, ids
from tenantcrm.orm import Base, TenantOwned, Timestamped


class TenantState(StrEnum):
    """Whether a tenant may work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Standing(StrEnum):
    """What bounces and complaints allow: ``paused`` sends no campaign until it is forgiven."""

    GOOD = "good"
    WARNED = "warned"
    PAUSED = "paused"


class Role(StrEnum):
    """What a person may do in a tenant."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class Mode(StrEnum):
    """Live data is mailed; test data never is."""

    LIVE = "live"
    TEST = "test"


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
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class User(Timestamped, Base):
    """A person who signs in to the dashboard. Control plane only."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    password_hash: Mapped[str | None] = mapped_column(Text)
    """argon2id; None until a password was set."""
    email_verified_at: Mapped[datetime | None]


class Membership(Base):
    """A person's role in a tenant."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'admin', 'editor', 'viewer')", name="role"),
        Index("ix_memberships_user_id", "user_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


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


class Operator(Base):
    """A person of the operator console. Control plane only."""

    __tablename__ = "operators"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class OperatorAction(Base):
    """What an operator did to a tenant, and why. Control plane only, append-only."""

    __tablename__ = "operator_actions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """None: the command line."""
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), index=True)
    action: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")


class Installation(Base):
    """Facts of this installation by name, such as the fingerprint of the key that hashes."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class IdempotentResponse(Base):
    """The first answer to a write that carried an Idempotency-Key; replayed for 24 hours."""

    __tablename__ = "idempotent_responses"
    __table_args__ = (Index("ix_idempotent_responses_created_at", "tenant_id", "created_at"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.real_now)
