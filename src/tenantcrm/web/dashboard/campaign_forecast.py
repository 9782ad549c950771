"""What a campaign will do: the next 30 days, and every mail of one contact, real or invented."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm import clock
from tenantcrm.campaigns import service
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.rules import check_contact
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.database import TenantSession
from tenantcrm.delivery.outlook import invented
from tenantcrm.delivery.service.outlook import Outlook, of_contact, of_invented
from tenantcrm.delivery.service.telling import told
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.attributes import read_attributes
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dashboard.outlook_words import day_bars, forecast_lead, mail_row, told_row
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.page import faults_by_field, show

FIELDS = ("email", "timezone", "attributes")


class CampaignForecast(Controller):
    """The tab of what is to come, and the page of one contact in a campaign."""

    path = "/campaigns/{campaign:str}"

    @get("/forecast")
    async def forecast(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """The mails of each of the next days; with a contact in the address, its mails."""
        row = await service.get(session, read_hex(campaign))
        query = request.query_params
        values = {name: query.get(name, "").replace("\x00", "")[:4000] for name in FIELDS}
        errors: dict[str, str] = {}
        found: Outlook | None = None
        if "try" in query:
            try:
                found = await _outlook(session, row.id, values)
            except InvalidError as fault:
                errors = faults_by_field(fault)
            except NotFoundError:
                errors = {"email": "There is no such contact; leave it empty to invent one"}
        forecast = await service.forecast_days(session, row.id)
        return await campaign_page(
            request,
            person,
            session,
            row.id,
            "campaigns/forecast.html",
            "forecast",
            zone=row.timezone,
            lead=forecast_lead(forecast, active=row.state == CampaignState.ACTIVE),
            days=day_bars(forecast),
            cap=person.tenant.daily_cap,
            values=values,
            errors=errors,
            found=None if found is None else _shown(found),
        )

    @get("/people/{contact:str}")
    async def standing(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        contact: FromPath[str],
    ) -> Response[Any]:
        """Why a contact gets, or does not get, each message."""
        key = read_hex(contact)
        row = await contacts.get(session, key, mode=None)
        found = await of_contact(session, read_hex(campaign), key, mode=None)
        return await show(
            request,
            person,
            session,
            "campaigns/standing.html",
            contact=row,
            found=found,
            state="" if found.entered is None else found.entered.state,
            messages=[told_row(one) for one in await told(session, found, now=clock.now())],
        )


async def _outlook(session: TenantSession, campaign_id: UUID, values: dict[str, str]) -> Outlook:
    """The outlook of the contact with the address, or of an invented one.

    Raises:
        InvalidError: a field cannot be read.
        NotFoundError: nobody has the address.
    """
    if values["email"].strip():
        key = normalise(values["email"].strip()).key
        row = await contacts.get_by_email(session, key, mode=Mode.LIVE)
        return await of_contact(session, campaign_id, row.id)
    given = ContactInput(
        timezone=values["timezone"].strip() or None,
        attributes=read_attributes(values["attributes"]),
    )
    somebody = invented(check_contact(given), now=clock.now())
    return await of_invented(session, campaign_id, somebody)


def _shown(found: Outlook) -> dict[str, Any]:
    messages = {message.id: message for message in found.messages}
    return {
        "eligible": found.eligible,
        "why": found.why.message,
        "halted": found.halted.message if found.halted is not None and found.mails else "",
        "mails": [mail_row(mail, messages) for mail in found.mails],
    }
