"""An edit of a live campaign that passes people: it is asked what to do for them, then saved."""

from typing import Any

from litestar import Response
from msgspec import UNSET, UnsetType

from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.states import PastPolicy
from tenantcrm.database import TenantSession
from tenantcrm.errors import TenantCrmError
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.forms import Form
from tenantcrm.web.page import show

CHOICE = "past_messages"


def decided(form: Form) -> PastPolicy | UnsetType:
    """What was chosen for people whom the edit passes; UNSET: nothing yet."""
    chosen = form[CHOICE]
    return PastPolicy(chosen) if chosen in set(PastPolicy) else UNSET


def edit_of(request: AnyRequest, person: Person, form: Form) -> dict[str, Any]:
    """How an edit of a message is done: by whom, and asking before people are passed."""
    return {
        "senders": services(request).senders,
        "actor": f"user:{person.user_id.hex}",
        "ask": True,
        "past_messages": decided(form),
    }


def question(fault: TenantCrmError | None) -> dict[str, int] | None:
    """What ``campaigns/question.html`` asks; None: there is nothing to ask."""
    if not isinstance(fault, UndecidedError):
        return None
    impact = fault.impact
    return {"past": impact.past, "people": impact.people, "messages": len(
        [message for message in impact.messages if message.past]
    )}  # fmt: skip


async def decision_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign: CampaignView,
    fault: UndecidedError,
    *,
    action: str,
    hidden: dict[str, str],
    title: str,
) -> Response[Any]:
    """Ask on a page of its own, for an edit that has no form: it is done again with the answer."""
    await session.rollback()
    return await show(
        request,
        person,
        session,
        "campaigns/decide.html",
        status=409,
        campaign=campaign,
        question=question(fault),
        action=action,
        hidden=hidden,
        title=title,
    )
