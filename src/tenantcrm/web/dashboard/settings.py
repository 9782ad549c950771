"""The tenant's settings."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm import languages
from tenantcrm.campaigns.service import check_default_sender
from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import tenants
from tenantcrm.web.dashboard.conflicts import Conflict, conflict, opened_in, settled
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import Form, check_all, read_form
from tenantcrm.web.page import faults_by_field, go, show

LABELS = {
    "name": "Business name",
    "timezone": "Time zone",
    "postal_address": "Postal address",
    "sender_name": "Sender's name",
    "sender_email": "Sender's address",
    "language": "Language of recipients",
    "cap_mails": "Mails of the frequency cap",
    "cap_days": "Days of the frequency cap",
}
CAP = ("cap_mails", "cap_days")


class SettingsPages(Controller):
    """What a tenant says of itself."""

    path = "/settings"

    @get("/")
    async def form(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Show the settings."""
        values = _stored(person)
        return await _page(request, person, session, values, was=values)

    @post("/", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Save them; what somebody else has changed since stays, or is asked where both have."""
        require(person, "settings")
        form, stored = await read_form(request), _stored(person)
        opened = opened_in(form, LABELS) or stored
        typed = settled(form, stored, form.values(*LABELS))
        found = conflict(LABELS, opened=opened, stored=stored, typed=typed)
        form = Form(found.values)
        if found.contested:
            return await _page(request, person, session, form, was=stored, clash=found)
        try:
            cap = _check(form)
            sender = normalise(form["sender_email"], pointer="/sender_email").email
            if sender != person.tenant.sender_email:
                check = services(request).senders
                await check_default_sender(session, sender, senders=check)
            await tenants.change_settings(
                session,
                name=form["name"],
                timezone=form["timezone"],
                postal_address=form["postal_address"],
                sender_name=form["sender_name"],
                sender_email=sender,
                cap_mails=cap[0],
                cap_days=cap[1],
                language=form["language"] or None,
                actor=person.actor,
            )
        except InvalidError as fault:
            await session.rollback()
            return await _page(request, person, session, form, fault, was=opened)
        return go("/settings", "Saved.")


def _stored(person: Person) -> dict[str, str]:
    return {name: str(getattr(person.tenant, name) or "") for name in LABELS}


def _check(form: Form) -> tuple[int | None, int | None]:
    """The frequency cap in the form, once all of it is acceptable."""
    # What is not a whole number is out of any range, as 0 is.
    mails, days = ((form.whole(name) or 0) if form[name].strip() else None for name in CAP)
    check_all(
        lambda: rules.check_name(form["name"], what="A business name"),
        lambda: rules.check_timezone(form["timezone"]),
        lambda: rules.check_postal_address(form["postal_address"]),
        lambda: rules.check_name(
            form["sender_name"] or "–", pointer="/sender_name", what="A sender's name"
        ),
        lambda: normalise(form["sender_email"], pointer="/sender_email"),
        lambda: rules.check_language(form["language"] or languages.DEFAULT),
        lambda: rules.check_frequency_cap(mails, days),
    )
    return mails, days


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    values: dict[str, str],
    fault: InvalidError | None = None,
    *,
    was: dict[str, str],
    clash: Conflict | None = None,
) -> Response[Any]:
    return await show(
        request,
        person,
        session,
        "settings/index.html",
        status=422 if fault or clash else 200,
        values=values,
        was=was,
        clash=clash,
        errors=faults_by_field(fault) if fault else {},
        languages=[(code, languages.language(code).name) for code in languages.CODES],
        may_edit=rules.may(person.role, "settings"),
    )
