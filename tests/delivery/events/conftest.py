"""What the tests of events share."""

from collections.abc import AsyncIterator

import pytest

from tests.delivery.events.sns import Sns


@pytest.fixture
async def sns() -> AsyncIterator[Sns]:
    """An SNS that signs and serves its certificate."""
    async with Sns().serving() as sns:
        yield sns
