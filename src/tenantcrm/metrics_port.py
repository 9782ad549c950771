"""A port that answers with metrics, for processes without pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import structlog
from aiohttp import web

from tenantcrm.errors import ConfigurationError
from tenantcrm.exposition import CONTENT_TYPE, admits, exposition
from tenantcrm.settings import HIGHEST_PORT, Settings

log = structlog.get_logger()

PORTS = 64
"""Ports that are tried, one after the other: one for every worker of the machine."""


@asynccontextmanager
async def exposed(settings: Settings) -> AsyncIterator[int | None]:
    """Answer ``/metrics`` and ``/healthz`` where a port is set; gives the port that it became.

    The first free port from there on, so that workers beside each other need no ports of their own
    in their settings.

    Raises:
        ConfigurationError: no port is free, or numbers would be open to the network.
    """
    first, host = settings.worker_metrics_port, settings.worker_metrics_host
    if first is None:
        yield None
        return
    if settings.metrics_token is None and not _is_loopback(host):
        raise ConfigurationError(
            "TENANTCRM_METRICS_TOKEN is not set: metrics on an address of the network need one"
        )
    runner = web.AppRunner(_application(settings.metrics_token), access_log=None)
    await runner.setup()
    try:
        port = await _listen(runner, host, first)
        log.info("metrics.started", host=host, port=port)
        yield port
    finally:
        await runner.cleanup()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _listen(runner: web.AppRunner, host: str, first: int) -> int:
    for port in range(first, min(first + PORTS, HIGHEST_PORT + 1)):
        try:
            await web.TCPSite(runner, host, port, reuse_address=True).start()
        except OSError:
            continue
        return port
    raise ConfigurationError(
        f"TENANTCRM_WORKER_METRICS_PORT: no port from {first} on is free on {host}"
    )


def _application(token: str | None) -> web.Application:
    async def metrics(request: web.Request) -> web.Response:
        if token is not None and not admits(request.headers.get("Authorization", ""), token):
            raise web.HTTPNotFound
        return web.Response(body=exposition(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/healthz", healthz)
    return application
