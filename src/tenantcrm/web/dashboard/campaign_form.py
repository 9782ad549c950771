"""The form of a campaign's settings: shown, read, and shown again with what was wrong."""

from typing import Any

from litestar import Response

from tenantcrm.campaigns.models import DayZero
from tenantcrm.campaigns.schemas import CampaignView, SenderInput
from tenantcrm.database import TenantSession
from tenantcrm.errors import FieldError, InvalidError, TenantCrmError
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.forms import Form
from tenantcrm.web.page import faults_by_field, show

FIELDS = (
    "name", "contact_filter", "preferred_send_time", "timezone", "day_zero", "late_limit_hours",
    "sender_name", "sender_email", "version",
)  # fmt: skip


def given(form: Form) -> dict[str, Any]:
    """What a campaign is given by its form.

    Raises:
        InvalidError: a number or a choice cannot be read.
    """
    sender = None
    if form["sender_name"].strip() or form["sender_email"].strip():
        sender = SenderInput(name=form["sender_name"].strip(), email=form["sender_email"].strip())
    faults = []
    if not form["late_limit_hours"].strip().isdigit():
        words = "Expected a whole number of hours, such as 12"
        faults.append(FieldError("/late_limit_hours", "invalid_type", words))
    try:
        day_zero = DayZero(form["day_zero"] or DayZero.SCHEDULED)
    except ValueError:
        faults.append(FieldError("/day_zero", "invalid_value", "Choose one of the two"))
    if faults:
        raise InvalidError(faults)
    return {
        "name": form["name"],
        "contact_filter": form["contact_filter"],
        "preferred_send_time": form["preferred_send_time"],
        "timezone": form["timezone"],
        "day_zero": day_zero,
        "late_limit_hours": int(form["late_limit_hours"]),
        "sender": sender,
    }


async def form_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    values: dict[str, str],
    fault: TenantCrmError | None = None,
    campaign: CampaignView | None = None,
) -> Response[Any]:
    """The page of the form; with ``fault``, 422 and what was typed."""
    errors = {}
    if isinstance(fault, InvalidError):
        errors = _form_faults(fault)
    elif fault is not None:
        errors = {"": fault.detail}
    return await show(
        request,
        person,
        session,
        "campaigns/form.html",
        status=422 if fault else 200,
        campaign=campaign,
        action=f"/campaigns/{campaign.id.hex}/settings" if campaign else "/campaigns",
        values=values,
        errors=errors,
        default_sender={"name": person.tenant.sender_name, "email": person.tenant.sender_email},
    )


def _form_faults(fault: InvalidError) -> dict[str, str]:
    """The faults by the form's names: a sender's name and address are fields of their own."""
    others = [error for error in fault.errors if not error.pointer.startswith("/sender/")]
    found = faults_by_field(InvalidError(others))
    for error in fault.errors:
        if error.pointer.startswith("/sender/"):
            found[f"sender_{error.pointer.rsplit('/', 1)[-1]}"] = error.message
    return found
