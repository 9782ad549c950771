"""Logs are events with fields, as JSON lines; what could name a person or open a door is cut."""

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

REDACTED = frozenset(
    {"email", "recipient", "to", "name", "password", "token", "key", "cookie", "authorization",
     "subject", "html", "text", "attributes", "external_id", "url"}
)  # fmt: skip
"""Fields that never reach a log, whoever logs them."""
POOL = "sqlalchemy.pool.impl.AsyncAdaptedQueuePool"
"""The logger of the pool of connections."""


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the fields of :data:`REDACTED`."""
    for field in REDACTED & event.keys():
        event[field] = "[redacted]"
    return event


def was_not_cancelled(record: logging.LogRecord) -> bool:
    """Whether a record is of anything else than work that was ended in the middle.

    A worker that stops cancels what waits. Where that is a connection's end, the pool gives the
    connection up, which is all that there is to do, and logs the cancellation as its fault.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def configure(level: int = logging.INFO) -> None:
    """Log JSON lines to standard error."""
    logging.getLogger(POOL).addFilter(was_not_cancelled)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            redact,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
