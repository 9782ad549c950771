"""SES's own tenants: each of ours has a reputation of its own there, where SES offers that.

Once a mail names a tenant, SES refuses it unless every resource that it uses is associated with
the tenant: the identity and the configuration set, of which there has to be one (developer guide,
"Tenants").
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from tenantcrm.database import Database
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.errors import SesAwayError
from tenantcrm.delivery.identities.ses_domains import code_of
from tenantcrm.delivery.repository import domains, ses_tenants
from tenantcrm.delivery.ses import DEADLINE, open_client
from tenantcrm.settings import Settings
from tenantcrm.tenants.service import tenants

log = structlog.get_logger()

EVERY = 15.0
"""Seconds between rounds."""
AGAIN = 3600.0
"""Seconds after which an SES that knew no tenants is asked again."""
AT_ONCE = 10
_THERE = "AlreadyExistsException"


class SesTenants:
    """The calls. They raise what the client raises."""

    def __init__(self, client: Any, settings: Settings) -> None:
        """``client``: aiobotocore's, which has no types."""
        self._client, self._settings = client, settings

    async def supported(self) -> bool:
        """Whether SES answers to such questions."""
        try:
            await _within(self._client.list_tenants(PageSize=1))
        except ClientError:
            return False
        return True

    async def create(self, name: str) -> None:
        """Make a tenant that may use the configuration set; one that is there is left."""
        try:
            await _within(self._client.create_tenant(TenantName=name))
        except ClientError as fault:
            if code_of(fault) != _THERE:
                raise
        if self._settings.ses_configuration_set:
            await self._associate(name, f"configuration-set/{self._settings.ses_configuration_set}")

    async def cover(self, name: str, identities: Iterable[str]) -> None:
        """Let a tenant send from these addresses and domains."""
        for identity in identities:
            await self._associate(name, f"identity/{identity}")

    async def _associate(self, name: str, resource: str) -> None:
        answer = await _within(self._client.get_tenant(TenantName=name))
        # arn:PARTITION:ses:REGION:ACCOUNT:tenant/…: nothing else tells the account's number.
        place = answer["Tenant"]["TenantArn"].rpartition(":")[0]
        try:
            await _within(
                self._client.create_tenant_resource_association(
                    TenantName=name, ResourceArn=f"{place}:{resource}"
                )
            )
        except ClientError as fault:
            if code_of(fault) != _THERE:
                raise


async def _within(call: Awaitable[Any]) -> Any:
    async with asyncio.timeout(DEADLINE):
        return await call


@asynccontextmanager
async def open_tenants(settings: Settings) -> AsyncIterator[SesTenants]:
    """The calls, over a client that is closed at the end."""
    async with open_client(settings) as client:
        yield SesTenants(client, settings)


class Enlisting:
    """The chore that makes SES's tenants for ours, once they have something to send from."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Nothing is asked before the first round."""
        self._database, self._settings = database, settings
        self._rests_until = 0.0

    async def round(self) -> None:
        """Enlist a few; where SES does not know tenants, say so once and send without."""
        if not self._settings.ses_tenants or time.monotonic() < self._rests_until:
            return
        if self._settings.ses_configuration_set is None:
            self._rest("no configuration set")
            return
        async with self._database.control_unit_of_work() as control:
            left = await ses_tenants.not_enlisted(
                control, most=AT_ONCE, all_of_them=self._settings.sandbox
            )
        if not left:
            return
        try:
            async with open_tenants(self._settings) as ses:
                for tenant_id in left:
                    await self._enlist(ses, tenant_id)
        except (ClientError, BotoCoreError, OSError, TimeoutError) as fault:
            self._rest(code_of(fault) if isinstance(fault, ClientError) else type(fault).__name__)

    def _rest(self, code: str) -> None:
        self._rests_until = time.monotonic() + AGAIN
        log.warning("ses_tenants.without", code=code)

    async def _enlist(self, ses: SesTenants, tenant_id: UUID) -> None:
        name = name_of(tenant_id)
        await ses.create(name)
        await ses.cover(name, await self._identities(tenant_id))
        async with self._database.control_unit_of_work() as control:
            await ses_tenants.enlist(control, tenant_id, name)
        # Once more, for what was verified while nobody knew that it had to be associated.
        await ses.cover(name, await self._identities(tenant_id))
        log.info("ses_tenants.enlisted", tenant_id=tenant_id.hex)

    async def _identities(self, tenant_id: UUID) -> list[str]:
        async with self._database.unit_of_work(tenant_id) as session:
            return await domains.identities(session)


async def cover(bench: Bench, tenant_id: UUID, identity: str) -> None:
    """Let a tenant of SES's send from an identity that has just been verified.

    Raises:
        SesAwayError: SES could not be asked: its mails would be refused.
    """
    if not bench.settings.ses_tenants:
        return
    async with bench.database.unit_of_work(tenant_id) as session:
        tenant = await tenants.facts(session)
    if tenant.ses_tenant is None:
        return
    try:
        async with open_tenants(bench.settings) as ses:
            await ses.cover(tenant.ses_tenant, [identity])
    except (ClientError, BotoCoreError, OSError, TimeoutError) as fault:
        raise SesAwayError from fault


def name_of(tenant_id: UUID) -> str:
    """What SES calls a tenant of ours."""
    return f"tenantcrm-{tenant_id.hex}"
