"""Who calls: the key in ``Authorization: Bearer``, and what it may do."""

from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from tenantcrm.tenants.errors import InvalidKeyError, MissingScopeError, TenantSuspendedError
from tenantcrm.tenants.schemas import KeyIdentity
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.web.api.limits import AnyConnection
from tenantcrm.web.api.services import ApiServices, api_services


def needs(scope: str | None) -> Guard:
    """The guard of a handler: a valid key of an active tenant that has the scope (None: any key).

    The answer is 401 ``invalid_key``, 403 ``tenant_suspended``, 403 ``missing_scope``, or 429.
    """
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"{scope} is not a scope")

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        services = api_services(connection)
        identity = await _identify(connection, services)
        await services.rates.count(connection, identity.tenant.id, identity.mode)
        if identity.tenant.suspended:
            raise TenantSuspendedError(identity.tenant.suspended_reason)
        if scope is not None and scope not in identity.scopes:
            raise MissingScopeError(scope)
        connection.scope["user"] = identity

    return guard


async def _identify(connection: AnyConnection, services: ApiServices) -> KeyIdentity:
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer":
        raise InvalidKeyError
    identity = await services.keys.authenticate(text.strip())
    if identity is None:
        raise InvalidKeyError
    return identity
