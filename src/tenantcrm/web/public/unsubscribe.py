"""Leave by link: a confirmation that changes nothing, and one POST that does (RFC 8058).

No session, no script, no CSRF token: the signed token in the address says who leaves what. A link
that is not ours is the same 404, whatever is wrong with it.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Controller, Response, get, head, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import FromPath
from litestar.response import Template

from tenantcrm.contacts.service import masked_address
from tenantcrm.delivery.service import unsubscribe
from tenantcrm.errors import NotFoundError
from tenantcrm.signing import UnsubscribeClaim
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.tenants.service import tenants
from tenantcrm.web.dependencies import AnyRequest, Services

ONE_CLICK = "One-Click"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was verified: whose, and what it says. ``address`` is masked; empty when gone."""

    tenant: TenantFacts
    claim: UnsubscribeClaim
    address: str
    sample: bool


class Unsubscribe(Controller):
    """The page behind every mail's link."""

    path = "/u"

    @get("/{token:str}")
    async def ask(self, services: NamedDependency[Services], token: FromPath[str]) -> Template:
        """Show what one click would do. Scanners open links: opening changes nothing."""
        link = await _read(services, token)
        return _page(link, token, done=False)

    @head("/{token:str}")
    async def peek(self, services: NamedDependency[Services], token: FromPath[str]) -> None:
        """Answer scanners and previews as GET does, without the page."""
        await _read(services, token)

    @post("/{token:str}", status_code=200)
    async def leave(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Unsubscribe; a second time is as good as the first."""
        link = await _read(services, token)
        one_click = await _is_one_click(request)
        if not link.sample:
            async with services.database.unit_of_work(link.tenant.id) as session:
                await unsubscribe(
                    session,
                    contact_id=link.claim.contact_id if link.claim.contact_id.int else None,
                    email_hash=link.claim.email_hash,
                    mode=Mode.LIVE,
                    campaign_id=link.claim.campaign_id if link.claim.campaign_id.int else None,
                    source="one_click" if one_click else "page",
                )
        if one_click:
            return Response("unsubscribed\n", media_type="text/plain", status_code=200)
        return _page(link, token, done=True)


async def _is_one_click(request: AnyRequest) -> bool:
    try:
        sent = await request.form()
    except ClientException:
        # The token alone says who leaves: a body that cannot be read keeps nobody here.
        return False
    return bool(sent.get("List-Unsubscribe") == ONE_CLICK)


async def _read(services: Services, token: str) -> Link:
    tenant_id = services.keyring.tenant_of(token)
    if tenant_id is None:
        raise NotFoundError
    async with services.database.unit_of_work(tenant_id) as session:
        tenant = await tenants.find(session)
        claim = services.keyring.read_unsubscribe(token, tenant.salt) if tenant else None
        if tenant is None or claim is None:
            raise NotFoundError
        address = await masked_address(session, claim.contact_id, claim.email_hash)
    # A test mail's link names no contact: it shows what recipients see and unsubscribes nobody.
    return Link(tenant, claim, address, sample=claim.contact_id.int == 0)


def _page(link: Link, token: str, *, done: bool) -> Template:
    return Template(
        template_name="public/unsubscribe.html",
        context={
            "tenant_name": link.tenant.name,
            "address": link.address,
            "sample": link.sample,
            "done": done,
            "action": f"/u/{token}",
        },
        headers={"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"},
    )
