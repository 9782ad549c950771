"""The table of those who have just left and may still undo it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.orm import Base, TenantOwned


class Departure(TenantOwned, Base):
    """Who has unsubscribed by link, sealed, for as long as it can be undone and no longer."""

    __tablename__ = "departures"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """Found by the address's hash; thrown away by time."""
        return (
            ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
            CheckConstraint("mode IN ('live', 'test')", name="mode"),
            Index("ix_departures_address", "tenant_id", "mode", "email_hash"),
            Index("ix_departures_undo_until", "undo_until"),
        )

    mode: Mapped[str] = mapped_column(Text)
    email_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the address that the link named."""
    departed_at: Mapped[datetime]
    undo_until: Mapped[datetime]
    """Machine time: people read on their own clock."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The contact and the ids of what was its own (AES-GCM, with a key of the tenant)."""
