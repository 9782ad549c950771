"""What the API of one process holds beside the services of the whole application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar import Litestar

from tenantcrm.tenants.key_cache import KeyCache
from tenantcrm.web.api.limits import AnyConnection, Rates
from tenantcrm.web.dependencies import Services

_STATE = "api_services"


@dataclass(frozen=True, slots=True)
class ApiServices:
    """``app.state.api_services``."""

    keys: KeyCache
    rates: Rates


@asynccontextmanager
async def api_lifespan(app: Litestar) -> AsyncIterator[None]:
    """Prepare the API's services, and hear of changes to keys and tenants while it runs."""
    box: Services = app.state.services
    keys = KeyCache(box.database, box.settings.control_database_url)
    app.state[_STATE] = ApiServices(keys=keys, rates=Rates(box.limiter))
    async with keys.listening():
        yield


def api_services(connection: AnyConnection) -> ApiServices:
    """The API's services of this process."""
    found: ApiServices = connection.app.state[_STATE]
    return found
