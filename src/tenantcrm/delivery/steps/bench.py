"""What a worker works with, and what it holds between preflight and finish."""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from tenantcrm.database import Database
from tenantcrm.delivery.composing import Composer
from tenantcrm.delivery.ports import Mail, MailSender

CLAIM_LEASE = timedelta(seconds=10)
"""Machine time from claim to preflight. Short: taking a claimed mail away can double nothing."""
SEND_LEASE = timedelta(seconds=45)
"""Machine time from preflight to finish: a request takes 15 s at most."""


class Bench(Struct, frozen=True, kw_only=True):
    """What a worker works with. ``worker``: its name in the ledger."""

    database: Database
    composer: Composer
    sender: MailSender
    worker: str


class Ready(Struct, frozen=True, kw_only=True):
    """A mail that is marked as being sent: exactly one request follows."""

    id: UUID
    fence: int
    attempt: int
    mail: Mail
