"""The ledger of mails."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.delivery.states import TROUBLE, UNSENT, Kind, State
from tenantcrm.orm import Base, TenantOwned, Timestamped


def _one_of(values: Iterable[State] | Iterable[Kind]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_MESSAGE = ("tenant_id", "campaign_id", "message_id")


def _seen(**conditions: str) -> list[Index]:
    """Indexes of mails to which something happened: few, and only what happens writes to them."""
    return [
        Index(f"ix_deliveries_{name}", *_MESSAGE, "at", "id", postgresql_where=text(condition))
        for name, condition in conditions.items()
    ]


def _told() -> list[Index]:
    """Indexes of what happened to the mails of a campaign, by when: the feed is read from them."""
    own = ("tenant_id", "campaign_id")
    return [
        *(
            Index(
                f"ix_deliveries_{name}",
                *own,
                name,
                "id",
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("delivered_at", "bounced_at", "complained_at", "opened_at", "clicked_at")
        ),
        Index(
            "ix_deliveries_unsent",
            *own,
            text("(coalesce(sent_at, updated_at))"),
            "id",
            postgresql_where=text(f"state IN ({_one_of(UNSENT)})"),
        ),
    ]


class Delivery(TenantOwned, Timestamped, Base):
    """The ledger: one row per message and contact, unique in the database.

    A row of a campaign names its message and contact; the address is read at the last moment and
    not kept. A system or test mail names its recipient. A contact's erasure leaves the row.
    """

    __tablename__ = "deliveries"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """The database forbids the impossible states; the partial indexes find the live part."""
        return (
            ForeignKeyConstraint(
                ["tenant_id", "campaign_id"],
                ["campaigns.tenant_id", "campaigns.id"],
                ondelete="RESTRICT",
            ),
            ForeignKeyConstraint(
                ["tenant_id", "message_id"],
                ["messages.tenant_id", "messages.id"],
                ondelete="RESTRICT",
            ),
            ForeignKeyConstraint(
                ["tenant_id", "contact_id"],
                ["contacts.tenant_id", "contacts.id"],
                ondelete="SET NULL (contact_id)",
            ),
            UniqueConstraint("tenant_id", "message_id", "contact_id", "entry"),
            CheckConstraint(f"state IN ({_one_of(State)})", name="state"),
            CheckConstraint(f"kind IN ({_one_of(Kind)})", name="kind"),
            CheckConstraint(
                "(state IN ('claimed', 'sending')) = (lease_until IS NOT NULL)", name="lease"
            ),
            CheckConstraint(
                "state NOT IN ('skipped', 'failed') OR reason IS NOT NULL", name="reason"
            ),
            CheckConstraint(
                "state NOT IN ('sent', 'delivered', 'bounced', 'complained') "
                "OR sent_at IS NOT NULL",
                name="sent_at",
            ),
            CheckConstraint(
                "(kind IN ('day_zero', 'drip')) = (message_id IS NOT NULL AND recipient IS NULL)",
                name="subject",
            ),
            CheckConstraint("NOT held OR state = 'pending'", name="held"),
            CheckConstraint("bounce IN ('hard', 'soft')", name="bounce"),
            Index(
                "ix_deliveries_ready",
                "tenant_id",
                "kind",
                "due_at",
                "id",
                postgresql_where=text("state = 'pending' AND retry_at IS NULL AND NOT held"),
            ),
            Index(
                "ix_deliveries_resting",
                "tenant_id",
                "kind",
                "retry_at",
                postgresql_where=text("state = 'pending' AND retry_at IS NOT NULL"),
            ),
            Index(
                "ix_deliveries_held",
                "tenant_id",
                "kind",
                "campaign_id",
                postgresql_where=text("held"),
            ),
            Index(
                "ix_deliveries_trouble",
                "tenant_id",
                "state",
                "id",
                postgresql_where=text(f"state IN ({_one_of(TROUBLE)})"),
            ),
            Index(
                "ix_deliveries_leased",
                "tenant_id",
                "lease_until",
                postgresql_where=text("lease_until IS NOT NULL"),
            ),
            Index("ix_deliveries_campaign", *_MESSAGE, "state", "at", "id"),
            Index("ix_deliveries_at", "tenant_id", "at", "id"),
            Index(
                "ix_deliveries_tests",
                "tenant_id",
                "at",
                "id",
                postgresql_where=text("kind = 'test'"),
            ),
            Index(
                "ix_deliveries_reason",
                *_MESSAGE,
                "state",
                "reason",
                "at",
                "id",
                postgresql_where=text("state IN ('skipped', 'failed')"),
            ),
            *_seen(
                opened="opened_at IS NOT NULL",
                clicked="clicked_at IS NOT NULL",
                machine="machine_at IS NOT NULL AND opened_at IS NULL AND clicked_at IS NULL",
                unsubscribed="unsubscribed_at IS NOT NULL",
            ),
            *_told(),
            Index("ix_deliveries_contact", "tenant_id", "contact_id", "id"),
            {
                "postgresql_with": {
                    "fillfactor": "80",
                    "autovacuum_vacuum_scale_factor": "0.01",
                }
            },
        )

    kind: Mapped[str] = mapped_column(Text)
    """``system``, ``test``, ``day_zero`` or ``drip``: also the lane that it travels in."""
    campaign_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    entry: Mapped[int] = mapped_column(SmallInteger, default=1, server_default=text("1"))
    """The contact's entry into the campaign that it belongs to."""
    recipient: Mapped[str | None] = mapped_column(Text)
    """Of system and test mails alone."""
    content: Mapped[dict[str, Any] | None]
    """Of system and test mails: what to render, without secrets."""
    state: Mapped[str] = mapped_column(Text, default=State.PENDING)
    reason: Mapped[str | None] = mapped_column(Text)
    """A code such as ``late`` or ``unsubscribed``; of failures SES's error code."""
    detail: Mapped[str | None] = mapped_column(Text)
    """The words behind the reason."""
    due_at: Mapped[datetime]
    late_at: Mapped[datetime | None]
    """Past this (business) time it is skipped as late; None: never late."""
    retry_at: Mapped[datetime | None]
    """Machine time before which it is not tried again."""
    held: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Its campaign is paused: out of the queue until that is active again."""
    worker: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None]
    """Machine time until which the worker has it."""
    fence: Mapped[int] = mapped_column(default=0)
    """Grows with every claim; only its holder may finish."""
    attempts: Mapped[int] = mapped_column(default=0)
    """SES requests begun."""
    ses_message_id: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """When the last request to SES began."""
    delivered_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    complained_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    """The first open by a person."""
    clicked_at: Mapped[datetime | None]
    """The first click by a person."""
    machine_at: Mapped[datetime | None]
    """The first open or click by a machine: a scanner or a proxy that fetches everything."""
    unsubscribed_at: Mapped[datetime | None]
    """When its recipient unsubscribed, where no later mail of the campaign had come to them."""
    at: Mapped[datetime] = mapped_column(
        Computed("coalesce(sent_at, due_at)", persisted=True), nullable=True
    )
    """When it left, or else is due: the moment that it is listed and counted under."""
    bounce: Mapped[str | None] = mapped_column(Text)
    """``hard`` or ``soft``, of those that bounced."""
    silent_at: Mapped[datetime | None]
    """Of an unknown mail: since when SES's events of later mails say that it was not taken."""
