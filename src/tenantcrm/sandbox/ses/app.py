"""Put the simulator's application together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from litestar import Litestar, MediaType, Request, Response, get
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

import tenantcrm
from tenantcrm.sandbox.ses.admin.account import AccountAdmin
from tenantcrm.sandbox.ses.admin.faults import FaultsAdmin
from tenantcrm.sandbox.ses.admin.identities import IdentitiesAdmin
from tenantcrm.sandbox.ses.admin.ledger import get_ledger
from tenantcrm.sandbox.ses.api import answers
from tenantcrm.sandbox.ses.api.account import get_account
from tenantcrm.sandbox.ses.api.configuration_sets import ConfigurationSetsApi
from tenantcrm.sandbox.ses.api.event_destinations import EventDestinationsApi
from tenantcrm.sandbox.ses.api.identities import EmailIdentitiesApi, put_dkim_signing
from tenantcrm.sandbox.ses.api.root import operation, root
from tenantcrm.sandbox.ses.api.suppressions import SuppressionsApi
from tenantcrm.sandbox.ses.api.tenants import TenantsApi
from tenantcrm.sandbox.ses.errors import SesError
from tenantcrm.sandbox.ses.events.api import EventsAdmin
from tenantcrm.sandbox.ses.inbox import pages
from tenantcrm.sandbox.ses.inbox.happenings import Happenings
from tenantcrm.sandbox.ses.inbox.messages import Messages
from tenantcrm.sandbox.ses.simulator import Options, Simulator
from tenantcrm.sandbox.ses.sns.api import SnsAdmin
from tenantcrm.sandbox.ses.telling import Telling

log = structlog.get_logger()
_STATIC = Path(__file__).parent / "inbox" / "static"
_LOOK = Path(tenantcrm.__file__).parent / "web" / "static"
"""Colours, type and icons are the dashboard's own."""


@get("/healthz", media_type=MediaType.TEXT)
async def healthz() -> str:
    """Whether the process answers."""
    return "ok"


async def _simulator(state: State) -> Simulator:
    simulator: Simulator = state.simulator
    return simulator


async def _telling(state: State) -> Telling:
    telling: Telling = state.telling
    return telling


def _on_http_error(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    answers_it = answers.on_http_error if _is_api(request) else pages.on_http_error
    return answers_it(request, fault)


def _on_failure(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    log.error("ses.failed", path=request.url.path, exc_info=fault)
    return answers.on_failure() if _is_api(request) else pages.on_failure()


def _is_api(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith(("/v1/", "/v2/", "/_"))


def create_ses(home: Path | None = None, options: Options | None = None) -> Litestar:
    """Make the application.

    Args:
        home: where it keeps its mail and finds the time machine (``clock.json``); None keeps
            nothing beyond the process.
        options: how SES shall be; ``home`` is taken from them when they are given.
    """
    options = options or Options(home=home)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        simulator = await Simulator.open(options)
        app.state.simulator = simulator
        app.state.telling = await Telling.open(simulator, options.wires)
        try:
            yield
        finally:
            await app.state.telling.close()
            await simulator.close()

    return Litestar(
        [
            healthz,
            root,
            operation,
            SnsAdmin,
            EventsAdmin,
            EmailIdentitiesApi,
            put_dkim_signing,
            ConfigurationSetsApi,
            EventDestinationsApi,
            SuppressionsApi,
            TenantsApi,
            get_account,
            AccountAdmin,
            FaultsAdmin,
            IdentitiesAdmin,
            get_ledger,
            Messages,
            Happenings,
            pages.Pages,
            *(
                create_static_files_router(
                    path=path,
                    name=path,
                    directories=[folder],
                    cache_control=CacheControlHeader(no_cache=True),
                )
                for path, folder in (("/inbox/static", _STATIC), ("/inbox/look", _LOOK))
            ),
        ],
        dependencies={"simulator": Provide(_simulator), "telling": Provide(_telling)},
        exception_handlers={
            SesError: answers.on_ses_error,
            HTTPException: _on_http_error,
            Exception: _on_failure,
        },
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
