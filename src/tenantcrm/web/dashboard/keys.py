"""API keys: make (shown once), list, replace with an overlap, revoke."""

from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm import clock, ids
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import KeyMadeError, KeyReplacedError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys
from tenantcrm.web.api.services import api_services
from tenantcrm.web.dashboard import shown_once
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import faults_by_field, go, show

OVERLAPS = [
    ("1h", "One hour"), ("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"),
]  # fmt: skip
SCOPE_WORDS = {
    "contacts:read": "See contacts",
    "contacts:write": "Add, change and erase contacts",
    "campaigns:read": "See campaigns and what they sent",
    "campaigns:write": "Write, activate and pause campaigns",
    "reports:read": "See reports",
}


class Keys(Controller):
    """The page of API keys."""

    path = "/keys"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Every key, without itself; but for one that was just made, which is shown this once."""
        return await _page(request, person, session, made=shown_once.read(request))

    @post("/", status_code=200)
    async def create(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Make a key, and go to where it is shown, this once."""
        require(person, "keys")
        form = await read_form(request)
        scopes = [scope for scope in SCOPES if form[f"scope:{scope}"]]
        try:
            made = await keys.create(
                session,
                name=form["name"],
                mode=_mode(form),
                scopes=scopes,
                created_by=person.user_id,
                key_id=_chosen_id(form),
            )
        except InvalidError as fault:
            values: dict[str, Any] = {"name": form["name"], "mode": form["mode"], "scopes": scopes}
            return await _page(request, person, session, values=values, fault=fault)
        except KeyMadeError as fault:
            await session.rollback()
            return go("/keys", f"{fault.detail}. If you did not copy it, replace it.", "warn")
        return go("/keys", carried=[shown_once.carry(request, made)])

    @post("/{key_id:str}/rotate", status_code=200)
    async def rotate(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        key_id: FromPath[str],
    ) -> Response[Any]:
        """Make a key in another's place, which works on for a while; go to where it is shown."""
        require(person, "keys")
        form = await read_form(request)
        wanted = read_hex(key_id)
        try:
            made = await keys.rotate(session, wanted, overlap=form["overlap"], by=person.user_id)
        except (KeyReplacedError, InvalidError) as fault:
            return go("/keys", f"{fault.detail}.", "warn")
        session.after_commit(partial(_forget, request))
        return go("/keys", carried=[shown_once.carry(request, made, replaced=wanted)])

    @get("/{key_id:str}/first-call")
    async def first_call(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        key_id: FromPath[str],
    ) -> Response[Any]:
        """Whether a call with this key has come."""
        row = await keys.find(session, read_hex(key_id))
        return await show(request, person, session, "keys/first_call.html", block="call", key=row)

    @post("/{key_id:str}/revoke", status_code=200)
    async def revoke(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        key_id: FromPath[str],
    ) -> Response[Any]:
        """Revoke a key at once."""
        require(person, "keys")
        wanted = read_hex(key_id)
        try:
            await keys.revoke(session, wanted, by=person.user_id)
        except NotFoundError:
            await keys.find(session, wanted)
            return go("/keys", "That key does not work any more already.", "info")
        # Other processes hear of it from the database; this one is told before it answers.
        session.after_commit(partial(_forget, request))
        return go("/keys", "The key is revoked. Its next call is answered 401.")


async def _forget(request: AnyRequest) -> None:
    api_services(request).keys.forget()


def _mode(form: Form) -> Mode:
    try:
        return Mode(form["mode"])
    except ValueError:
        raise InvalidError.of("/mode", "invalid_value", "Choose live or test") from None


def _chosen_id(form: Form) -> UUID | None:
    """The id that the form came with; None where it came with none that could be one."""
    try:
        return read_hex(form["key_id"])
    except NotFoundError:
        return None


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    *,
    made: shown_once.Made | None = None,
    values: dict[str, Any] | None = None,
    fault: InvalidError | None = None,
) -> Response[Any]:
    rows, now = await keys.listed(session), clock.now()
    may_edit = rules.may(person.role, "keys")
    key = next((row for row in rows if made and may_edit and made.is_of(row)), None)
    answer = await show(
        request,
        person,
        session,
        "keys/index.html",
        status=422 if fault else 200,
        keys=[{"row": row, "state": row.state(now)} for row in rows],
        scopes=[(scope, SCOPE_WORDS[scope]) for scope in SCOPES],
        made=made,
        key=key,
        replaced=next((row for row in rows if made and row.id.hex == made.replaced), None),
        curl=curl(services(request).settings.public_url, made.key) if made and key else "",
        overlaps=OVERLAPS,
        key_id=ids.new_id().hex,
        values=values or {"name": "", "mode": "live", "scopes": list(SCOPES)},
        errors=faults_by_field(fault) if fault else {},
        may_edit=may_edit,
    )
    answer.cookies += shown_once.forget(request)
    return answer


def curl(public_url: str, key: str, email: str = "ada@example.com") -> str:
    """The call that creates a first contact, ready to paste."""
    return (
        f"curl -X PUT {public_url}/v1/contacts/by-email/{quote(email, safe='@')} \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        """  -d '{"name": "Ada Lovelace", "attributes": {"language": "en"}}'"""
    )
