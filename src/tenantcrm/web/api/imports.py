"""``/v1/contact-imports``: files of contacts, which a worker takes in."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Controller, Response, get, post
from litestar.exceptions import InternalServerException
from litestar.params import FromPath

from tenantcrm import ids
from tenantcrm.contacts.imports import service
from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.tenants.schemas import KeyIdentity
from tenantcrm.web.api.call import Call, NotJsonError
from tenantcrm.web.api.idempotency import RequestHash, begin_with
from tenantcrm.web.api.import_views import ImportView
from tenantcrm.web.api.limits import rate_headers
from tenantcrm.web.api.operations import Parameter, operation
from tenantcrm.web.api.parameters import read_parameters
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.import_errors import errors_csv
from tenantcrm.web.receiving import check_announced, forget, receive

READ, WRITE = "contacts:read", "contacts:write"
FORMATS: Final = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
_TYPE: Final = re.compile(r"\s*([\w./+-]+)\s*(?:;.*)?", re.ASCII)
_SAID: Final = {"type": "boolean", "default": False}


class _Given(NamedTuple):
    """What the query says of a file."""

    file_name: str
    enter_campaigns: bool
    dry_run: bool


class ContactImports(Controller):
    """Imports of the key's mode."""

    path = "/contact-imports"
    tags = ("Imports",)

    @post(
        "/",
        status_code=202,
        request_max_body_size=None,
        **operation(
            "Import a file of contacts",
            text="CSV (comma, semicolon, tab or pipe; UTF-8, UTF-16 or Windows-1252; the first row "
            "names the columns) or one contact a line as JSON, up to 250 MB, taken in by a worker. "
            "Columns are known by their names, in many languages; others become attributes. Rows "
            "are upserts by email: attributes are merged, empty cells say nothing, and nobody is "
            "resubscribed. Campaigns that run take in nobody who comes, or comes to match, by "
            "the import, unless `enter_campaigns` is true.",
            scope=WRITE,
            action="contacts.import",
            gives={202: ImportView},
            refuses=("unreadable_file", "import_state", "body_too_large", "not_csv"),
            uploads={
                "text/csv": "email,name,plan\nada@example.com,Ada Lovelace,pro\n",
                "application/x-ndjson": '{"email": "ada@example.com", "name": "Ada Lovelace"}\n',
            },
            parameters=(
                Parameter("enter_campaigns", "Whether campaigns that run take them in.", _SAID),
                Parameter("dry_run", "Count what would be done, and write nothing.", _SAID),
                Parameter("file_name", "What lists of imports call it."),
            ),
        ),
    )
    async def upload(self, request: AnyRequest) -> Response[Any]:
        """Take a file in; what becomes of it is told by its own address."""
        key: KeyIdentity = request.user
        given, file_format = _given(request), _format(request)
        check_announced(request.headers.get("Content-Length"))
        database, hashed = services(request).database, RequestHash(request)
        import_id, finder = await receive(
            database,
            key.tenant.id,
            _pieces(request, hashed),
            mode=key.mode,
            actor=f"key:{key.key_id.hex}",
            by_itself=True,
            **given._asdict(),
        )
        try:
            async with database.unit_of_work(key.tenant.id) as session:
                promise = await begin_with(request, session, key.mode, hashed)
                found = await service.complete(session, import_id, finder, format=file_format)
                view = ImportView.of(found)
                body = msgspec.json.encode(view)
                headers = {"Location": f"/v1/contact-imports/{view.id}"}
                if promise is not None:
                    await promise.keep(202, body, headers)
        except BaseException:
            await forget(database, key.tenant.id, import_id)
            raise
        return Response(
            body,
            status_code=202,
            media_type="application/json",
            headers={**rate_headers(request), **headers},
        )

    @get(
        "/{import_id:str}",
        **operation(
            "How far an import is",
            text="`state`: `importing`, `checking` (a dry run), `finished`, `failed` (`fault` says "
            "why) or `cancelled`; `mapping` and `checked` wait for somebody in the dashboard. A "
            "row is `created`, `updated`, `unchanged` or `invalid`; of the first three, "
            "`not_mailable` are and stay unsubscribed or suppressed.",
            scope=READ,
            gives={200: ImportView},
            refuses=("not_found",),
        ),
    )
    async def one(self, call: Call, import_id: FromPath[str]) -> Response[Any]:
        """One import."""
        call.parameters()
        found = await service.get(call.session, ids.read_id(ids.IMPORT, import_id), mode=call.mode)
        return await call.answer(ImportView.of(found))

    @get(
        "/{import_id:str}/errors",
        **operation(
            "The rows that were refused",
            text="As CSV: the number of each row as a spreadsheet shows it, why, and its cells. "
            "Kept for 30 days after the import.",
            scope=READ,
            gives={200: None},
            refuses=("not_found",),
        ),
    )
    async def errors(
        self, request: AnyRequest, call: Call, import_id: FromPath[str]
    ) -> Response[Any]:
        """The refused rows, streamed."""
        call.parameters()
        found = await service.get(call.session, ids.read_id(ids.IMPORT, import_id), mode=call.mode)
        return errors_csv(services(request).database, call.tenant.id, found)

    @post(
        "/{import_id:str}/cancel",
        status_code=200,
        **operation(
            "Cancel an import",
            text="What it has written stays, nothing more comes. Safe to repeat; what is over "
            "stays as it is.",
            scope=WRITE,
            action="contacts.import",
            gives={200: ImportView},
            refuses=("not_found",),
        ),
    )
    async def cancel(self, call: Call, import_id: FromPath[str]) -> Response[Any]:
        """Stop an import."""
        call.read_nothing()
        found = await service.cancel(
            call.session,
            ids.read_id(ids.IMPORT, import_id),
            mode=call.mode,
            actor=f"key:{call.key.key_id.hex}",
        )
        return await call.answer(ImportView.of(found))


async def _pieces(request: AnyRequest, hashed: RequestHash) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises:
        TenantCrmError: the client went away in the middle of it.
    """
    try:
        async for piece in request.stream():
            hashed.update(piece)
            yield piece
    except InternalServerException as fault:
        raise TenantCrmError("The file ended before its end; nothing of it is kept") from fault


def _given(request: AnyRequest) -> _Given:
    given = read_parameters(request, *_Given._fields)
    said: dict[str, bool] = {}
    for name in ("enter_campaigns", "dry_run"):
        text = given.get(name, "false")
        if text not in {"true", "false"}:
            raise InvalidError.of(f"/{name}", "invalid_choice", f"{name} is true or false")
        said[name] = text == "true"
    return _Given(given.get("file_name", "").strip(), **said)


def _format(request: AnyRequest) -> str:
    text = request.headers.get("Content-Type", "")
    found = _TYPE.match(text)
    file_format = FORMATS.get(found[1].lower()) if found else None
    if file_format is None:
        raise NotCsvError(
            f"Send the file as Content-Type: text/csv or application/x-ndjson, not {text[:60]!r}"
        )
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.casefold() != "identity":
        raise NotCsvError(f"Send the file without Content-Encoding, not as {coding[:40]}")
    return file_format


class NotCsvError(NotJsonError):
    """The file is of a type that no import takes."""

    code, title = "not_csv", "The file is neither CSV nor NDJSON"
