"""Sending domains: set one up, see what its DNS lacks, look again, remove it."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities import reading
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.checking import check
from tenantcrm.delivery.identities.errors import DomainInUseError, SesAwayError
from tenantcrm.delivery.identities.names import LABEL
from tenantcrm.delivery.identities.setting_up import add, remove
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard import domain_words
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import faults_by_field, go, show
from tenantcrm.web.throttles import throttle

PAGE = "/settings/domains"


class Domains(Controller):
    """The pages of sending domains."""

    path = PAGE

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Every domain, and a form for one more."""
        return await _page(request, person, session, {"name": "", "mail_from": ""})

    # What asks SES and DNS has no unit of work of its own: it would be open for seconds.
    @post("/", status_code=200)
    async def create(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        bench: NamedDependency[Bench],
    ) -> Response[Any]:
        """Have SES look for a domain's records."""
        require(person, "domains")
        form = await read_form(request)
        await throttle(request, "domain-add", person.tenant.id.hex)
        box = services(request)
        try:
            made = await add(
                bench,
                person.tenant.id,
                form["name"],
                label=form["mail_from"],
                actor=person.actor,
            )
        except (InvalidError, SesAwayError) as fault:
            async with box.database.unit_of_work(person.tenant.id) as session:
                values = form.values("name", "mail_from")
                return await _page(request, person, session, values, fault)
        return go(f"{PAGE}/{made.hex}", "Now set these records where you keep the domain's DNS.")

    @get("/{domain:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        domain: FromPath[str],
    ) -> Response[Any]:
        """What a domain's DNS needs, what was seen there, and who sends from it."""
        found = await reading.one(session, read_hex(domain))
        settings = services(request).settings
        return await show(
            request,
            person,
            session,
            "settings/domain.html",
            block="standing",
            domain=found,
            path=f"{PAGE}/{found.id.hex}",
            groups=domain_words.groups(found.findings.records),
            zone_file=domain_words.zone_file(found.findings.records),
            dmarc=domain_words.dmarc_badge(found.findings.dmarc),
            happened=domain_words.timeline(found.history),
            progress=domain_words.progress(found),
            polls=found.state == "pending" or not found.checked_at,
            sandbox=settings.sandbox,
            may_edit=rules.may(person.role, "domains"),
        )

    @post("/{domain:str}/check", status_code=200)
    async def look(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        bench: NamedDependency[Bench],
        domain: FromPath[str],
    ) -> Response[Any]:
        """Look at it now."""
        require(person, "domains")
        wanted = await _own(request, person, domain)
        await throttle(request, "domain-check", wanted.hex)
        try:
            state = await check(bench, person.tenant.id, wanted)
        except SesAwayError as fault:
            return go(f"{PAGE}/{wanted.hex}", f"{fault.detail}. Try again in a minute.", "warn")
        text, level = domain_words.LOOKED[state]
        return go(f"{PAGE}/{wanted.hex}", text, level, done=True)

    @post("/{domain:str}/remove", status_code=200)
    async def remove(
        self,
        person: NamedDependency[Person],
        bench: NamedDependency[Bench],
        domain: FromPath[str],
    ) -> Response[Any]:
        """Forget it, unless an active campaign sends from it."""
        require(person, "domains")
        wanted = read_hex(domain)
        try:
            await remove(bench, person.tenant.id, wanted, actor=person.actor)
        except DomainInUseError as fault:
            return go(f"{PAGE}/{wanted.hex}", fault.detail, "danger")
        except SesAwayError:
            # It is forgotten here; the mail service keeps an identity that nobody can use.
            return go(PAGE, "The domain is removed.")
        return go(PAGE, "The domain is removed.")


async def _own(request: AnyRequest, person: Person, domain: str) -> UUID:
    """The id, where it is one of a domain of this tenant: nobody fills up another's throttle."""
    wanted = read_hex(domain)
    async with services(request).database.unit_of_work(person.tenant.id) as session:
        if wanted not in {one.id for one in await reading.listed(session)}:
            raise NotFoundError
    return wanted


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    values: dict[str, str],
    fault: InvalidError | SesAwayError | None = None,
) -> Response[Any]:
    errors = {"": f"{fault.detail}. Try again in a minute."} if fault else {}
    if isinstance(fault, InvalidError):
        errors = faults_by_field(fault)
    settings = services(request).settings
    return await show(
        request,
        person,
        session,
        "settings/domains.html",
        status=fault.status if fault else 200,
        domains=await reading.listed(session),
        values=values,
        errors=errors,
        label=LABEL,
        sandbox=settings.sandbox,
        by_server=settings.smtp_url is not None,
        may_edit=rules.may(person.role, "domains"),
    )
