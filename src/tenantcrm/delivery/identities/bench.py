"""What setting up domains works with, and SES's faults as refusals in words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from tenantcrm.database import Database
from tenantcrm.delivery.identities.errors import SesAwayError
from tenantcrm.delivery.identities.lookups import Resolver
from tenantcrm.delivery.identities.ses_domains import SesDomains, code_of, open_domains
from tenantcrm.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bench:
    """One a process."""

    database: Database
    settings: Settings
    resolver: Resolver = field(default_factory=Resolver)

    @asynccontextmanager
    async def ses(self) -> AsyncIterator[SesDomains]:
        """SES, for a few calls.

        Raises:
            SesAwayError: one of them could not be made, or was refused.
        """
        try:
            async with open_domains(self.settings) as ses:
                yield ses
        except (ClientError, BotoCoreError, OSError, TimeoutError) as fault:
            code = code_of(fault) if isinstance(fault, ClientError) else type(fault).__name__
            log.warning("domains.ses_away", code=code)
            raise SesAwayError from fault
