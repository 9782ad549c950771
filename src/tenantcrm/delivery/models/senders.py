"""Addresses and domains that tenants send from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.orm import Base, TenantOwned, Timestamped


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
    identity: Mapped[str | None] = mapped_column(Text)
    """By what SES sends for it: the address itself, its domain, or one above."""


class SenderClaim(Base):
    """Which tenant an address to send from belongs to: one tenant, over the whole installation."""

    __tablename__ = "sender_claims"

    email_key: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), index=True)
    claimed_at: Mapped[datetime] = mapped_column(default=clock.now)


class SendingDomain(TenantOwned, Timestamped, Base):
    """A domain that a tenant sends from: what SES needs in its DNS, and what was found there."""

    __tablename__ = "sending_domains"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """A domain stands once per tenant."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            UniqueConstraint("tenant_id", "name"),
            CheckConstraint("state IN ('pending', 'verified', 'failed')", name="state"),
        )

    name: Mapped[str] = mapped_column(Text)
    """In lower case and ASCII."""
    state: Mapped[str] = mapped_column(Text, default="pending")
    dkim_tokens: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    dkim_zone: Mapped[str] = mapped_column(Text, default="")
    """The zone that the DKIM records point into; SES names it."""
    mail_from: Mapped[str] = mapped_column(Text, default="")
    """The custom MAIL FROM domain; empty: SES's own."""
    proof: Mapped[str] = mapped_column(Text)
    """What its DNS has to say, so that it is this tenant's and nobody else's."""
    findings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the last check found: a verdict and the records seen, by part."""
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]


class DomainCheck(Base):
    """When a tenant's domain is to be looked at again: what the control plane sees of it.

    A domain that is not proved to be anybody's may stand here for several tenants.
    """

    __tablename__ = "domain_checks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "name"],
            ["sending_domains.tenant_id", "sending_domains.name"],
            ondelete="CASCADE",
        ),
        Index("ix_domain_checks_check_at", "check_at"),
        Index("ix_domain_checks_name", "name"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    check_at: Mapped[datetime]
    """Machine time."""
