"""The campaign's editor: whom, when, and the line of days, on one page."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm import clock
from tenantcrm.campaigns import service
from tenantcrm.campaigns.calendar_fields import WEEKDAYS
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.database import TenantSession
from tenantcrm.errors import EditConflictError, InvalidError, TenantCrmError
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_form import (
    LABELS,
    NEW,
    form_faults,
    kept_values,
    stored_values,
)
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dashboard.campaign_words import now_words, open_parts
from tenantcrm.web.dashboard.conflicts import conflict
from tenantcrm.web.dashboard.contact_filter import filter_builder
from tenantcrm.web.dashboard.deciding import question
from tenantcrm.web.dashboard.timeline import example_day0, example_words, steps, timetable_of
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.filter_form import FilterForm, of_text
from tenantcrm.web.page import show

ALL = ("who", "when", "sender")


async def editor_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    fault: TenantCrmError | None = None,
    missing: InvalidError | None = None,
    refusal: str = "",
    opened: tuple[str, ...] = (),
    builder: FilterForm | None = None,
    said: str = "",
) -> Response[Any]:
    """The editor; with ``fault``, 422, what was typed into the settings, and nothing of it kept.

    Args:
        request: asked for it.
        person: whose page it is.
        session: of the tenant.
        campaign_id: the campaign.
        typed: the settings as they were typed; None: as they are stored.
        fault: why the settings were refused.
        missing: why something else was refused: what is missing, each with its place.
        refusal: the same in a line.
        opened: parts of the settings that stand open.
        builder: the filter as it was typed; None: as its text is.
        said: what has just happened to the line of days, to be read out.
    """
    if fault is not None or missing is not None:
        await session.rollback()
    row = await service.get(session, campaign_id)
    stored, values = stored_values(row), dict(typed or stored_values(row))
    clash = None
    if isinstance(fault, EditConflictError):
        version = int(values["version"]) if values["version"].isdigit() else 0
        was = await service.kept(session, row.id, version)
        before = None if was is None else kept_values(was.fields)
        clash = conflict(LABELS, opened=before, stored=stored, typed=values)
        values = clash.values | {"version": stored["version"]}
        opened = ALL
    return await campaign_page(
        request,
        person,
        session,
        row,
        "campaigns/campaign.html",
        "messages",
        missing,
        refusal=refusal,
        block="timeline",
        status=422 if fault else None,
        **await form_context(session, person, values, fault, opened=opened, builder=builder),
        **await line_context(row),
        clash=clash,
        unsaved=typed is not None,
        question=question(fault, row),
        said=said,
        saved_at=row.updated_at,
    )


async def new_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    typed: Mapping[str, str] | None = None,
    fault: TenantCrmError | None = None,
    *,
    builder: FilterForm | None = None,
) -> Response[Any]:
    """The form of a new campaign; with ``fault``, 422 and what was typed."""
    if fault is not None:
        await session.rollback()
    values = dict(typed or NEW | {"timezone": person.tenant.timezone})
    return await show(
        request,
        person,
        session,
        "campaigns/new.html",
        status=422 if fault else 200,
        **await form_context(
            session, person, values, fault, opened=("who", "when"), builder=builder
        ),
        campaign=None,
        clash=None,
        question=None,
        unsaved=typed is not None,
    )


async def form_context(
    session: TenantSession,
    person: Person,
    values: dict[str, str],
    fault: TenantCrmError | None,
    *,
    opened: tuple[str, ...],
    builder: FilterForm | None,
) -> dict[str, Any]:
    """What ``campaigns/settings_form.html`` needs."""
    errors = form_faults(fault)
    if builder is None or builder.text != values["contact_filter"]:
        builder = of_text(values["contact_filter"], "contact_filter")
    sender = {"name": person.tenant.sender_name, "email": person.tenant.sender_email}
    return {
        "values": values,
        "errors": errors,
        "now_words": now_words(values, sender),
        "open_parts": open_parts(errors, also=opened),
        "weekdays": WEEKDAYS,
        "default_sender": sender,
        "builder": await filter_builder(session, builder, count=False),
    }


async def line_context(row: CampaignView) -> dict[str, Any]:
    """What ``campaigns/timeline.html`` needs, but for the counts, which the frame has."""
    now = clock.now()
    timetable = timetable_of(row)
    # What is active was ready when it began, and no edit may take that away.
    active = row.state == CampaignState.ACTIVE
    faults = {} if active else await service.message_faults(row)
    day0 = example_day0(timetable, [message.send_day for message in row.messages], now)
    return {"line": steps(row, faults, now), "example": example_words(timetable, day0)}
