"""Take a file in as it comes: kept a piece at a time, never whole in memory or one transaction.

No connection to the database is held while a slow client sends.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.encodings import EncodingFinder
from tenantcrm.contacts.imports.errors import TooLargeError
from tenantcrm.database import Database

LIMIT_WORDS = f"An import takes files of up to {service.SIZE_MOST // 1_000_000} MB; split this one"


def check_announced(length: str | None, *, beside: int = 0) -> None:
    """Refuse a file before it comes, where its size is told; ``beside``: bytes around it.

    Raises:
        TooLargeError: it is too large.
    """
    if length is not None and length.isdigit() and int(length) > service.SIZE_MOST + beside:
        raise TooLargeError(LIMIT_WORDS)


async def receive(
    database: Database, tenant_id: UUID, data: AsyncIterator[bytes], **values: Any
) -> tuple[UUID, EncodingFinder]:
    """Keep what comes as the file of a new import; ``values``: as :func:`service.begin` takes them.

    Raises:
        TooLargeError: it is too large.
    """
    async with database.unit_of_work(tenant_id) as session:
        import_id = await service.begin(session, **values)
    finder = EncodingFinder()
    try:
        await _keep(database, tenant_id, import_id, data, finder)
    except BaseException:
        await asyncio.shield(forget(database, tenant_id, import_id))
        raise
    return import_id, finder


async def _keep(
    database: Database,
    tenant_id: UUID,
    import_id: UUID,
    data: AsyncIterator[bytes],
    finder: EncodingFinder,
) -> None:
    waiting, size, number = bytearray(), 0, 0

    async def keep(piece: bytes) -> None:
        nonlocal size, number
        size += len(piece)
        if size > service.SIZE_MOST:
            raise TooLargeError(LIMIT_WORDS)
        finder.feed(piece)
        async with database.unit_of_work(tenant_id) as session:
            await service.keep_piece(session, import_id, number, piece, size=size)
        number += 1

    async for some in data:
        waiting += some
        while len(waiting) >= service.PIECE:
            await keep(bytes(waiting[: service.PIECE]))
            del waiting[: service.PIECE]
    if waiting:
        await keep(bytes(waiting))


async def forget(database: Database, tenant_id: UUID, import_id: UUID) -> None:
    """Forget an import whose file did not come, or was none."""
    async with database.unit_of_work(tenant_id) as session:
        await service.abandon(session, import_id)
