"""The download of the rows that an import has refused: for pages and the API alike."""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.database import Database
from tenantcrm.web.exports import Cell, csv_download


def errors_csv(database: Database, tenant_id: UUID, found: ContactImport) -> Response[Any]:
    """A CSV of row number, reason and the row's own cells; read in units of work of its own."""
    columns = service.layout_of(found).columns if found.layout else []

    async def rows() -> AsyncIterator[Iterable[Cell]]:
        after = 0
        while True:
            async with database.unit_of_work(tenant_id) as session:
                some = await service.first_faults(session, found.id, after=after)
            for fault in some:
                yield (fault.row, fault.reason, *fault.cells)
            if not some:
                return
            after = some[-1].row

    header = ["row", "error", *([column.header for column in columns] or ["line"])]
    return csv_download(f"import-{found.id.hex[-8:]}-errors.csv", header, rows())
