"""Pages for recipients: whose link it is, how they stand, in their language."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.response import Template
from markupsafe import Markup, escape
from msgspec import Struct, structs

from tenantcrm import clock, languages
from tenantcrm.campaigns.calendar import known_zone, local_date
from tenantcrm.delivery.service import Standing, pause_ends, standing_of
from tenantcrm.errors import NotFoundError
from tenantcrm.signing import UnsubscribeClaim
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.tenants.service import tenants
from tenantcrm.web.dependencies import AnyRequest, Services

EXAMPLE = "a•••@example.com"
"""What a sample shows in place of an address."""
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Robots-Tag": "noindex",
}


class Link(Struct, frozen=True, kw_only=True):
    """A link that was verified: whose, what it says, and how the recipient stands.

    ``sample``: it came with a test mail or a preview, shows what recipients see and does nothing.
    """

    token: str
    tenant: TenantFacts
    claim: UnsubscribeClaim
    standing: Standing

    @property
    def sample(self) -> bool:
        """Whether the link names nobody."""
        return self.claim.contact_id.int == 0

    @property
    def campaign_id(self) -> UUID | None:
        """The campaign whose mail the link came with."""
        return self.claim.campaign_id if self.claim.campaign_id.int else None

    @property
    def zone(self) -> ZoneInfo:
        """The recipient's clock: its own zone, or the tenant's."""
        own = known_zone(self.standing.zone) or known_zone(self.tenant.timezone)
        return own or ZoneInfo("UTC")


async def read(services: Services, token: str) -> Link:
    """The link of this token.

    Raises:
        NotFoundError: it is not one of ours, for whatever reason.
    """
    tenant_id = services.keyring.tenant_of(token)
    if tenant_id is None:
        raise NotFoundError
    async with services.database.unit_of_work(tenant_id) as session:
        tenant = await tenants.find(session)
    claim = services.keyring.read_unsubscribe(token, tenant.salt) if tenant else None
    if tenant is None or claim is None:
        raise NotFoundError
    link = Link(token=token, tenant=tenant, claim=claim, standing=Standing())
    if link.sample:
        shown = Standing(gets_mail=True, address=EXAMPLE, in_campaign=True)
        return structs.replace(link, standing=shown)
    return await stands(services, link)


async def stands(services: Services, link: Link, *, address: str = "") -> Link:
    """The link with how its recipient stands now; ``address``: to show where none is known."""
    if link.sample:
        return link
    async with services.database.unit_of_work(link.tenant.id) as session:
        found = await standing_of(
            session,
            contact_id=link.claim.contact_id,
            email_hash=link.claim.email_hash,
            campaign_id=link.claim.campaign_id,
        )
    language = found.language or link.standing.language
    found = structs.replace(found, address=found.address or address, language=language)
    return structs.replace(link, standing=found)


def page(request: AnyRequest, link: Link, view: str) -> Response[Any]:
    """One of the views of ``public/unsubscribe.html``, in the language that suits."""
    asked = languages.known(request.query_params.get("lang"))
    wanted = languages.accepted(request.headers.get("accept-language", ""))
    language = languages.choose(asked, link.standing.language, *wanted, link.tenant.language)
    until = link.standing.paused_until or pause_ends(clock.now(), link.zone)
    values = {
        "tenant": Markup("<bdi>{}</bdi>").format(link.tenant.name),
        "address": Markup("<strong><bdi>{}</bdi></strong>").format(link.standing.address),
        "date": language.day(local_date(until, link.zone)),
    }

    def say(key: str) -> Markup:
        """A text of the catalog, filled in; where no address is known, the one without."""
        unknown = f"{key}_unknown"
        if not link.standing.address and unknown in language.page:
            key = unknown
        return Markup(escape(language.page[key])).format(**values)  # noqa: S704 - escaped here

    chosen = f"?lang={asked}" if asked else ""
    here = "/preferences" if view == "preferences" else ""
    return Template(
        template_name="public/unsubscribe.html",
        context={
            "tenant_name": link.tenant.name,
            "language": language.code,
            "direction": language.direction,
            "languages": [languages.language(code) for code in languages.CODES],
            "say": say,
            "title": language.page["title"].format(tenant=link.tenant.name),
            "view": view,
            "standing": link.standing,
            "sample": link.sample,
            "here": f"/u/{link.token}{here}",
            "action": f"/u/{link.token}{chosen}",
            "choose": f"/u/{link.token}/preferences{chosen}",
        },
        headers=_PRIVATE | {"Content-Language": language.code},
    )
