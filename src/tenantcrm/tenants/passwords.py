"""Passwords: argon2id with OWASP's parameters, off the event loop."""

import asyncio
import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verifying against this takes as long as against a real one: time does not tell who is here.
_NOBODY = _hasher.hash("nobody's password")


async def hash_password(password: str) -> str:
    """The argon2id hash (19 MiB, t=2, p=1: OWASP Password Storage, about 20 ms of a core)."""
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one hashed; ``None`` costs the same time and is never right."""
    right = await asyncio.to_thread(_verify, password_hash or _NOBODY, password)
    return right and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the parameters have grown since this hash was made."""
    return _hasher.check_needs_rehash(password_hash)


def stamp(password_hash: str | None) -> bytes:
    """What changes with the password: a reset link carries it, so that it works once."""
    return hashlib.sha256((password_hash or "").encode()).digest()


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
