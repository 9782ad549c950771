"""``/v1/campaigns/{id}/…``: try a message out, and see who is in it and what happened."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from tenantcrm import ids
from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.addresses import normalise
from tenantcrm.delivery.service import (
    campaign_activity,
    get_delivery,
    list_deliveries,
    queue_test_mail,
)
from tenantcrm.delivery.states import State
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import MissingScopeError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import audit
from tenantcrm.web.api.call import ApiCall, Call, read_limit
from tenantcrm.web.api.campaign_views import (
    DeliveryShown,
    ParticipantShown,
    SenderShown,
)
from tenantcrm.web.api.campaigns import LARGEST_BODY, READ, WRITE
from tenantcrm.web.api.choices import choice, read_choice
from tenantcrm.web.api.modes import live_only
from tenantcrm.web.api.operations import operation
from tenantcrm.web.api.pages import AFTER, LIMIT, PageView
from tenantcrm.web.api.views import HappeningView
from tenantcrm.web.dependencies import services
from tenantcrm.web.links import sample_link

READ_CONTACTS = "contacts:read"


class PreviewInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to show. Without ``message_id`` and ``message`` the first message; without
    ``contact_id`` an invented contact.
    """

    message_id: str | None = None
    message: MessageInput | None = None
    contact_id: str | None = None


class PreviewShown(Struct, frozen=True, kw_only=True):
    """A mail as it would arrive. Its link unsubscribes nobody."""

    subject: str
    html: str
    text: str
    sender: SenderShown
    contact_id: str | None


class TestInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A test mail to yourself, as the contact would get it."""

    to: str
    message_id: str
    contact_id: str | None = None


class CampaignLife(Controller):
    """What goes on in a campaign."""

    path = "/campaigns/{campaign_id:str}"
    tags = ("Campaigns",)

    @post(
        "/preview",
        status_code=200,
        request_max_body_size=LARGEST_BODY,
        **operation(
            "Preview a message",
            text="As a chosen contact would get it, which also needs the scope contacts:read. "
            "`message` shows one that is not saved. Nothing is sent.",
            scope=READ,
            takes=PreviewInput,
            gives={200: PreviewShown},
            refuses=("not_found",),
            example={"message_id": "msg_…", "contact_id": "con_…"},
            optional_body=True,
        ),
    )
    async def preview(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Render a message."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read_optional(PreviewInput)
        contact = _contact(call, given.contact_id)
        shown = await service.preview(
            call.session,
            key,
            mode=call.mode,
            unsubscribe_url=sample_link(services(call.request), call.tenant),
            message_id=ids.read_id(ids.MESSAGE, given.message_id) if given.message_id else None,
            draft=given.message,
            contact_id=contact,
        )
        view = PreviewShown(
            subject=shown.subject,
            html=shown.html,
            text=shown.text,
            sender=SenderShown(shown.sender_name, shown.sender_email),
            contact_id=given.contact_id,
        )
        return await call.answer(view, people=[contact] if contact else [])

    @post(
        "/test-send",
        status_code=202,
        **operation(
            "Send a test mail",
            text="One message to an address of yours, as the contact would get it.",
            scope=WRITE,
            takes=TestInput,
            gives={202: DeliveryShown},
            refuses=("not_found", "no_sender", "test_key"),
            example={"to": "you@example.com", "message_id": "msg_…"},
        ),
    )
    async def test_send(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Queue a test mail; the answer is its entry in the ledger."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read(TestInput)
        live_only(call)
        recipient = normalise(given.to, pointer="/to").email
        message_id = ids.read_id(ids.MESSAGE, given.message_id)
        campaign = await service.get(call.session, key)
        if message_id not in {message.id for message in campaign.messages}:
            raise NotFoundError("The campaign has no such message")
        delivery_id = await queue_test_mail(
            call.session,
            message_id=message_id,
            recipient=recipient,
            actor=call.actor,
            contact_id=_contact(call, given.contact_id),
            mode=call.mode,
        )
        await audit.record(
            call.session,
            actor=call.actor,
            action="tested",
            subject="message",
            subject_id=message_id,
        )
        view = DeliveryShown.of(await get_delivery(call.session, delivery_id))
        return await call.answer(
            view, status=202, headers={"Location": f"/v1/deliveries/{view.id}"}
        )

    @get(
        "/contacts",
        **operation(
            "List the contacts in a campaign",
            text="Last enrolled first. A test key sees none: only live contacts are enrolled.",
            scope=READ,
            gives={200: PageView[ParticipantShown]},
            refuses=("not_found",),
            parameters=(
                choice("state", "Only contacts that stand there.", tuple(EnrollmentState)),
                LIMIT,
                AFTER,
            ),
        ),
    )
    async def contacts(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Who is in the campaign."""
        given = call.parameters("state", "limit", "after")
        page = await service.participants(
            call.session,
            ids.read_id(ids.CAMPAIGN, campaign_id),
            limit=read_limit(given),
            after=given.get("after"),
            state=read_choice(given, "state", tuple(EnrollmentState)),
        )
        if call.mode is not Mode.LIVE:
            return await call.answer(PageView[ParticipantShown]([], None))
        return await call.answer(
            PageView([ParticipantShown.of(row) for row in page.rows], page.next)
        )

    @get(
        "/activities",
        **operation(
            "What happened in a campaign",
            text="Enrolments, mails, edits and exits, newest first.",
            scope=READ,
            gives={200: PageView[HappeningView]},
            refuses=("not_found",),
            parameters=(LIMIT, AFTER),
        ),
    )
    async def activities(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """The campaign's feed."""
        given = call.parameters("limit", "after")
        key = ids.read_id(ids.CAMPAIGN, campaign_id)
        await service.check_known(call.session, key)
        page = await campaign_activity(
            call.session, key, after=given.get("after"), limit=read_limit(given)
        )
        return await call.answer(PageView([HappeningView.of(row) for row in page.rows], page.next))

    @get(
        "/deliveries",
        **operation(
            "List the mails of a campaign",
            text="The ledger, newest first.",
            scope=READ,
            gives={200: PageView[DeliveryShown]},
            refuses=("not_found",),
            parameters=(choice("state", "Only mails in this state.", tuple(State)), LIMIT, AFTER),
        ),
    )
    async def deliveries(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """The campaign's part of the ledger."""
        given = call.parameters("state", "limit", "after")
        key = ids.read_id(ids.CAMPAIGN, campaign_id)
        await service.check_known(call.session, key)
        page = await list_deliveries(
            call.session,
            campaign_id=key,
            state=read_choice(given, "state", tuple(State)),
            after=given.get("after"),
            limit=read_limit(given),
        )
        return await call.answer(PageView([DeliveryShown.of(row) for row in page.rows], page.next))


def _contact(call: ApiCall, contact_id: str | None) -> Any:
    """The contact as whom a message is shown: whoever reads mails about contacts reads contacts.

    Raises:
        MissingScopeError: the key may not read contacts.
    """
    if contact_id is None:
        return None
    if not rules.key_may(call.key.scopes, "contacts.read"):
        raise MissingScopeError(READ_CONTACTS)
    return ids.read_id(ids.CONTACT, contact_id)
