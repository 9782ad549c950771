"""``/v1/campaigns/{id}/simulate`` and ``…/contacts/{id}``: which mails come, when, and why."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from tenantcrm import clock, ids
from tenantcrm.campaigns.calendar import FutureMail
from tenantcrm.campaigns.service.forecasting import forecast_days
from tenantcrm.campaigns.words import shift_words
from tenantcrm.contacts.rules import check_contact
from tenantcrm.delivery.outlook import DraftMessage, invented
from tenantcrm.delivery.service.outlook import Outlook, of_contact, of_invented
from tenantcrm.delivery.service.telling import told
from tenantcrm.errors import InvalidError
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import MissingScopeError
from tenantcrm.web.api.call import ApiCall, Call
from tenantcrm.web.api.campaigns import LARGEST_BODY, READ
from tenantcrm.web.api.operations import operation
from tenantcrm.web.api.outlook_views import (
    ForecastDayShown,
    FutureMailShown,
    MessageWhyShown,
    ShiftShown,
    SimulateInput,
    SimulationShown,
    StandingShown,
    WhyShown,
)

READ_CONTACTS = "contacts:read"


class CampaignOutlook(Controller):
    """What is to come."""

    path = "/campaigns/{campaign_id:str}"
    tags = ("Campaigns",)

    @post(
        "/simulate",
        status_code=200,
        request_max_body_size=LARGEST_BODY,
        **operation(
            "Simulate a campaign",
            text="Every mail that a contact will get, with its local time and the reason for each "
            "shift; without a contact, the sends of each of the next 30 days, as estimates "
            "(approximate) where there are too many contacts to look at each. A campaign that is "
            "not active is looked at as if it were activated now. Nothing is sent or saved. A "
            "contact also needs the scope contacts:read.",
            scope=READ,
            takes=SimulateInput,
            gives={200: SimulationShown},
            refuses=("not_found",),
            example={"contact": {"timezone": "Asia/Tokyo", "attributes": {"language": "en"}}},
            optional_body=True,
        ),
    )
    async def simulate(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Say what would happen."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read_optional(SimulateInput)
        if given.contact_id is not None and given.contact is not None:
            raise InvalidError.of("/contact", "not_both", "Give contact_id or contact, not both")
        if given.contact_id is not None:
            _check_scope(call)
            contact_id = ids.read_id(ids.CONTACT, given.contact_id)
            found = await of_contact(
                call.session, key, contact_id, mode=call.mode, changes=given.campaign
            )
            return await call.answer(_simulated(found), people=[contact_id])
        if given.contact is not None:
            found = await of_invented(
                call.session,
                key,
                invented(check_contact(given.contact), now=clock.now()),
                changes=given.campaign,
            )
            return await call.answer(_simulated(found))
        forecast = await forecast_days(call.session, key, changes=given.campaign)
        quota = call.tenant.daily_cap
        view = SimulationShown(
            people=forecast.people,
            newcomers=forecast.newcomers,
            days=[
                ForecastDayShown(date=day.date, sends=day.sends, quota=quota)
                for day in forecast.days
            ],
            approximate=not forecast.exact,
        )
        return await call.answer(view)

    @get(
        "/contacts/{contact_id:str}",
        **operation(
            "Why, or why not",
            text="Where a contact stands in a campaign, and of each message whether it was sent, "
            "when it will be, or why not. Also needs the scope contacts:read.",
            scope=READ,
            gives={200: StandingShown},
            refuses=("not_found",),
        ),
    )
    async def standing(
        self, call: Call, campaign_id: FromPath[str], contact_id: FromPath[str]
    ) -> Response[Any]:
        """Say why."""
        call.parameters()
        _check_scope(call)
        key, contact = ids.read_id(ids.CAMPAIGN, campaign_id), ids.read_id(ids.CONTACT, contact_id)
        found = await of_contact(call.session, key, contact, mode=call.mode)
        view = StandingShown(
            contact_id=contact_id,
            campaign_id=campaign_id,
            state=None if found.entered is None else found.entered.state,
            enrolled_on=None if found.entered is None else found.entered.enrolled_on,
            why=WhyShown.of(found.why),
            messages=[
                MessageWhyShown(
                    message_id=ids.show_id(ids.MESSAGE, one.message.id),
                    key=one.message.key,
                    subject=one.message.subject,
                    send_day=one.message.send_day,
                    state=one.state,
                    why=WhyShown.of(one.why),
                    at=one.at,
                )
                for one in await told(call.session, found, now=clock.now())
            ],
        )
        return await call.answer(view)


def _check_scope(call: ApiCall) -> None:
    if not rules.key_may(call.key.scopes, "contacts.read"):
        raise MissingScopeError(READ_CONTACTS)


def _simulated(found: Outlook) -> SimulationShown:
    messages = {message.id: message for message in found.messages}
    return SimulationShown(
        eligible=found.eligible,
        why=WhyShown.of(found.why),
        mails=[_mail(mail, messages[mail.message_id]) for mail in found.mails],
    )


def _mail(mail: FutureMail, message: DraftMessage) -> FutureMailShown:
    return FutureMailShown(
        message_id=ids.show_id(ids.MESSAGE, message.id),
        key=message.key,
        subject=message.subject,
        send_day=message.send_day,
        at=mail.at,
        local=mail.local.isoformat(),
        timezone=mail.zone,
        wanted_on=mail.wanted,
        shifts=[ShiftShown(shift.value, shift_words(shift)) for shift in mail.shifts],
    )
