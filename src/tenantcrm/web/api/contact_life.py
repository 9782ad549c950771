"""``/v1/contacts/{id}/…``: leaving, coming back, and what happened."""

from typing import Any

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath
from msgspec import Struct

from tenantcrm import ids
from tenantcrm.campaigns.service import memberships_of
from tenantcrm.contacts import service
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.schemas import Consent
from tenantcrm.delivery.service import contact_activity, erase, withdraw
from tenantcrm.errors import InvalidError
from tenantcrm.web.api.call import ApiCall, Call, read_limit
from tenantcrm.web.api.operations import Parameter, operation
from tenantcrm.web.api.pages import AFTER, LIMIT, PageView
from tenantcrm.web.api.views import ContactView, EnrollmentView, HappeningView

READ, WRITE = "contacts:read", "contacts:write"
SUPPRESS = Parameter(
    "suppress",
    "`true` keeps a keyed hash of the address, so that it is never mailed again.",
    {"type": "boolean", "default": False},
)


class ConsentInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the contact may be mailed again."""

    consent: Consent


class ContactLife(Controller):
    """How contacts leave and come back."""

    path = "/contacts"
    tags = ("Contacts",)

    @delete(
        "/{contact_id:str}",
        status_code=200,
        **operation(
            "Erase a contact",
            text="The contact is gone from everywhere. Whoever had unsubscribed stays so, known "
            "by a keyed hash of the address alone.",
            scope=WRITE,
            gives={204: None},
            refuses=("not_found",),
            parameters=(SUPPRESS,),
        ),
    )
    async def erase(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """Erase a contact."""
        suppress = _suppress(call)
        found = await service.get(
            call.session, ids.read_id(ids.CONTACT, contact_id), mode=call.mode
        )
        await erase(call.session, found.id, suppress=suppress, actor=call.actor)
        await service.audited(call.session, found.id, "erased", actor=call.actor)
        return await call.answer(status=204)

    @delete(
        "/by-email/{email:path}",
        status_code=200,
        **operation(
            "Erase a contact by its email",
            text="The same, for those who know the address.",
            scope=WRITE,
            gives={204: None},
            refuses=("not_found",),
            parameters=(SUPPRESS,),
        ),
    )
    async def erase_by_email(self, call: Call) -> Response[Any]:
        """Erase the contact of an address."""
        suppress = _suppress(call)
        key = normalise(call.tail("/by-email/")).key
        found = await service.get_by_email(call.session, key, mode=call.mode)
        await erase(call.session, found.id, suppress=suppress, actor=call.actor)
        await service.audited(call.session, found.id, "erased", actor=call.actor)
        return await call.answer(status=204)

    @post(
        "/{contact_id:str}/unsubscribe",
        status_code=200,
        **operation(
            "Unsubscribe a contact",
            text="It leaves its campaigns, is never mailed again, and stays as a contact. "
            "Safe to repeat.",
            scope=WRITE,
            gives={200: ContactView},
            refuses=("not_found",),
        ),
    )
    async def unsubscribe(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """Stop every mail to a contact."""
        call.read_nothing()
        row = await withdraw(
            call.session, ids.read_id(ids.CONTACT, contact_id), mode=call.mode, actor=call.actor
        )
        await service.audited(call.session, row.id, "unsubscribed", actor=call.actor)
        return await call.answer(ContactView.of(row), about=row.id)

    @post(
        "/{contact_id:str}/resubscribe",
        status_code=200,
        **operation(
            "Resubscribe a contact",
            text="Only on a new consent, which is kept with the contact's activity.",
            scope=WRITE,
            takes=ConsentInput,
            gives={200: ContactView},
            refuses=("not_found",),
            example={"consent": {"source": "checkout form", "at": "2026-01-31T09:30:00Z"}},
        ),
    )
    async def resubscribe(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """Let a contact be mailed again."""
        given = call.read(ConsentInput)
        row = await service.resubscribe(
            call.session,
            ids.read_id(ids.CONTACT, contact_id),
            given.consent,
            mode=call.mode,
            actor=call.actor,
        )
        await service.audited(call.session, row.id, "resubscribed", actor=call.actor)
        return await call.answer(ContactView.of(row), about=row.id)

    @get(
        "/{contact_id:str}/activity",
        **operation(
            "What happened to a contact",
            text="Mails, campaigns and changes, newest first.",
            scope=READ,
            gives={200: PageView[HappeningView]},
            refuses=("not_found",),
            parameters=(LIMIT, AFTER),
        ),
    )
    async def activity(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """The contact's feed."""
        given = call.parameters("limit", "after")
        limit = read_limit(given)
        found = await service.get(
            call.session, ids.read_id(ids.CONTACT, contact_id), mode=call.mode
        )
        page = await contact_activity(call.session, found.id, after=given.get("after"), limit=limit)
        return await call.answer(PageView([HappeningView.of(r) for r in page.rows], page.next))

    @get(
        "/{contact_id:str}/enrollments",
        **operation(
            "The campaigns of a contact",
            text="Those that it is in and was in, the latest first.",
            scope=READ,
            gives={200: PageView[EnrollmentView]},
            refuses=("not_found",),
            parameters=(LIMIT, AFTER),
        ),
    )
    async def enrollments(self, call: Call, contact_id: FromPath[str]) -> Response[Any]:
        """The contact's enrolments."""
        given = call.parameters("limit", "after")
        limit = read_limit(given)
        found = await service.get(
            call.session, ids.read_id(ids.CONTACT, contact_id), mode=call.mode
        )
        page = await memberships_of(call.session, found.id, after=given.get("after"), limit=limit)
        return await call.answer(PageView([EnrollmentView.of(r) for r in page.rows], page.next))


def _suppress(call: ApiCall) -> bool:
    text = call.parameters("suppress").get("suppress", "false")
    if text not in {"true", "false"}:
        raise InvalidError.of("/suppress", "invalid_choice", "suppress is true or false")
    return text == "true"
