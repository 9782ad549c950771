"""Answer with a page: the frame around it, the messages on top, and a redirect that tells why."""

import base64
import binascii
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from jinja2_fragments.litestar import HTMXBlockTemplate
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template
from litestar.response.base import ASGIResponse

from tenantcrm import clock
from tenantcrm.campaigns.service import next_send
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import leaving
from tenantcrm.errors import InvalidError
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Operator
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import OUTCOME, AnyRequest, services
from tenantcrm.web.once import AnsweredError, Carried, DoneBeforeError, Outcome
from tenantcrm.web.quota import quota_of
from tenantcrm.web.shell import Flash, Level, OperatorShell, SandboxRibbon, Shell

FLASH = "tcrm_flash"
_FLASHES = list[tuple[Level, str]]


async def show(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    template: str,
    *,
    status: int = 200,
    block: str = "",
    **context: Any,
) -> Template:
    """A page of the dashboard; for htmx, and when ``block`` is named, that block of it alone.

    Its templates ask ``may("team")`` whether to show a button.
    """
    may = partial(rules.may, person.role)
    if block and wants_part(request):
        return HTMXBlockTemplate(
            template_name=template,
            block_name=block,
            context={"person": person, "may": may, "part": True, **context},
            status_code=status,
        )
    shell = Shell(
        tenant_name=person.tenant.name,
        user_name=person.name,
        user_email=person.email,
        tenant_id=person.tenant.id.hex,
        suspended_reason=person.tenant.suspended_reason or None,
        standing=person.tenant.standing,
        standing_reason=person.tenant.standing_reason,
        sandbox=await _ribbon(request, session),
        quota=await quota_of(session, person.tenant),
        others=tuple(
            (one.id.hex, one.name) for one in person.tenants if one.id != person.tenant.id
        ),
        flashes=flashes(request),
    )
    return Template(
        template_name=template,
        context={"shell": shell, "person": person, "may": may, "part": False, **context},
        status_code=status,
        cookies=_forget(request),
    )


def show_operator(
    request: AnyRequest,
    operator: Operator,
    template: str,
    *,
    status: int = 200,
    block: str = "",
    **context: Any,
) -> Template:
    """A page of the operator console; for htmx, and when ``block`` is named, that block alone."""
    if block and wants_part(request):
        return HTMXBlockTemplate(
            template_name=template, block_name=block, context=context, status_code=status
        )
    shell = OperatorShell(operator_email=operator.email, flashes=flashes(request))
    return Template(
        template_name=template,
        context={"shell": shell, **context},
        status_code=status,
        cookies=_forget(request),
    )


def wants_part(request: AnyRequest) -> bool:
    """Whether htmx asks for a part of the page; a boosted form is shown a whole one."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-Boosted")


def show_plain(
    request: AnyRequest,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Template:
    """A page without a session: sign-in, sign-up, public pages."""
    if status >= 400 and request.headers.get("HX-Boosted"):  # noqa: PLR2004 - a refusal
        status = 422  # Which alone htmx puts into the page.
    return Template(
        template_name=template,
        context={"flashes": flashes(request), **context},
        status_code=status,
        headers=headers or {},
        cookies=_forget(request),
    )


async def _ribbon(request: AnyRequest, session: TenantSession) -> SandboxRibbon | None:
    settings = services(request).settings
    if not settings.sandbox:
        return None
    return SandboxRibbon(
        now=clock.now(),
        next_send=await next_send(session),
        leaving=await leaving(session),
        skip_url="/sandbox/skip",
        inbox_url=settings.inbox_url or "",
    )


class Going(Redirect):
    """A redirect (303) after a form. ``outcome`` is kept where the form's work is done.

    It says so in the request's state: the unit of work is still open then.
    """

    __slots__ = ("outcome", "whole")

    def __init__(
        self, path: str, outcome: Outcome | None, cookies: list[Cookie], *, whole: bool = False
    ) -> None:
        """``outcome`` None: nothing was done, and the same form may be sent again. ``whole``: the
        page is loaded anew, also where htmx has sent the form: it is another person's.
        """
        super().__init__(path, status_code=303, cookies=cookies)
        self.outcome, self.whole = outcome, whole

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        """Make the answer, and say where it leads."""
        request.state[OUTCOME] = self.outcome
        if self.whole and request.headers.get("HX-Request"):
            there = Response("", headers={"HX-Redirect": self.url}, cookies=self.cookies)
            return there.to_asgi_response(app, request, **options)
        return super().to_asgi_response(app, request, **options)


def go(
    path: str,
    text: str = "",
    level: Level = "success",
    *,
    done: bool | None = None,
    carried: Sequence[Carried] = (),
    whole: bool = False,
) -> Going:
    """Go to a page (303) and tell there what happened.

    ``done``: whether the form has done its work, so that sending it again leads to the same place
    and does nothing; where it is left out, good news says so. ``carried``: what else goes along.
    ``whole``: the page is loaded anew, also where htmx has sent the form.
    """
    told = [_flash([(level, text)])] if text else []
    outcome = Outcome(location=path, carried=[*told, *carried])
    kept = outcome if (level == "success" if done is None else done) else None
    return Going(path, kept, outcome.cookies(), whole=whole)


def again(_request: AnyRequest, fault: DoneBeforeError | AnsweredError) -> Response[Any]:
    """Go where the form led that was sent before."""
    if isinstance(fault, AnsweredError):
        return fault.answer
    return Redirect(fault.outcome.location, status_code=303, cookies=fault.outcome.cookies())


def safe_next(target: str | None) -> str:
    """A path of ours to go on to; anything that could lead elsewhere becomes the start page."""
    target = target or "/"
    parts = urlsplit(target)
    outside = parts.scheme or parts.netloc or not target.startswith("/")
    if outside or target.startswith("//") or "\\" in target or not target.isprintable():
        return "/"
    return target


def faults_by_field(fault: InvalidError) -> dict[str, str]:
    """The faults of a form by field name; those of no field stand under the empty name.

    A pointer into a field (``/scopes/0``, ``/attributes/plan``) is a fault of that field.
    """
    found: dict[str, list[str]] = {}
    for error in fault.errors:
        messages = found.setdefault(error.pointer.removeprefix("/").partition("/")[0], [])
        if error.message not in messages:
            messages.append(error.message)
    return {name: "; ".join(messages) for name, messages in found.items()}


def flashes(request: AnyRequest) -> tuple[Flash, ...]:
    """What the page before wants told."""
    text = request.cookies.get(FLASH, "")
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(text), type=_FLASHES)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return ()
    return tuple(Flash(level, words) for level, words in found)


def _flash(messages: _FLASHES) -> Carried:
    text = base64.urlsafe_b64encode(msgspec.json.encode(messages)).decode()
    return Carried(key=FLASH, value=text, max_age=60, path="/")


def _forget(request: AnyRequest) -> list[Cookie]:
    if FLASH not in request.cookies:
        return []
    return [Cookie(key=FLASH, value="", max_age=0, path="/", httponly=True, samesite="lax")]
