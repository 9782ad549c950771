"""``/v1/campaigns``: make, read, change, activate, pause and delete campaigns."""

from typing import Any, Final

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.params import FromPath

from tenantcrm import ids
from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import Activation, CampaignChanges, NewCampaign, WholeCampaign
from tenantcrm.campaigns.states import CampaignState, Enroll
from tenantcrm.delivery.service import delete_campaign
from tenantcrm.web.api.call import ApiCall, Call, read_limit
from tenantcrm.web.api.campaign_views import CampaignShown
from tenantcrm.web.api.choices import choice, read_choice
from tenantcrm.web.api.modes import live_only
from tenantcrm.web.api.operations import operation
from tenantcrm.web.api.pages import AFTER, LIMIT, PageView
from tenantcrm.web.dependencies import services

READ, WRITE = "campaigns:read", "campaigns:write"
LARGEST_BODY: Final = 8_000_000
"""Bytes. Templates are large: a body of the usual size holds few of them."""
STATES = (CampaignState.DRAFT, CampaignState.ACTIVE, CampaignState.PAUSED)
SETTINGS = {
    "name": "Welcome mail English",
    "contact_filter": "language=en",
    "active": True,
    "preferred_send_time": "10:00",
    "timezone": "Europe/London",
    "sender": {"name": "Vinr", "email": "hi@example.com"},
}
MESSAGE = {
    "subject": "Welcome {{ contact.name | default: 'there' }}",
    "send_day": 0,
    "html_template": "<html><body><p>Good to have you.</p></body></html>",
}
EXAMPLE = SETTINGS | {"messages": [MESSAGE]}


class Campaigns(Controller):
    """Campaigns of the tenant. They have no mode; test contacts are never enrolled."""

    path = "/campaigns"
    tags = ("Campaigns",)

    @post(
        "/",
        request_max_body_size=LARGEST_BODY,
        **operation(
            "Create a campaign",
            text="A draft, unless `active` is true. `timezone` left out is the tenant's, `sender` "
            "left out its default sender.",
            scope=WRITE,
            takes=NewCampaign,
            gives={201: CampaignShown},
            refuses=("test_key",),
            example=EXAMPLE,
        ),
    )
    async def create(self, call: Call) -> Response[Any]:
        """Make a campaign; with ``active``, everything that it lacks is named at once."""
        given = call.read(NewCampaign)
        if given.active is True:
            live_only(call)
        made = await service.create(call.session, given, **edit_of(call))
        view = CampaignShown.of(made)
        return await call.answer(view, status=201, headers={"Location": f"/v1/campaigns/{view.id}"})

    @get(
        "/",
        **operation(
            "List campaigns",
            text="Newest first. Their messages come without `html_template`.",
            scope=READ,
            gives={200: PageView[CampaignShown]},
            parameters=(choice("state", "Only campaigns in this state.", STATES), LIMIT, AFTER),
        ),
    )
    async def list(self, call: Call) -> Response[Any]:
        """A page of campaigns."""
        given = call.parameters("state", "limit", "after")
        page = await service.listed(
            call.session,
            limit=read_limit(given),
            after=given.get("after"),
            state=read_choice(given, "state", STATES),
        )
        rows = [CampaignShown.of(row, templates=False) for row in page.rows]
        return await call.answer(PageView(rows, page.next))

    @get(
        "/{campaign_id:str}",
        **operation(
            "Get a campaign", scope=READ, gives={200: CampaignShown}, refuses=("not_found",)
        ),
    )
    async def get(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """One campaign with its messages."""
        call.parameters()
        found = await service.get(call.session, ids.read_id(ids.CAMPAIGN, campaign_id))
        return await call.answer(CampaignShown.of(found))

    @put(
        "/{campaign_id:str}",
        request_max_body_size=LARGEST_BODY,
        **operation(
            "Replace a campaign",
            text="What is left out takes its default, but for `active`. Messages are matched by "
            "`id`, else by `send_day`; those left out are removed. With `version`, the one that "
            "you read, a save in between is a conflict and not lost.",
            scope=WRITE,
            takes=WholeCampaign,
            gives={200: CampaignShown},
            refuses=("not_found", "edit_conflict", "undecided", "test_key"),
            example=EXAMPLE,
        ),
    )
    async def replace(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Make a campaign what is given."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read(WholeCampaign)
        if given.active is True:
            live_only(call)
        row = await service.replace(call.session, key, given, **edit_of(call))
        return await call.answer(CampaignShown.of(row))

    @patch(
        "/{campaign_id:str}",
        request_max_body_size=LARGEST_BODY,
        **operation(
            "Change a campaign",
            text="What is left out stays; `sender` null is the default sender; `messages` "
            "replaces them all, as PUT does. `active` activates or pauses.",
            scope=WRITE,
            takes=CampaignChanges,
            gives={200: CampaignShown},
            refuses=("not_found", "edit_conflict", "undecided", "test_key"),
            example={"preferred_send_time": "09:30", "version": 3},
        ),
    )
    async def change(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Change what is given."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read(CampaignChanges)
        if given.active is True:
            live_only(call)
        row = await service.change(call.session, key, given, **edit_of(call))
        return await call.answer(CampaignShown.of(row))

    @delete(
        "/{campaign_id:str}",
        status_code=200,
        **operation(
            "Delete a campaign",
            text="What waits of it is not sent any more; what was sent stays in the ledger.",
            scope=WRITE,
            gives={204: None},
            refuses=("not_found",),
        ),
    )
    async def delete(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Delete a campaign."""
        key = ids.read_id(ids.CAMPAIGN, campaign_id)
        await delete_campaign(call.session, key, actor=call.actor)
        return await call.answer(status=204)

    @post(
        "/{campaign_id:str}/activate",
        status_code=200,
        **operation(
            "Activate a campaign",
            text="Needs a verified sender, the tenant's postal address, a filter and templates "
            "that can be read, and a message; 422 names each thing that is missing. An active "
            "campaign stays as it is. `enroll` `new` leaves out whoever matches by now: it is for "
            "those who come to match from now on.",
            scope=WRITE,
            action="campaigns.activate",
            takes=Activation,
            gives={200: CampaignShown},
            refuses=("not_found", "test_key"),
            example={"enroll": "all"},
        ),
    )
    async def activate(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Start a campaign, or start it again."""
        key = ids.read_id(ids.CAMPAIGN, campaign_id)
        given = call.read_optional(Activation)
        live_only(call)
        new_only = given.enroll is Enroll.NEW
        row = await service.activate(call.session, key, new_only=new_only, **edit_of(call))
        return await call.answer(CampaignShown.of(row))

    @post(
        "/{campaign_id:str}/pause",
        status_code=200,
        **operation(
            "Pause a campaign",
            text="Nothing of it is enrolled or sent until it is activated again; what is due "
            "meanwhile follows then, within the limit of lateness.",
            scope=WRITE,
            action="campaigns.activate",
            gives={200: CampaignShown},
            refuses=("not_found", "not_active"),
        ),
    )
    async def pause(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Stop a campaign until it is activated again."""
        key = ids.read_id(ids.CAMPAIGN, campaign_id)
        call.read_nothing()
        row = await service.pause(call.session, key, actor=call.actor)
        return await call.answer(CampaignShown.of(row))


def edit_of(call: ApiCall) -> dict[str, Any]:
    """Who edits, and who knows the senders."""
    return {"senders": services(call.request).senders, "actor": call.actor}
