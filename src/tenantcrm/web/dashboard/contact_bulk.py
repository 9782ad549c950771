"""Bulk actions: what will happen and to how many, before; progress, while; counts, after."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm import ids
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.bulk import service
from tenantcrm.contacts.bulk.service import PICKED_MOST, Chosen
from tenantcrm.contacts.bulk.states import ON_ATTRIBUTES, What
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.attributes import read_value
from tenantcrm.web.dashboard.bulk_words import consequence, heading, outcome, people, title
from tenantcrm.web.dashboard.contact_query import ListQuery, read_query
from tenantcrm.web.dependencies import AnyRequest, require
from tenantcrm.web.filter_form import of_text
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import faults_by_field, go, show
from tenantcrm.web.templating import number_text

RIGHT = "contacts.bulk"


class ContactBulk(Controller):
    """The pages of bulk actions."""

    path = "/contacts/bulk"

    @get("/")
    async def ask(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """What is about to be done, to how many, and what that means; nothing is done."""
        require(person, RIGHT)
        query = read_query(request.query_params)
        everybody = request.query_params.get("all") == "1"
        picked = None if everybody else request.query_params.getall("id", [])
        if picked is not None and not picked:
            return go(query.href(), "Select the contacts first.", "warn")
        what = _what(request.query_params.get("what"))
        return await _ask(request, person, session, query, what, picked, Form())

    @post("/", status_code=200)
    async def start(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Begin. The id was made with the page, so that a second press begins nothing new."""
        require(person, RIGHT)
        form = await read_form(request)
        query = read_query(request.query_params)
        what = _what(form["what"])
        picked = form["ids"].split() if form["ids"] != "all" else None
        chosen = await _chosen(session, query, picked)
        try:
            number = await _check_typed(session, form, what, chosen)
            made = await service.start(
                session,
                read_hex(form["token"]),
                chosen,
                what,
                attribute=form["attribute"].strip(),
                value=read_value(form["value"].strip()) if form["value"].strip() else None,
                actor=f"user:{person.user_id.hex}",
                confirmed=number,
            )
        except InvalidError as fault:
            await session.rollback()
            return await _ask(request, person, session, query, what, picked, form, fault)
        return go(f"/contacts/bulk/{made.hex}")

    @get("/{bulk:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        bulk: FromPath[str],
    ) -> Response[Any]:
        """How far it has come, and what was done."""
        action = await service.get(session, read_hex(bulk))
        return await show(
            request,
            person,
            session,
            "contacts/bulk.html",
            block="progress",
            action=action,
            title=title(action.what, action.attribute),
            done=outcome(action.what, action.changed),
            untouched=action.seen - action.changed - action.refused,
            may_bulk=rules.may(person.role, RIGHT),
        )

    @post("/{bulk:str}/cancel", status_code=200)
    async def cancel(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        bulk: FromPath[str],
    ) -> Response[Any]:
        """Stop; what was done stays done."""
        require(person, RIGHT)
        actor = f"user:{person.user_id.hex}"
        stopped = await service.cancel(session, read_hex(bulk), actor=actor)
        words = "Stopped. What was done stays done." if stopped else "It was over already."
        return go(f"/contacts/bulk/{bulk}", words, "success" if stopped else "info")


def _what(text: str | None) -> What:
    try:
        return What(text or "")
    except ValueError:
        raise NotFoundError("There is no such bulk action") from None


async def _chosen(session: TenantSession, query: ListQuery, picked: list[str] | None) -> Chosen:
    """Whom it is about."""
    whole = await contacts.total(session, mode=query.mode)
    asked = query.asked(anywhere=whole.exact)
    if picked is None:
        return Chosen(asked=asked)
    return Chosen(asked=asked, contact_ids=tuple(read_hex(one) for one in picked[:PICKED_MOST]))


async def _check_typed(
    session: TenantSession, form: Form, what: What, chosen: Chosen
) -> int | None:
    """Refuse to erase until the number is typed, also where it is another one by now.

    Gives the number, or None where none is asked for.

    Raises:
        InvalidError: at ``/confirm``.
    """
    if what is not What.ERASE:
        return None
    number = await service.how_many(session, chosen)
    if form["confirm"].replace(",", "").replace(" ", "").strip() == str(number):
        return number
    words = f"Type {number}, the number of contacts that are erased."
    if form["count"] and form["count"] != str(number):
        words = f"There are {number_text(number)} by now, not {form['count']}. {words}"
    raise InvalidError.of("/confirm", "confirm", words)


async def _ask(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    query: ListQuery,
    what: What,
    picked: list[str] | None,
    form: Form,
    fault: InvalidError | None = None,
) -> Response[Any]:
    """The page that says what is about to be done."""
    if of_text(query.filter).error:
        return go(query.href())
    chosen = await _chosen(session, query, picked)
    number = await service.how_many(session, chosen)
    if not number:
        return go(query.href(), "There is nobody among them any more.", "warn")
    return await show(
        request,
        person,
        session,
        "contacts/bulk_ask.html",
        status=422 if fault else 200,
        query=query,
        what=what.value,
        on_attribute=what in ON_ATTRIBUTES,
        heading=heading(what, number),
        consequence=consequence(what, number),
        whom=people(number),
        number=number,
        picked="all" if picked is None else " ".join(one.hex for one in chosen.contact_ids or ()),
        action="/contacts/bulk" + query.href().removeprefix("/contacts"),
        token=form["token"] or ids.new_id().hex,
        known=await contacts.known_attributes(session) if what in ON_ATTRIBUTES else {},
        values=form,
        errors=faults_by_field(fault) if fault else {},
    )
