"""The form of a campaign's settings: its fields, what is stored in them, and what they give."""

from collections.abc import Mapping
from typing import Any

from tenantcrm.campaigns.calendar_fields import ATTRIBUTE, ENROLLMENT, WEEKDAYS
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.schemas import CampaignView, SenderInput
from tenantcrm.campaigns.states import DayZero, LateAction, ZoneMode
from tenantcrm.errors import EditConflictError, FieldError, InvalidError, TenantCrmError
from tenantcrm.web.forms import Form
from tenantcrm.web.page import faults_by_field

SKIPS = tuple(f"skip_{day}" for day in WEEKDAYS)
FIELDS = (
    "name", "contact_filter", "preferred_send_time", "timezone", "day_zero", "late_limit_hours",
    "late_action", "zone_mode", *SKIPS, "skip_dates", "anchor", "reentry_gap_days",
    "exit_unmatched", "sender_name", "sender_email", "track_opens", "track_clicks", "version",
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
NEW = dict.fromkeys(FIELDS, "") | {
    "preferred_send_time": "10:00",
    "day_zero": DayZero.SCHEDULED.value,
    "late_limit_hours": "12",
    "late_action": LateAction.SKIP.value,
    "zone_mode": ZoneMode.CAMPAIGN.value,
}
"""A form that nobody has typed into; the zone is the tenant's."""


def stored_values(campaign: CampaignView) -> dict[str, str]:
    """The fields of the form as they are stored."""
    plain = {name: getattr(campaign, name) for name in FIELDS if name not in SKIPS}
    anchor = campaign.anchor.removeprefix(ATTRIBUTE) if campaign.anchor != ENROLLMENT else ""
    dates = [day.isoformat() for day in campaign.skip_dates]
    return _values(plain | {"skip_dates": dates, "anchor": anchor}, campaign.skip_weekdays)


def kept_values(fields: Mapping[str, Any]) -> dict[str, str]:
    """The same of a version of the campaign, as it is kept; ``version`` is left empty."""
    return _values(fields, [WEEKDAYS[day - 1] for day in fields["skip_weekdays"]])


def _values(fields: Mapping[str, Any], skipped: list[str]) -> dict[str, str]:
    found = {name: _typed(fields.get(name)) for name in FIELDS if name not in SKIPS}
    return found | {f"skip_{day}": YES if day in skipped else "" for day in WEEKDAYS}


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else ""
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def given(form: Mapping[str, str]) -> dict[str, Any]:
    """What a campaign is given by the form's values.

    Raises:
        InvalidError: a number or a choice cannot be read.
    """
    form = Form(form)
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


def form_faults(fault: TenantCrmError | None) -> dict[str, str]:
    """The faults by the form's names: a sender's name and address are fields of their own.

    A conflict and a question are told in their own places.
    """
    if fault is None or isinstance(fault, EditConflictError | UndecidedError):
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


CONFLICT = (
    "Somebody else has saved this since you opened it. Below the form is what is stored where it "
    "differs from what you typed; saving again replaces it with yours."
)


def differing(
    labels: dict[str, str], stored: dict[str, str], typed: dict[str, str]
) -> list[tuple[str, str]]:
    """Label and stored value of each field that was typed otherwise."""
    return [
        (label, stored[name] or "–")
        for name, label in labels.items()
        if stored[name].strip() != typed[name].strip()
    ]
