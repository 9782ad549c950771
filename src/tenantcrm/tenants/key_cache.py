"""Whose key it is, remembered for seconds, and forgotten at once when a key or a tenant changes.

PostgreSQL tells: triggers notify of every change to ``tenants`` and of every revocation. Nothing
is remembered while this process does not listen, so a lost connection costs speed, never truth.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.tenants.keys import hash_key, looks_like_key
from tenantcrm.tenants.schemas import KeyIdentity
from tenantcrm.tenants.service import keys

log = structlog.get_logger()
CHANNEL = "tenants_changed"
LASTS = 5.0
"""Seconds: the longest that a key is remembered, should a notice be lost on the way."""
PULSE = 2.0
"""Seconds between two looks at the connection that listens."""
LARGEST = 10_000


class KeyCache:
    """Recognises keys for one process."""

    def __init__(self, database: Database, url: str) -> None:
        """``url`` is that of the control plane, where the notices come from."""
        self._database = database
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._known: dict[bytes, tuple[float, KeyIdentity]] = {}
        self._listens = False
        self._changes = 0

    async def authenticate(self, text: str) -> KeyIdentity | None:
        """Whose key this is; None for no key, a revoked one, or one with a wrong checksum."""
        digest = hash_key(text)
        found = self._known.get(digest)
        now = time.monotonic()
        if found is not None and found[0] > now and not _over(found[1]):
            return found[1]
        if not looks_like_key(text):
            return None
        before = self._changes
        async with self._database.control_unit_of_work() as session:
            identity = await keys.authenticate(session, text)
        # What changed while the database was asked may be newer than its answer.
        if identity is not None and self._listens and self._changes == before:
            if len(self._known) >= LARGEST:
                self._known.clear()
            self._known[digest] = (now + LASTS, identity)
        return identity

    def forget(self, *_notice: Any) -> None:
        """Ask the database again, for every key."""
        self._changes += 1
        self._known.clear()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of changes for as long as the body runs; connects again when cut off."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("keys.not_listening", error=type(fault).__name__)
                await asyncio.sleep(PULSE)

    async def _listen_once(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=PULSE, command_timeout=PULSE)
        try:
            connection.add_termination_listener(self._deafen)
            await connection.add_listener(CHANNEL, self.forget)
            # A key that changed before the first notice could be heard is not remembered yet.
            self.forget()
            self._listens = True
            while True:
                await asyncio.sleep(PULSE)
                await connection.execute("SELECT 1")
        finally:
            self._deafen()
            connection.terminate()

    def _deafen(self, *_connection: Any) -> None:
        self._listens = False
        self.forget()


def _over(identity: KeyIdentity) -> bool:
    return identity.expires_at is not None and identity.expires_at <= clock.now()
