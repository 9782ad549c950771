"""Imports without a browser: a file goes in, a worker's part is done, the counts come out."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from tenantcrm.campaigns.service.keep_out import KeepOut
from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.encodings import EncodingFinder
from tenantcrm.contacts.imports.importer import Importer
from tenantcrm.contacts.imports.layout import Column
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.states import WORKED
from tenantcrm.database import Database
from tenantcrm.signing import Keyring
from tenantcrm.tenants.models import Mode
from tests.conftest import SECRET


class Desk:
    """A tenant that imports."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database, self.tenant_id = database, tenant_id
        self.importer = Importer(database, Keyring((SECRET,)), KeepOut)

    async def upload(self, data: bytes, **more: object) -> UUID:
        values: dict[str, object] = {"by_itself": True, "file_name": "people.csv"} | more
        file_format = values.pop("format", None)
        finder = EncodingFinder()
        async with self.database.unit_of_work(self.tenant_id) as session:
            import_id = await service.begin(session, mode=Mode.LIVE, actor="key:1", **values)
            pieces = range(0, max(1, len(data)), service.PIECE)
            for number, start in enumerate(pieces):
                piece = data[start : start + service.PIECE]
                finder.feed(piece)
                await service.keep_piece(session, import_id, number, piece, size=start + len(piece))
            await service.complete(session, import_id, finder, format=file_format)
        return import_id

    async def get(self, import_id: UUID) -> ContactImport:
        async with self.database.unit_of_work(self.tenant_id) as session:
            return await service.get(session, import_id)

    async def work(self, import_id: UUID) -> ContactImport:
        """Let this process work the import off."""
        while (found := await self.get(import_id)).state in WORKED:
            await self.importer.sweep()
            await self.importer.idle()
        return found

    async def run(self, data: bytes, **more: object) -> ContactImport:
        return await self.work(await self.upload(data, **more))

    async def mapped(self, import_id: UUID, columns: list[Column]) -> ContactImport:
        async with self.database.unit_of_work(self.tenant_id) as session:
            await service.map_columns(session, import_id, columns, enter_campaigns=False)
        return await self.work(import_id)

    async def faults(self, import_id: UUID) -> dict[int, str]:
        async with self.database.unit_of_work(self.tenant_id) as session:
            return {f.row: f.reason for f in await service.first_faults(session, import_id)}

    async def contacts(self) -> dict[str, dict[str, object]]:
        async with self.database.unit_of_work(self.tenant_id) as session:
            rows = await session.fetch(
                "SELECT * FROM contacts WHERE tenant_id = $1 ORDER BY id", self.tenant_id
            )
        return {str(row["email"]): dict(row) for row in rows}


@pytest.fixture
async def desk(database: Database, tenant_id: UUID) -> AsyncIterator[Desk]:
    desk = Desk(database, tenant_id)
    yield desk
    await desk.importer.stop(5)


def counts(found: ContactImport) -> dict[str, int]:
    """What came of an import."""
    return {name: getattr(found, name) for name in service.COUNTS}
