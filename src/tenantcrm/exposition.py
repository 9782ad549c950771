"""Metrics in Prometheus' text: what they are made of, and who may read them.

A process that shares its port with others (several web processes) shares its numbers too: with
``PROMETHEUS_MULTIPROC_DIR`` set they are kept in files there, and whoever is asked adds them up.
"""

import hmac
import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def exposition() -> bytes:
    """Every metric of this process, or of all that share its folder."""
    if SHARED_FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library has no types here
    return generate_latest(registry)


def admits(authorization: str, token: str) -> bool:
    """Whether a header carries the bearer token."""
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
