"""Bytes that rest in the database and that nobody reads there: sealed with a tenant's own key."""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Seal:
    """Seals (AES-256-GCM) with the first key, opens with any.

    ``keys``: of one tenant and purpose, newest first, as ``Keyring.derive`` gives them.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Keep the keys."""
        self._keys = [AESGCM(key) for key in keys]

    def close(self, content: bytes, about: bytes) -> bytes:
        """Seal; ``about`` is what it belongs to, without which it does not open."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._keys[0].encrypt(nonce, content, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """What was sealed; None when another key, or for something else, has sealed it."""
        for key in self._keys:
            try:
                return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
            except InvalidTag:
                continue
        return None
