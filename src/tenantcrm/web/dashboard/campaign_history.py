"""A campaign's history: what was changed, when, what that did, and the way back."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET

from tenantcrm.campaigns import service
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.database import TenantSession
from tenantcrm.errors import ConflictError, EditConflictError, InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.audit import actor_names
from tenantcrm.web.dashboard.campaign_editor import editor_page
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dashboard.deciding import asks_leaving, decision_page, edit_of, seen
from tenantcrm.web.dashboard.history_words import entry_of
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import go

PAGE = 20
NUMBER_MOST = 2**31
CHANGED = "The campaign was changed meanwhile; nothing was restored. This is its history now."


class CampaignHistory(Controller):
    """The tab of versions."""

    path = "/campaigns/{campaign:str}"

    @get("/history")
    async def history(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Versions, the latest first, each with what it changed."""
        row = await service.get(session, read_hex(campaign))
        before = Form(before=request.query_params.get("before", "")).whole("before")
        rows = await service.history(session, row.id, before=before, limit=PAGE)
        older = len(rows) == PAGE and rows[-1].version > 1
        base = f"/campaigns/{row.id.hex}/history"
        actors = [version.actor for version in rows]
        names = await actor_names(services(request).database, session, actors)
        return await campaign_page(
            request,
            person,
            session,
            row.id,
            "campaigns/history.html",
            "history",
            versions=[entry_of(version, row.version, names) for version in rows],
            next_href=f"{base}?" + urlencode({"before": rows[-1].version}) if older else "",
        )

    @post("/versions/{version:str}/restore", status_code=200)
    async def restore(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        version: FromPath[str],
    ) -> Response[Any]:
        """Make the campaign what it was in a version, as a new version."""
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        number = Form(version=version).whole("version")
        if number is None or not 0 < number < NUMBER_MOST:
            raise NotFoundError
        form = await read_form(request)
        try:
            edited = seen(form).get("version", UNSET)
            edit = edit_of(request, person, form)
            await service.restore(
                session, row.id, number, edited=edited, ask_leaving=asks_leaving(form), **edit
            )
        except UndecidedError as fault:
            return await decision_page(
                request,
                person,
                session,
                row,
                fault,
                action=f"/campaigns/{row.id.hex}/versions/{number}/restore",
                hidden={"version": form["version"]},
                title=f"Restore version {number}",
            )
        except InvalidError as fault:
            return await editor_page(
                request,
                person,
                session,
                row.id,
                missing=fault,
                refusal=f"Version {number} cannot be restored",
            )
        except EditConflictError:
            return go(f"/campaigns/{row.id.hex}/history", CHANGED, "danger")
        except ConflictError as fault:
            return go(f"/campaigns/{row.id.hex}/history", fault.detail, "danger")
        return go(f"/campaigns/{row.id.hex}", f"The campaign is as it was in version {number}.")
