"""The form of a contact: read, and shown again with what was wrong."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactInput, ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.attributes import read_attributes
from tenantcrm.web.dashboard.conflicts import Conflict
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.page import faults_by_field, show

NAMED = 20
"""Attributes that the form reminds of."""


def hasher(request: AnyRequest, person: Person) -> contacts.Hasher:
    """The keyed hash of addresses, under the tenant's salt."""
    keyring = services(request).keyring
    return lambda key: keyring.email_hash(person.tenant.salt, key)


def given(form: Mapping[str, str]) -> ContactInput:
    """What a contact is given by its form; an empty field clears.

    Raises:
        InvalidError: a line of the attributes cannot be read.
    """
    return ContactInput(
        email=form["email"],
        name=form["name"].strip() or None,
        external_id=form["external_id"].strip() or None,
        timezone=form["timezone"].strip() or None,
        attributes=read_attributes(form["attributes"]),
    )


async def form_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    mode: Mode,
    values: dict[str, str],
    fault: TenantCrmError | None = None,
    contact: ContactRow | None = None,
    was: dict[str, str] | None = None,
    clash: Conflict | None = None,
) -> Response[Any]:
    """The page of the form; with ``fault`` or ``clash``, 422, and nothing of it kept.

    ``was``: how the form of a ``contact`` was opened.
    """
    errors = {}
    if isinstance(fault, InvalidError):
        errors = faults_by_field(fault)
    elif fault is not None:
        errors = {str(fault.extra.get("field", "")): fault.detail}
    if fault is not None:
        await session.rollback()
    action = f"/contacts/{contact.id.hex}/edit" if contact else "/contacts/new"
    return await show(
        request,
        person,
        session,
        "contacts/form.html",
        status=422 if fault or clash else 200,
        contact=contact,
        mode=mode.value,
        action=action + ("?mode=test" if mode is Mode.TEST and not contact else ""),
        values=values,
        was=was or {},
        clash=clash,
        errors=errors,
        known=list(await contacts.known_attributes(session))[:NAMED],
    )
