"""The form of a campaign's settings: shown, read, and shown again with what was wrong."""

from typing import Any

from litestar import Response

from tenantcrm.campaigns import service
from tenantcrm.campaigns.calendar_fields import ATTRIBUTE, ENROLLMENT, WEEKDAYS
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.schemas import CampaignView, SenderInput
from tenantcrm.campaigns.states import DayZero, LateAction, ZoneMode
from tenantcrm.database import TenantSession
from tenantcrm.errors import EditConflictError, FieldError, InvalidError, TenantCrmError
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_view import EXCLUDED
from tenantcrm.web.dashboard.deciding import question
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.forms import Form
from tenantcrm.web.page import faults_by_field, show

FIELDS = (
    "name", "contact_filter", "preferred_send_time", "timezone", "day_zero", "late_limit_hours",
    "late_action", "zone_mode", *(f"skip_{day}" for day in WEEKDAYS), "skip_dates", "anchor",
    "reentry_gap_days", "exit_unmatched", "sender_name", "sender_email", "track_opens",
    "track_clicks", "version",
)  # fmt: skip
LABELS = {
    "name": "Name",
    "contact_filter": "Contact filter",
    "preferred_send_time": "Preferred send time",
    "timezone": "Time zone",
    "day_zero": "The message of day 0",
    "late_limit_hours": "Late by more than, in hours",
    "late_action": "What happens to a late mail",
    "zone_mode": "Whose clock",
    **{f"skip_{day}": f"Nothing on {day.capitalize()}" for day in WEEKDAYS},
    "skip_dates": "Nothing on these dates",
    "anchor": "Count days from",
    "reentry_gap_days": "Days before somebody comes in again",
    "exit_unmatched": "Leave when the filter no longer matches",
    "sender_name": "Sender's name",
    "sender_email": "Sender's address",
    "track_opens": "Count opens",
    "track_clicks": "Count clicks",
}
GROUPS = ("/sender/", "/skip_dates/", "/skip_weekdays")
"""Pointers that lead into what one field of the form holds."""
YES = "yes"
"""What a ticked box sends; one that is not ticked sends nothing."""
CONFLICT = (
    "Somebody else has saved this since you opened it. Below the form is what is stored where it "
    "differs from what you typed; saving again replaces it with yours."
)


def stored_values(campaign: CampaignView) -> dict[str, str]:
    """The fields of the form as they are stored."""
    plain = {n: _typed(getattr(campaign, n)) for n in FIELDS if not n.startswith("skip_")}
    skipped = {f"skip_{day}": YES if day in campaign.skip_weekdays else "" for day in WEEKDAYS}
    dates = ", ".join(day.isoformat() for day in campaign.skip_dates)
    anchor = campaign.anchor.removeprefix(ATTRIBUTE) if campaign.anchor != ENROLLMENT else ""
    return plain | skipped | {"skip_dates": dates, "anchor": anchor}


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else ""
    return "" if value is None else str(value)


def differing(
    labels: dict[str, str], stored: dict[str, str], typed: dict[str, str]
) -> list[tuple[str, str]]:
    """Label and stored value of each field that was typed otherwise."""
    return [
        (label, stored[name] or "–")
        for name, label in labels.items()
        if stored[name].strip() != typed[name].strip()
    ]


def given(form: Form) -> dict[str, Any]:
    """What a campaign is given by its form.

    Raises:
        InvalidError: a number or a choice cannot be read.
    """
    sender = None
    if form["sender_name"].strip() or form["sender_email"].strip():
        sender = SenderInput(name=form["sender_name"].strip(), email=form["sender_email"].strip())
    faults = []
    hours = form.whole("late_limit_hours")
    if hours is None:
        words = "Expected a whole number of hours, such as 12"
        faults.append(FieldError("/late_limit_hours", "invalid_type", words))
    gap = form.whole("reentry_gap_days")
    if gap is None and form["reentry_gap_days"].strip():
        words = "Expected a whole number of days, or nothing: once and never again"
        faults.append(FieldError("/reentry_gap_days", "invalid_type", words))
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
        "late_limit_hours": hours,
        "late_action": LateAction.SEND if form["late_action"] == "send" else LateAction.SKIP,
        "zone_mode": ZoneMode.CONTACT if form["zone_mode"] == "contact" else ZoneMode.CAMPAIGN,
        "skip_weekdays": [day for day in WEEKDAYS if form[f"skip_{day}"] == YES],
        "skip_dates": form["skip_dates"].replace(",", " ").split(),
        "anchor": ATTRIBUTE + form["anchor"].strip() if form["anchor"].strip() else ENROLLMENT,
        "reentry_gap_days": gap,
        "exit_unmatched": form["exit_unmatched"] == YES,
        "track_opens": form["track_opens"] == YES,
        "track_clicks": form["track_clicks"] == YES,
        "sender": sender,
    }


async def counted(session: TenantSession, contact_filter: str) -> dict[str, Any]:
    """Whom a filter reaches, or what is wrong with it: what ``campaigns/count.html`` shows."""
    try:
        found = await service.audience(session, contact_filter)
    except InvalidError as fault:
        return {"error": fault.errors[0].message, "count": None}
    return {
        "error": "",
        "count": {
            "eligible": found.eligible,
            "excluded": [(EXCLUDED.get(k, k), n) for k, n in found.excluded.items()],
            "sample": [contact.email for contact in found.sample],
        },
    }


async def form_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    values: dict[str, str],
    fault: TenantCrmError | None = None,
    campaign: CampaignView | None = None,
    *,
    count: bool = False,
) -> Response[Any]:
    """The page of the form; with ``fault``, 422, what was typed, and nothing of it kept.

    After a conflict it shows what is stored beside it, and saving again replaces that. ``count``:
    say whom the filter reaches, for those without script.
    """
    errors, stored = {}, []
    if fault is not None:
        await session.rollback()
        errors = _form_faults(fault)
    if campaign is not None and isinstance(fault, EditConflictError):
        campaign = await service.get(session, campaign.id)
        stored = differing(LABELS, stored_values(campaign), values)
        values = values | {"version": str(campaign.version)}
    return await show(
        request,
        person,
        session,
        "campaigns/form.html",
        status=422 if fault else 200,
        campaign=campaign,
        action=f"/campaigns/{campaign.id.hex}/settings" if campaign else "/campaigns/new",
        values=values,
        errors=errors,
        stored=stored,
        weekdays=WEEKDAYS,
        question=question(fault),
        counted=count,
        **(await counted(session, values["contact_filter"]) if count else {}),
        default_sender={"name": person.tenant.sender_name, "email": person.tenant.sender_email},
    )


def _form_faults(fault: TenantCrmError) -> dict[str, str]:
    """The faults by the form's names: a sender's name and address are fields of their own."""
    if isinstance(fault, EditConflictError):
        return {"": CONFLICT}
    if isinstance(fault, UndecidedError):
        return {}
    if not isinstance(fault, InvalidError):
        return {"": fault.detail}
    others = [error for error in fault.errors if not error.pointer.startswith(GROUPS)]
    found = faults_by_field(InvalidError(others))
    for error in fault.errors:
        if error.pointer.startswith("/sender/"):
            found[f"sender_{error.pointer.rsplit('/', 1)[-1]}"] = error.message
        elif error.pointer.startswith(GROUPS):
            found.setdefault(error.pointer.split("/")[1], error.message)
    return found
