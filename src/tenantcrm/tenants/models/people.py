"""Tables of people: users, memberships, operators. Users and operators: control plane only."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
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


class Role(StrEnum):
    """What a person may do in a tenant."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


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


class Invite(TenantOwned, Base):
    """An invitation that nobody has accepted yet; an accepted or withdrawn one is deleted."""

    __tablename__ = "invites"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """One invitation an address; its id alone leads to it from a link."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            UniqueConstraint("tenant_id", "email_key"),
            UniqueConstraint("id"),
            CheckConstraint("role IN ('owner', 'admin', 'editor', 'viewer')", name="role"),
        )

    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    stamp: Mapped[bytes] = mapped_column(LargeBinary)
    """What its newest link is bound to: sending it again ends the links before."""


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
