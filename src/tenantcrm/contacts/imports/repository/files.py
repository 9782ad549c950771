"""Queries of a file in pieces, and of its rows that were refused."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    delete,
    exists,
    func,
    insert,
    select,
    text,
)

from tenantcrm.contacts.imports.faults import Fault
from tenantcrm.contacts.imports.models import ContactImport, ImportChunk, ImportFault
from tenantcrm.contacts.imports.staged import hashes
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of, any_of_hashes

FAULTS_AT_ONCE: Final = 1_000


async def add_chunk(session: TenantSession, import_id: UUID, number: int, data: bytes) -> None:
    """A piece of the file."""
    await session.execute(
        insert(ImportChunk).values(
            tenant_id=session.tenant_id, import_id=import_id, number=number, data=data
        )
    )


async def chunk(session: TenantSession, import_id: UUID, number: int, *, most: int = 0) -> bytes:
    """A piece of the file, or its first ``most`` bytes; empty behind the end."""
    data: Any = ImportChunk.data
    query = select(func.substring(data, 1, most) if most else data).where(
        ImportChunk.tenant_id == session.tenant_id,
        ImportChunk.import_id == import_id,
        ImportChunk.number == number,
    )
    return (await session.execute(query)).scalar_one_or_none() or b""


async def drop_file(session: TenantSession, import_id: UUID) -> None:
    """Forget the file."""
    await session.execute(
        delete(ImportChunk)
        .where(ImportChunk.tenant_id == session.tenant_id, ImportChunk.import_id == import_id)
        .execution_options(synchronize_session=False)
    )


_ADD_FAULTS: Final = text(
    """
    INSERT INTO import_faults (tenant_id, import_id, row, reason, cells, email_hash)
    SELECT :t, :i, f.row, f.reason, f.cells, decode(f.email_hash, 'hex')
    FROM jsonb_to_recordset(CAST(:faults AS jsonb))
      AS f (row int, reason text, cells jsonb, email_hash text)
    ON CONFLICT (tenant_id, import_id, row) DO NOTHING
    """
)


async def add_faults(
    session: TenantSession, import_id: UUID, faults: Sequence[Fault], hash_key: bytes
) -> None:
    """Keep rows that were refused, each with the hash of its address, by which it is found when
    that person is erased. ``hash_key``: the tenant's.
    """
    for first in range(0, len(faults), FAULTS_AT_ONCE):
        some = faults[first : first + FAULTS_AT_ONCE]
        hashed = hashes([fault.email_key for fault in some], hash_key)
        rows = [
            {
                "row": fault.row,
                "reason": fault.reason,
                "cells": fault.cells,
                "email_hash": one if fault.email_key else None,
            }
            for fault, one in zip(some, hashed, strict=True)
        ]
        text_of = msgspec.json.encode(rows).decode()
        await session.execute(
            _ADD_FAULTS, {"t": session.tenant_id, "i": import_id, "faults": text_of}
        )


async def forget_people(session: TenantSession, contact_ids: Collection[UUID]) -> None:
    """Forget the refused rows that are about contacts, who are about to go."""
    theirs = select(Contact.mode, Contact.email_hash).where(
        Contact.tenant_id == session.tenant_id, Contact.id == any_of(contact_ids)
    )
    hashes_of: dict[str, list[bytes]] = {}
    for mode, email_hash in await session.execute(theirs):
        hashes_of.setdefault(mode, []).append(email_hash)
    # By arrays, not by a join: a planner without figures compares every row with every contact.
    for mode, some in hashes_of.items():
        of_mode = exists().where(
            ContactImport.tenant_id == session.tenant_id,
            ContactImport.id == ImportFault.import_id,
            ContactImport.mode == mode,
        )
        await session.execute(
            delete(ImportFault)
            .where(
                ImportFault.tenant_id == session.tenant_id,
                ImportFault.email_hash == any_of_hashes(some),
                of_mode,
            )
            .execution_options(synchronize_session=False)
        )


async def drop_faults(session: TenantSession, import_id: UUID) -> None:
    """Forget the rows that were refused."""
    await session.execute(
        delete(ImportFault)
        .where(ImportFault.tenant_id == session.tenant_id, ImportFault.import_id == import_id)
        .execution_options(synchronize_session=False)
    )


async def faults(
    session: TenantSession, import_id: UUID, *, after: int = 0, limit: int
) -> list[Fault]:
    """Refused rows behind the row ``after``, in their order."""
    query = (
        select(ImportFault.row, ImportFault.reason, ImportFault.cells)
        .where(
            ImportFault.tenant_id == session.tenant_id,
            ImportFault.import_id == import_id,
            ImportFault.row > after,
        )
        .order_by(ImportFault.row)
        .limit(limit)
    )
    return [Fault(*row) for row in await session.execute(query)]
