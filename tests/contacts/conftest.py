"""What the tests of contacts share."""

import hashlib

import pytest

from tenantcrm.contacts.service import Hasher


@pytest.fixture
def hasher() -> Hasher:
    """A hash of addresses; the real one is keyed, which nothing here depends on."""
    return lambda key: hashlib.sha256(key.encode()).digest()
