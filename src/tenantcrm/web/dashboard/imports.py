"""Imports of contacts: upload, columns, a check that writes nothing, progress, what came of it."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent

from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.errors import FileError, ImportStateError, TooLargeError
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.import_form import column_errors, read_columns
from tenantcrm.web.dashboard.import_page import import_page, watched
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.import_errors import errors_csv
from tenantcrm.web.once import turn
from tenantcrm.web.page import go, show
from tenantcrm.web.receiving import check_announced, forget, receive
from tenantcrm.web.uploads import AROUND, OUTSIDE_CSRF, Upload, read_upload

ACTION = "contacts.import"
LISTED = 100


class Imports(Controller):
    """The pages of imports."""

    path = "/contacts/imports"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Past imports and those under way, the latest first."""
        mode = _mode(request)
        return await show(
            request,
            person,
            session,
            "contacts/imports/index.html",
            imports=await service.latest(session, mode, limit=LISTED),
            mode=mode.value,
            may_import=rules.may(person.role, ACTION),
        )

    @get("/new")
    async def new(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The form that takes a file."""
        require(person, ACTION)
        return await show(
            request,
            person,
            session,
            "contacts/imports/new.html",
            mode=_mode(request).value,
            limit=service.SIZE_MOST // 1_000_000,
        )

    @post("/new", status_code=200, request_max_body_size=None, opt=OUTSIDE_CSRF)
    async def upload(self, request: AnyRequest, person: NamedDependency[Person]) -> Response[Any]:
        """Take a file in, and go on to its columns; one that is refused, back to the form.

        No page of its own says why: the Back button would find it too old to be shown.
        """
        require(person, ACTION)
        fault: TenantCrmError = InvalidError.of("/file", "required", "Choose a file")
        sent = await read_upload(request)
        if sent.file_name:
            try:
                check_announced(request.headers.get("Content-Length"), beside=AROUND)
                return await _take_in(request, person, sent)
            except (FileError, TooLargeError, ImportStateError, InvalidError) as refused:
                fault = refused
        words = fault.errors[0].message if isinstance(fault, InvalidError) else fault.detail
        return go(f"/contacts/imports/new?mode={_mode(request)}", f"{words.rstrip('.')}.", "danger")

    @get("/{import_id:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        import_id: FromPath[str],
    ) -> Response[Any]:
        """One import: what it waits for, how far it is, or what came of it."""
        found = await service.get(session, read_hex(import_id))
        again = request.query_params.get("columns") and found.state == ImportState.CHECKED
        return await import_page(request, person, session, found, mapping=bool(again))

    @post("/{import_id:str}", status_code=200)
    async def check(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        import_id: FromPath[str],
    ) -> Response[Any]:
        """Say what the columns become, and have it checked: nothing is written yet."""
        require(person, ACTION)
        form, number = await read_form(request), read_hex(import_id)
        found = await service.get(session, number)
        columns = read_columns(form, service.layout_of(found).columns if found.layout else [])
        enters = form["enter_campaigns"] == "1"
        try:
            await service.map_columns(session, number, columns, enter_campaigns=enters)
        except ImportStateError as fault:
            return go(f"/contacts/imports/{number.hex}", fault.detail, "info")
        except InvalidError as fault:
            return await import_page(
                request,
                person,
                session,
                found,
                mapping=True,
                columns=columns,
                errors=column_errors(fault),
                enter_campaigns=enters,
            )
        return go(f"/contacts/imports/{number.hex}")

    @post("/{import_id:str}/start", status_code=200)
    async def start(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        import_id: FromPath[str],
    ) -> Response[Any]:
        """Import what was checked."""
        require(person, ACTION)
        number = read_hex(import_id)
        try:
            await service.start(session, number, actor=f"user:{person.user_id.hex}")
        except ImportStateError as fault:
            return go(f"/contacts/imports/{number.hex}", fault.detail, "info")
        return go(f"/contacts/imports/{number.hex}")

    @post("/{import_id:str}/cancel", status_code=200)
    async def cancel(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        import_id: FromPath[str],
    ) -> Response[Any]:
        """Stop an import; what is written stays."""
        require(person, ACTION)
        number = read_hex(import_id)
        await service.cancel(session, number, actor=f"user:{person.user_id.hex}")
        return go(f"/contacts/imports/{number.hex}")

    @get("/{import_id:str}/events")
    async def events(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        import_id: FromPath[str],
    ) -> Response[Any]:
        """Its progress, as server-sent events."""
        found = await service.get(session, read_hex(import_id))
        return ServerSentEvent(watched(request, person.tenant.id, found.id))

    @get("/{import_id:str}/errors.csv")
    async def errors(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        import_id: FromPath[str],
    ) -> Response[Any]:
        """The refused rows, as a file."""
        require(person, ACTION)
        found = await service.get(session, read_hex(import_id))
        return errors_csv(services(request).database, person.tenant.id, found)


async def _take_in(request: AnyRequest, person: Person, sent: Upload) -> Response[Any]:
    """Keep a file as a new import, and go to it; the same from the same form goes to the first.

    Raises:
        FileError: it is no list of contacts.
        TooLargeError: it is too large.
        ImportStateError: too many have not ended.
    """
    database, tenant = services(request).database, person.tenant.id
    import_id, finder = await receive(
        database,
        tenant,
        sent.data(),
        mode=_mode(request),
        actor=person.actor,
        file_name=sent.file_name,
    )
    answer, press = go(f"/contacts/imports/{import_id.hex}"), sent.press(request)
    try:
        async with turn(database, tenant, press) as session:
            await service.complete(session, import_id, finder)
            if press is not None and answer.outcome is not None:
                await press.keep(session, answer.outcome)
    except BaseException:
        await forget(database, tenant, import_id)
        raise
    return answer


def _mode(request: AnyRequest) -> Mode:
    return Mode.TEST if request.query_params.get("mode") == Mode.TEST else Mode.LIVE
