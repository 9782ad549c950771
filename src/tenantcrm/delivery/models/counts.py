"""Counts of the ledger, written by its triggers in the transactions that change it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantcrm.orm import Base, TenantOwned


class SendCount(TenantOwned, Base):
    """A summand of how many mails of a message stand where.

    The sum over all rows of one key is the number of mails with it, at any moment. Rows are added
    up now and then, so that there are few of them.
    """

    __tablename__ = "send_counts"

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """No unique key: whoever adds waits for nobody."""
        return (
            Index("ix_send_counts_campaign", "tenant_id", "campaign_id", "slot"),
            Index("ix_send_counts_slot", "tenant_id", "slot"),
            Index("ix_send_counts_fresh", "tenant_id", "id", postgresql_where=text("NOT settled")),
        )

    campaign_id: Mapped[UUID]
    message_id: Mapped[UUID]
    slot: Mapped[datetime]
    """The quarter of an hour of the mail's ``at``: every zone's days begin with one."""
    state: Mapped[str] = mapped_column(Text)
    """The mail's; ``waiting`` for all that SES has not answered to."""
    why: Mapped[str] = mapped_column(Text)
    """Of skipped and failed ones the reason, of bounced ones ``hard`` or ``soft``; else empty."""
    settled: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Added up already."""
    mails: Mapped[int]
    opened: Mapped[int]
    clicked: Mapped[int]
    machine: Mapped[int]
    """Opened or clicked by machines alone."""
    unsubscribed: Mapped[int]


class ReachNews(TenantOwned, Base):
    """Contacts whose mails came further, or less far, than their enrolment says; soon gone."""

    __tablename__ = "reach_news"

    campaign_id: Mapped[UUID]
    entry: Mapped[int] = mapped_column(SmallInteger)
    gained: Mapped[int] = mapped_column(SmallInteger)
    """Marks of :class:`~tenantcrm.campaigns.states.Reached` that a mail of each has come to."""
    lost: Mapped[bool]
    """A mail has lost a mark: what they have reached is to be found out anew."""
    contacts: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
