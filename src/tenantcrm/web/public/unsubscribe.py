"""Leave by link: a confirmation that changes nothing, and one POST that does (RFC 8058).

No session, no script, no CSRF token: the signed token in the address says who leaves what. A link
that is not ours is the same 404, whatever is wrong with it. What a recipient may choose besides
(one campaign less, a pause, and each way back) is posted beside it.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, head, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import FromPath

from tenantcrm.database import TenantSession
from tenantcrm.delivery import service as delivery
from tenantcrm.sealing import Seal
from tenantcrm.tenants.models import Mode
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.public.recipients import Link, page, read, stands

ONE_CLICK = "One-Click"


class Unsubscribe(Controller):
    """The pages behind every mail's link."""

    path = "/u"

    @get("/{token:str}")
    async def ask(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Show what one click would do. Scanners open links: opening changes nothing."""
        link = await read(services, token)
        return page(request, link, "done" if link.standing.can_undo else "ask")

    @head("/{token:str}")
    async def peek(self, services: NamedDependency[Services], token: FromPath[str]) -> None:
        """Answer scanners and previews as GET does, without the page."""
        await read(services, token)

    @post("/{token:str}", status_code=200)
    async def leave(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Unsubscribe; a second time is as good as the first."""
        link = await read(services, token)
        one_click = (await _sent(request)).get("List-Unsubscribe") == ONE_CLICK
        if not link.sample:
            async with services.database.unit_of_work(link.tenant.id) as session:
                await delivery.unsubscribe(
                    session,
                    contact_id=link.claim.contact_id,
                    email_hash=link.claim.email_hash,
                    mode=Mode.LIVE,
                    campaign_id=link.campaign_id,
                    source="one_click" if one_click else "page",
                    seal=_seal(services, link),
                )
        if one_click:
            return Response("unsubscribed\n", media_type="text/plain", status_code=200)
        # The address is shown once more, by what was known before: afterwards nothing is.
        return page(request, await stands(services, link, address=link.standing.address), "done")

    @get("/{token:str}/preferences")
    async def preferences(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Show how the recipient stands, and what may be chosen. Changes nothing."""
        return page(request, await read(services, token), "preferences")

    @head("/{token:str}/preferences")
    async def peek_at_preferences(
        self, services: NamedDependency[Services], token: FromPath[str]
    ) -> None:
        """As GET, without the page."""
        await read(services, token)

    @post("/{token:str}/preferences", status_code=200)
    async def choose(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Do what was chosen; a second time is as good as the first. Anything else does nothing."""
        link = await read(services, token)
        choice = (await _sent(request)).get("choice", "")
        if choice not in CHOICES:
            return page(request, link, "preferences")
        act, view = CHOICES[choice]
        done = True
        if not link.sample:
            async with services.database.unit_of_work(link.tenant.id) as session:
                done = await act(session, services, link)
            link = await stands(services, link, address=link.standing.address)
        if choice == "undo" and not done and not link.standing.gets_mail:
            view = "too_late"
        return page(request, link, view)


async def _undo(session: TenantSession, services: Services, link: Link) -> bool:
    return await delivery.undo(
        session, _seal(services, link), email_hash=link.claim.email_hash, mode=Mode.LIVE
    )


async def _leave(session: TenantSession, _services: Services, link: Link) -> bool:
    if link.campaign_id is None:
        return False
    return await delivery.leave_campaign(session, link.claim.contact_id, link.campaign_id)


async def _return(session: TenantSession, _services: Services, link: Link) -> bool:
    if link.campaign_id is None:
        return False
    return await delivery.return_to_campaign(session, link.claim.contact_id, link.campaign_id)


async def _pause(session: TenantSession, _services: Services, link: Link) -> bool:
    zone: ZoneInfo = link.zone
    return await delivery.pause(session, link.claim.contact_id, zone=zone) is not None


async def _resume(session: TenantSession, _services: Services, link: Link) -> bool:
    return await delivery.resume(session, link.claim.contact_id)


Act = Callable[[TenantSession, Services, Link], Awaitable[bool]]
CHOICES: dict[str, tuple[Act, str]] = {
    "undo": (_undo, "undone"),
    "leave": (_leave, "left"),
    "return": (_return, "returned"),
    "pause": (_pause, "paused"),
    "resume": (_resume, "resumed"),
}
"""What the pages post, what it does, and what is shown then."""


def _seal(services: Services, link: Link) -> Seal:
    return Seal(services.keyring.derive(link.tenant.salt, "departure"))


async def _sent(request: AnyRequest) -> dict[str, str]:
    """The texts of a form; nothing where there is none that can be read."""
    try:
        form = await request.form()
    except ClientException:
        # The token alone says who leaves: a body that cannot be read keeps nobody here.
        return {}
    return {key: value for key, value in form.items() if not isinstance(value, UploadFile)}
