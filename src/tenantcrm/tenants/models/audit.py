"""The audit log: who changed what in a tenant, and how. Only ever added to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm import clock
from tenantcrm.orm import Base, TenantOwned


class AuditEntry(TenantOwned, Base):
    """One change. Holds no personal data of contacts: theirs is named by field, without values."""

    __tablename__ = "audit_entries"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """Read newest first: all of a tenant, by actor, or by what was changed."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            Index("ix_audit_entries_at", "tenant_id", "at", "id"),
            Index("ix_audit_entries_actor", "tenant_id", "actor", "at", "id"),
            Index("ix_audit_entries_kind", "tenant_id", "subject", "at", "id"),
            Index("ix_audit_entries_subject", "tenant_id", "subject", "subject_id", "at", "id"),
        )

    at: Mapped[datetime] = mapped_column(default=clock.now)
    actor: Mapped[str] = mapped_column(Text)
    """``user:<hex>``, ``key:<hex>``, ``operator:<hex>``, ``command`` or ``system``."""
    action: Mapped[str] = mapped_column(Text)
    """A past participle: ``created``, ``changed``, ``deleted``, ``activated``."""
    subject: Mapped[str] = mapped_column(Text)
    """The kind of thing: ``campaign``, ``key``, ``settings``."""
    subject_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text, default="")
    """What the thing was called then."""
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field to ``[before, after]``; None where there was, or is, nothing."""
