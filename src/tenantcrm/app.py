"""The one place where the web application is put together."""

import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from redis.asyncio import Redis

from tenantcrm import clock, jobs, observability, schema
from tenantcrm.database import Database
from tenantcrm.delivery.identities.bench import Bench as IdentityBench
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.errors import TenantCrmError
from tenantcrm.rates import Limiter
from tenantcrm.settings import Settings, load
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import installation
from tenantcrm.web import faults
from tenantcrm.web.account import ACCOUNT
from tenantcrm.web.api import api_lifespan, api_router
from tenantcrm.web.compression import Compression
from tenantcrm.web.dashboard import DASHBOARD
from tenantcrm.web.dependencies import CSRF_COOKIE, DEPENDENCIES, NotSignedInError, Services
from tenantcrm.web.health import healthz, metrics, readyz
from tenantcrm.web.nul import NoNul
from tenantcrm.web.once import AnsweredError, DoneBeforeError
from tenantcrm.web.operator import OPERATOR
from tenantcrm.web.page import again
from tenantcrm.web.public import PUBLIC, events_lifespan
from tenantcrm.web.request_ids import RequestIds, add_request_id
from tenantcrm.web.security_headers import add_security_headers
from tenantcrm.web.sent import FormRequest
from tenantcrm.web.sessions import Sessions
from tenantcrm.web.sheets import FOR_GOOD, site_css
from tenantcrm.web.templating import STATIC, template_environment

LARGEST_BODY = 10_000_000
NO_CSRF = ["^/v1/", "^/u/", "^/o/", "^/c/", "^/webhooks/"]
"""Paths where a key, a signed token or a signature says who asks, and no cookie does."""


def create_app(settings: Settings | None = None) -> Litestar:
    """The web application. Services connect when it starts and close when it stops.

    Raises:
        ConfigurationError: a setting is missing or malformed.
    """
    settings = settings or load()
    observability.configure()
    if settings.sandbox_home is not None:
        clock.follow(settings.sandbox_home / "clock.json")
    box = _services(settings)
    csrf_secret = hashlib.sha256(b"csrf:" + settings.secret_keys[0].encode()).hexdigest()
    behind = partial(wrap_asgi_with_proxy_headers, trusted_hosts=[*settings.trusted_proxies])
    return Litestar(
        route_handlers=[
            healthz,
            readyz,
            metrics,
            api_router,
            *PUBLIC,
            *ACCOUNT,
            *DASHBOARD,
            *OPERATOR,
            site_css,
            create_static_files_router(
                path="/static",
                directories=[STATIC],
                cache_control=FOR_GOOD,
            ),
        ],
        dependencies=DEPENDENCIES,
        middleware=[behind, NoNul, Compression, RequestIds],
        csrf_config=CSRFConfig(
            secret=csrf_secret,
            cookie_name=CSRF_COOKIE,
            cookie_secure=settings.secure_cookies,
            cookie_httponly=True,
            exclude=NO_CSRF,
        ),
        exception_handlers={
            NotSignedInError: faults.not_signed_in,
            DoneBeforeError: again,
            AnsweredError: again,
            TenantCrmError: faults.refused,
            HTTPException: faults.http_fault,
            Exception: faults.unexpected,
        },
        template_config=TemplateConfig(
            instance=JinjaTemplateEngine.from_environment(template_environment())
        ),
        before_send=[add_request_id, add_security_headers],
        lifespan=[_lifespan, api_lifespan, events_lifespan],
        state=State({"services": box}),
        openapi_config=None,
        request_class=FormRequest,
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
    )


def _services(settings: Settings) -> Services:
    redis = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=1)
    database = Database(settings)
    return Services(
        settings=settings,
        database=database,
        redis=redis,
        keyring=Keyring(settings.secret_keys),
        limiter=Limiter(redis),
        sessions=Sessions(redis, "dashboard", secure=settings.secure_cookies),
        operator_sessions=Sessions(redis, "operator", secure=settings.secure_cookies),
        senders=SesSenders(settings),
        identities=IdentityBench(database, settings),
    )


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    box: Services = app.state.services
    logging.getLogger("litestar").setLevel(logging.WARNING)
    doorbell = jobs.ArqDoorbell(box.settings.redis_url)
    jobs.use(doorbell)
    try:
        yield
    finally:
        await doorbell.close()
        await box.redis.aclose()
        await box.database.close()


async def check(settings: Settings) -> None:
    """Refuse, before anything is served, what could not be served safely.

    Raises:
        ConfigurationError: unsafe roles, missing migrations, or another hash key than so far.
    """
    database = Database(settings, pool_size=2)
    try:
        await schema.check(database)
        fingerprint = Keyring(settings.secret_keys).fingerprint_of_hash_key()
        with schema.answering():
            async with database.control_unit_of_work() as control:
                await installation.check_hash_key(control, fingerprint)
    finally:
        await database.close()
