"""Who calls: the key in ``Authorization: Bearer``, and what it may do."""

from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import InvalidKeyError, MissingScopeError, TenantSuspendedError
from tenantcrm.tenants.schemas import KeyIdentity
from tenantcrm.web.api.limits import AnyConnection
from tenantcrm.web.api.services import ApiServices, api_services


def needs(scope: str | None, action: str | None = None) -> Guard:
    """The guard of a handler: a valid key of an active tenant that may do the action.

    ``scope`` is what a key lacks that may not (None: any key may). What it lets a key do stands in
    :data:`tenantcrm.tenants.rules.SCOPE_ACTIONS`; ``action``: the scope's first, when left out.

    The answer is 401 ``invalid_key``, 403 ``tenant_suspended``, 403 ``missing_scope``, or 429.
    """
    wanted = None
    if scope is not None:
        wanted = action or rules.SCOPE_ACTIONS[scope][0]
        if wanted not in rules.SCOPE_ACTIONS[scope]:
            raise ValueError(f"{scope} does not let a key do {wanted}")

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        services = api_services(connection)
        identity = await _identify(connection, services)
        await services.rates.count(connection, identity.tenant.id, identity.mode)
        if identity.tenant.suspended:
            raise TenantSuspendedError(identity.tenant.suspended_reason)
        if scope and wanted and not rules.key_may(identity.scopes, wanted):
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
