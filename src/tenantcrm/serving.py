"""Run the web application on granian."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tenantcrm import app
from tenantcrm.exposition import SHARED_FOLDER
from tenantcrm.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first.

    Raises:
        ConfigurationError: the application refuses to start.
    """
    asyncio.run(app.check(settings))
    with _shared_numbers(settings):
        _serve(settings)


@contextmanager
def _shared_numbers(settings: Settings) -> Iterator[None]:
    """Let several processes behind one port add their metrics up."""
    if settings.web_workers == 1 or SHARED_FOLDER in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="tenantcrm-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        yield


def _serve(settings: Settings) -> None:
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
