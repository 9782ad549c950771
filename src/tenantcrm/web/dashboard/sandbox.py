"""What only a sandbox has: the jump of the time machine, and the style guide."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm import clock
from tenantcrm.campaigns.service import next_send
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import leaving
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.page import go, safe_next, show_plain
from tenantcrm.web.styleguide import styleguide_context
from tenantcrm.web.templating import number_text, utc_text


class Sandbox(Controller):
    """Not found outside of a sandbox."""

    @post("/sandbox/skip", status_code=200)
    async def skip(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        services: NamedDependency[Services],
    ) -> Response[Any]:
        """Jump to the moment of the tenant's next mail."""
        del person  # Asking for it is what demands a sign-in.
        if not services.settings.sandbox:
            raise NotFoundError
        back = safe_next(request.headers.get("Referer", "/").removeprefix(_origin(request)))
        moment = await next_send(session)
        if moment is None:
            return go(back, "No mail is ahead: activate a campaign first.", "info")
        waiting = await leaving(session)
        clock.skip_to(moment)
        words = f"It is {utc_text(moment)} now."
        if not waiting:
            return go(back, words)
        mails = "1 mail had" if waiting == 1 else f"{number_text(waiting)} mails had"
        words = f"{words} {mails} not left yet: what is too late now is skipped."
        return go(back, words, "warn", done=True)

    @get("/styleguide")
    async def styleguide(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """Every component in every state."""
        if not services.settings.sandbox:
            raise NotFoundError
        return show_plain(request, "styleguide.html", **styleguide_context())


def _origin(request: AnyRequest) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
