"""What the logs of libraries say, and what they do not."""

import asyncio
import logging

import pytest

from tenantcrm.database import Database
from tenantcrm.observability import POOL, was_not_cancelled


async def test_a_connection_that_is_given_up(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """That the end of a connection was cancelled is no fault; that it failed is one."""
    pool = database._app.pool
    assert pool.logger.name == POOL
    monkeypatch.setattr(logging.getLogger(POOL), "filters", [was_not_cancelled])
    for fault in (asyncio.CancelledError(), OSError("the network is gone")):
        try:
            raise fault
        except (asyncio.CancelledError, OSError):
            pool.logger.exception("Exception closing connection")
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [OSError]
