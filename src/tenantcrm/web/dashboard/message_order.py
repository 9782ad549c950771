"""The line of days: move a message, copy it, take it away. Where it is written is elsewhere."""

from typing import Any

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.schemas import CampaignView, MessageView
from tenantcrm.database import TenantSession
from tenantcrm.errors import EditConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_editor import editor_page
from tenantcrm.web.dashboard.deciding import decision_page, edit_of, seen
from tenantcrm.web.dashboard.editor.page import found_message
from tenantcrm.web.dashboard.timeline import day_text
from tenantcrm.web.dependencies import AnyRequest, require
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import go, wants_part

CHANGED = "The messages were changed meanwhile; nothing was moved. This is how they are now."
KEPT = "The campaign was changed meanwhile; nothing was removed. This is how it is now."


class MessageOrder(Controller):
    """The buttons beside a campaign's messages."""

    path = "/campaigns/{campaign:str}/messages/{message:str}"

    @post("/move", status_code=200)
    async def move(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Swap days with the neighbour. htmx gets the line of days, and what to read out."""
        require(person, "campaigns.edit")
        row, found = await found_message(session, read_hex(campaign), read_hex(message))
        form = await read_form(request)
        up = form["direction"] == "up"
        direction = service.Direction.UP if up else service.Direction.DOWN
        try:
            after = await service.move_message(
                session, row.id, found.id, direction, **_edit(request, person, form)
            )
        except UndecidedError as fault:
            return await decision_page(
                request,
                person,
                session,
                row,
                fault,
                action=f"/campaigns/{row.id.hex}/messages/{found.id.hex}/move",
                hidden={"direction": form["direction"], "version": form["version"]},
                title="Swap days",
            )
        except EditConflictError:
            await session.rollback()
            return await _answer(request, person, session, row, CHANGED, "info")
        except InvalidError as fault:
            return await editor_page(request, person, session, row.id, missing=fault)
        button = f"{'up' if up else 'down'}-{found.id.hex}"
        return await _answer(request, person, session, row, moved_words(after, found), place=button)

    @post("/duplicate", status_code=200)
    async def duplicate(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Copy a message to the next day that is free behind it."""
        require(person, "campaigns.edit")
        row, found = await found_message(session, read_hex(campaign), read_hex(message))
        form = await read_form(request)
        try:
            made = await service.duplicate_message(
                session, row.id, found.id, **_edit(request, person, form)
            )
        except UndecidedError as fault:
            return await decision_page(
                request,
                person,
                session,
                row,
                fault,
                action=f"/campaigns/{row.id.hex}/messages/{found.id.hex}/duplicate",
                hidden={"version": form["version"]},
                title="Duplicate message",
            )
        except EditConflictError:
            await session.rollback()
            return await _answer(request, person, session, row, CHANGED, "info")
        except InvalidError as fault:
            return await editor_page(
                request,
                person,
                session,
                row.id,
                missing=fault,
                refusal="The message cannot be duplicated",
            )
        text = f"A copy of “{found.subject}” is on day {day_text(made.send_day)}."
        return await _answer(request, person, session, row, text, place=f"message-{made.id.hex}")

    @post("/delete", status_code=200)
    async def remove(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Remove a message; what was sent of it stays in the ledger."""
        require(person, "campaigns.edit")
        row, found = await found_message(session, read_hex(campaign), read_hex(message))
        form = await read_form(request)
        try:
            await service.remove_message(session, row.id, found.id, **_edit(request, person, form))
        except UndecidedError as fault:
            return await decision_page(
                request,
                person,
                session,
                row,
                fault,
                action=f"/campaigns/{row.id.hex}/messages/{found.id.hex}/delete",
                hidden={"version": form["version"]},
                title="Remove message",
            )
        except EditConflictError:
            return go(f"/campaigns/{row.id.hex}", KEPT, "info")
        except InvalidError as fault:
            return await editor_page(
                request,
                person,
                session,
                row.id,
                missing=fault,
                refusal="The message cannot be removed from an active campaign",
            )
        return go(f"/campaigns/{row.id.hex}", f"“{found.subject}” is removed.")


def moved_words(campaign: CampaignView, moved: MessageView) -> str:
    """Where a message is now, to be shown and read out."""
    ids = [message.id for message in campaign.messages]
    place = ids.index(moved.id)
    day = campaign.messages[place].send_day
    return (
        f"“{moved.subject}” is on day {day_text(day)} now, "
        f"{'first' if place == 0 else f'number {place + 1}'} of {len(ids)}."
    )


def _edit(request: AnyRequest, person: Person, form: Form) -> dict[str, Any]:
    """How the line is edited: as it was seen, so that a click that comes twice does one thing."""
    return edit_of(request, person, form) | seen(form)


async def _answer(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    row: CampaignView,
    text: str,
    level: Any = "success",
    place: str = "",
) -> Response[Any]:
    """The line of days for htmx; else the page, at the place where one was."""
    if wants_part(request):
        return await editor_page(request, person, session, row.id, said=text)
    path = f"/campaigns/{row.id.hex}"
    return go(f"{path}#{place}" if place else path, text, level)
