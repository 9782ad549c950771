"""API keys: make (shown once), list, revoke."""

from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import NewKey, Person
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys
from tenantcrm.web.api.services import api_services
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import faults_by_field, go, show


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
        """Every key, without itself."""
        return await _page(request, person, session)

    @post("/", status_code=200)
    async def create(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Make a key and show it, this once."""
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
            )
        except InvalidError as fault:
            values: dict[str, Any] = {"name": form["name"], "mode": form["mode"], "scopes": scopes}
            return await _page(request, person, session, values=values, fault=fault)
        return await _page(request, person, session, made=made)

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
            await keys.revoke(session, wanted)
        except NotFoundError:
            if wanted not in {row.id for row in await keys.listed(session)}:
                raise
            return go("/keys", "That key was revoked already.", "info")
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


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    *,
    made: NewKey | None = None,
    values: dict[str, Any] | None = None,
    fault: InvalidError | None = None,
) -> Response[Any]:
    return await show(
        request,
        person,
        session,
        "keys/index.html",
        status=422 if fault else 200,
        keys=await keys.listed(session),
        scopes=SCOPES,
        made=made,
        curl=curl(services(request).settings.public_url, made.key) if made else "",
        values=values or {"name": "", "mode": "live", "scopes": list(SCOPES)},
        errors=faults_by_field(fault) if fault else {},
        may_edit=rules.may(person.role, "keys"),
    )


def curl(public_url: str, key: str, email: str = "ada@example.com") -> str:
    """The call that creates a first contact, ready to paste."""
    return (
        f"curl -X PUT {public_url}/v1/contacts/by-email/{quote(email, safe='@')} \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        """  -d '{"name": "Ada Lovelace", "attributes": {"language": "en"}}'"""
    )
