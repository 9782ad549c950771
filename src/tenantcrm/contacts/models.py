"""Tables of contacts: contacts, suppressions, activities."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.orm import Base, TenantOwned, Timestamped

XACT = text("pg_current_xact_id()::text::bigint")
"""The running transaction, as a number that grows."""


STRENGTH = (
    ContactStatus.SUBSCRIBED,
    ContactStatus.BOUNCED,
    ContactStatus.UNSUBSCRIBED,
    ContactStatus.COMPLAINED,
)
"""Which status replaces which: what a person has said is more than what a mail server says."""


class Contact(TenantOwned, Timestamped, Base):
    """A person whom a tenant may mail."""

    __tablename__ = "contacts"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """An address and an external id stand once per tenant and mode.

        There is no key to the tenant, which would be looked up for each contact of an import: rows
        are of the tenant that the transaction is bound to, and a trigger keeps it (decision 0040).
        """
        return (
            UniqueConstraint("tenant_id", "mode", "email_key"),
            UniqueConstraint("tenant_id", "mode", "external_id"),
            CheckConstraint("mode IN ('live', 'test')", name="mode"),
            CheckConstraint(
                "status IN ('subscribed', 'unsubscribed', 'bounced', 'complained')", name="status"
            ),
            CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes"),
            Index("ix_contacts_changed", "tenant_id", "changed"),
            Index(
                "ix_contacts_timezone",
                "tenant_id",
                "timezone",
                "changed",
                postgresql_where=text("timezone IS NOT NULL"),
            ),
            Index(
                "ix_contacts_sample",
                "tenant_id",
                "mode",
                postgresql_where=text("get_byte(uuid_send(id), 15) % 64 = 0"),
            ),
            Index(
                "ix_contacts_thinner_sample",
                "tenant_id",
                "mode",
                postgresql_where=text(
                    "get_byte(uuid_send(id), 15) % 64 = 0 AND get_byte(uuid_send(id), 14) % 4 = 0"
                ),
            ),
            Index("ix_contacts_name", "tenant_id", "mode", "name_key", "id"),
            Index("ix_contacts_updated_at", "tenant_id", "updated_at", "id"),
        )

    mode: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text(collation="C"))
    email_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of email_key: what suppressions know an address by."""
    name: Mapped[str | None] = mapped_column(Text)
    name_key: Mapped[str | None] = mapped_column(
        Text(collation="C"), Computed("lower(name)", persisted=True)
    )
    """What names are searched and sorted by."""
    external_id: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    folded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The attributes with strings case-folded: equality in filters asks this column."""
    timezone: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default=ContactStatus.SUBSCRIBED)
    paused_until: Mapped[datetime | None]
    """Before it the recipient wants no mail."""
    changed: Mapped[int] = mapped_column(BigInteger, server_default=XACT, onupdate=XACT)
    """The transaction that last changed the row: a scan looks at what changed since its last."""


class Suppression(Base):
    """An address that must not be mailed, known by its keyed hash alone."""

    __tablename__ = "suppressions"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "mode", "email_hash"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
    )

    tenant_id: Mapped[UUID]
    mode: Mapped[str] = mapped_column(Text)
    email_hash: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class KnownAttribute(Base):
    """A name that a tenant has given an attribute, with a type that it has been seen with."""

    __tablename__ = "known_attributes"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "name", "kind"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        CheckConstraint("kind IN ('text', 'number', 'date', 'boolean')", name="kind"),
    )

    tenant_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)


class Activity(TenantOwned, Base):
    """Something that happened and that no other row tells. Holds no address and no name.

    Enrolments and sends are not copied here: the feed reads them from their own tables.
    """

    __tablename__ = "activities"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """An erased contact leaves its activities without itself."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            ForeignKeyConstraint(
                ["tenant_id", "contact_id"],
                ["contacts.tenant_id", "contacts.id"],
                ondelete="SET NULL (contact_id)",
            ),
            ForeignKeyConstraint(
                ["tenant_id", "campaign_id"],
                ["campaigns.tenant_id", "campaigns.id"],
                ondelete="CASCADE",
            ),
            Index("ix_activities_contact", "tenant_id", "contact_id", "at"),
            Index("ix_activities_campaign", "tenant_id", "campaign_id", "at", "id"),
        )

    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(Text, default="")
    """``user:<uuid>``, ``key:<uuid>``, ``recipient`` or ``system``."""
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
