"""Run the web application on granian."""

import asyncio
import os

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tenantcrm import app
from tenantcrm.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first.

    Raises:
        ConfigurationError: the application refuses to start.
    """
    asyncio.run(app.check(settings))
    server = Server(
        "tenantcrm.app:create_app",
        factory=True,
        address=settings.web_host,
        port=settings.web_port,
        workers=settings.web_workers,
        interface=Interfaces.ASGI,
        log_level=LogLevels.warning,
        log_access=bool(os.environ.get("TENANTCRM_ACCESS_LOG")),
        backpressure=256,
        workers_kill_timeout=10,
    )
    server.serve()
