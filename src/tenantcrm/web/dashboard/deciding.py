"""An edit of a live campaign that passes people, or loses them: it is asked first, then saved."""

from typing import Any

from litestar import Response
from msgspec import UNSET, UnsetType

from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.impact import MessageImpact
from tenantcrm.campaigns.schemas import CampaignView, MessageView
from tenantcrm.campaigns.states import PastPolicy
from tenantcrm.database import TenantSession
from tenantcrm.errors import TenantCrmError
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.timeline import day_text
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.forms import Form
from tenantcrm.web.page import show, wants_part

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


def asks_leaving(form: Form) -> bool:
    """Whether it is still to be asked if people may leave by the edit."""
    return form["leaving"] != "yes"


def seen(form: Form) -> dict[str, Any]:
    """The version of the campaign that the form was shown with, where it says so."""
    version = form.whole("version")
    return {} if version is None else {"version": version}


def question(
    fault: TenantCrmError | None, campaign: CampaignView | None = None
) -> dict[str, Any] | None:
    """What ``campaigns/question.html`` asks; None: there is nothing to ask.

    ``campaign``: as it is stored, for the subjects of its messages.
    """
    if not isinstance(fault, UndecidedError):
        return None
    impact = fault.impact
    stored = {} if campaign is None else {message.id: message for message in campaign.messages}
    return {
        "past": impact.past,
        "people": impact.people,
        "leaving": impact.leaving,
        "messages": [_passed(one, stored.get(one.id)) for one in impact.messages if one.past],
        "moved": sum(one.moved for one in impact.messages),
    }


def _passed(one: MessageImpact, stored: MessageView | None) -> dict[str, Any]:
    """A message whose time passes for people by the edit."""
    moved = stored is not None and stored.send_day != one.send_day
    return {
        "subject": "" if stored is None else stored.subject,
        "day": day_text(one.send_day),
        "old_day": day_text(stored.send_day) if stored is not None and moved else "",
        "past": one.past,
    }


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
    part = wants_part(request)
    answer = await show(
        request,
        person,
        session,
        "campaigns/decide.html",
        # htmx swaps what is 2xx alone; it is shown as a dialog over the page that asked.
        status=200 if part else 409,
        block="asked",
        campaign=campaign,
        question=question(fault, campaign),
        action=action,
        hidden=hidden,
        title=title,
    )
    if part:
        answer.headers |= {"HX-Retarget": "#decision", "HX-Reswap": "innerHTML"}
    return answer
