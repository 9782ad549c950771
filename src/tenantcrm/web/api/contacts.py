"""``/v1/contacts``: make, upsert, find and change contacts."""

from typing import Any

from litestar import Controller, Response, get, patch, post, put
from litestar.params import FromPath

from tenantcrm import ids
from tenantcrm.contacts import service
from tenantcrm.contacts.schemas import ContactInput, NewContact, Upserted
from tenantcrm.web.api.call import AnyCall, Call, QuickCall, read_limit, read_moment
from tenantcrm.web.api.operations import Parameter, operation
from tenantcrm.web.api.pages import AFTER, LIMIT, PageView
from tenantcrm.web.api.views import ContactView

READ, WRITE = "contacts:read", "contacts:write"
EXAMPLE = {
    "name": "Ada Lovelace",
    "external_id": "u_42",
    "attributes": {"language": "en", "plan": "pro", "seats": 3},
    "timezone": "Europe/London",
}


class Contacts(Controller):
    """Contacts of the key's mode."""

    path = "/contacts"
    tags = ("Contacts",)

    @post(
        "/",
        **operation(
            "Create a contact",
            text="Prefer the upsert, which is safe to repeat.",
            scope=WRITE,
            takes=NewContact,
            gives={201: ContactView},
            refuses=("contact_exists",),
            example={"email": "ada@example.com", **EXAMPLE},
        ),
    )
    async def create(self, call: Call) -> Response[Any]:
        """Make a contact; 409 with its id when the address is taken."""
        given = call.read(NewContact)
        row = await service.create(call.session, given, mode=call.mode, hasher=call.hasher)
        view = ContactView.of(row)
        where = {"Location": f"/v1/contacts/{view.id}"}
        return await call.answer(view, status=201, headers=where, about=row.id)

    @put(
        "/by-email/{email:path}",
        **operation(
            "Upsert a contact by its email",
            text="The call to make whenever something about a person changes. What is left out "
            "stays, attributes are merged, null clears. It never resubscribes.",
            scope=WRITE,
            takes=ContactInput,
            gives={200: ContactView, 201: ContactView},
            refuses=("contact_exists",),
            example=EXAMPLE,
        ),
    )
    async def upsert_by_email(self, quick: QuickCall) -> Response[Any]:
        """Make the contact of an address (201), or merge into the one that has it (200)."""
        done = await service.upsert_by_email(
            quick.session,
            quick.tail("/by-email/"),
            quick.read(ContactInput),
            mode=quick.mode,
            hasher=quick.hasher,
        )
        return await _answer(quick, done)

    @put(
        "/by-external-id/{external_id:path}",
        **operation(
            "Upsert a contact by its external id",
            text="Like the upsert by email; `email` is needed for a new contact, and changes the "
            "address of one that is there.",
            scope=WRITE,
            takes=ContactInput,
            gives={200: ContactView, 201: ContactView},
            refuses=("contact_exists",),
            example={"email": "ada@example.com", "attributes": {"plan": "pro"}},
        ),
    )
    async def upsert_by_external_id(self, call: Call) -> Response[Any]:
        """Make the contact of an external id (201), or merge into the one that has it (200)."""
        done = await service.upsert_by_external_id(
            call.session,
            call.tail("/by-external-id/"),
            call.read(ContactInput),
            mode=call.mode,
            hasher=call.hasher,
        )
        return await _answer(call, done)

    @get(
        "/",
        **operation(
            "List contacts",
            text="In the order in which they came; with `updated_after`, in that of their last "
            "change. Follow `next` until it is null.",
            scope=READ,
            gives={200: PageView[ContactView]},
            parameters=(
                Parameter("filter", 'A filter, such as `language = "en" AND seats > 9`.'),
                Parameter(
                    "updated_after",
                    "Only contacts changed after this moment.",
                    {"type": "string", "format": "date-time"},
                ),
                LIMIT,
                AFTER,
            ),
        ),
    )
    async def list(self, call: Call) -> Response[Any]:
        """A page of contacts."""
        given = call.parameters("filter", "updated_after", "limit", "after")
        page = await service.listed(
            call.session,
            mode=call.mode,
            filter_text=given.get("filter", ""),
            updated_after=read_moment(given, "updated_after"),
            after=given.get("after"),
            limit=read_limit(given),
        )
        return await call.answer(PageView([ContactView.of(row) for row in page.rows], page.next))

    @get(
        "/{contact_id:str}",
        **operation("Get a contact", scope=READ, gives={200: ContactView}, refuses=("not_found",)),
    )
    async def get(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """One contact."""
        call.parameters()
        found = await service.get(
            call.session, ids.read_id(ids.CONTACT, contact_id), mode=call.mode
        )
        return await call.answer(ContactView.of(found))

    @patch(
        "/{contact_id:str}",
        **operation(
            "Change a contact",
            text="What is left out stays; null clears a field or an attribute.",
            scope=WRITE,
            takes=ContactInput,
            gives={200: ContactView},
            refuses=("not_found", "contact_exists"),
            example={"name": None, "attributes": {"plan": "free", "trial_ends": None}},
        ),
    )
    async def edit(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """Change what is given."""
        row = await service.edit(
            call.session,
            ids.read_id(ids.CONTACT, contact_id),
            call.read(ContactInput),
            mode=call.mode,
            hasher=call.hasher,
            actor=call.actor,
        )
        return await call.answer(ContactView.of(row), about=row.id)


async def _answer(call: AnyCall[Any], done: Upserted) -> Response[Any]:
    status = 201 if done.created else 200
    return await call.answer(ContactView.of(done.contact), status=status, about=done.contact.id)
