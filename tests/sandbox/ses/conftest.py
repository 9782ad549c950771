"""One simulator for the tests that can share it; each writes to recipients of its own."""

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.sandbox.ses.running import Running, client_of, running


@pytest.fixture(scope="session")
def ses() -> Iterator[Running]:
    """A simulator that knows ``example.com``."""
    with running(None, "--verified", "example.com") as simulator:
        yield simulator


@pytest.fixture(scope="session")
async def client(ses: Running) -> AsyncIterator[Any]:
    """The real client of it."""
    async with client_of(ses) as made:
        yield made


@pytest.fixture
def someone() -> str:
    """An address that no other test writes to."""
    return f"{secrets.token_hex(6)}@example.net"
