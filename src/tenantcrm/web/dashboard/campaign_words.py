"""A campaign's settings in one line each, beside the folded fields that they sum up. Pure."""

from collections.abc import Mapping

from tenantcrm.campaigns.calendar_fields import WEEKDAYS
from tenantcrm.web.dashboard.campaign_form import SKIPS, YES

PARTS: dict[str, tuple[str, ...]] = {
    "who": ("name", "contact_filter"),
    "in_out": ("exit_unmatched", "reentry_gap_days"),
    "when": ("preferred_send_time", "timezone", "zone_mode", "day_zero"),
    "calendar": (
        *SKIPS, "skip_weekdays", "skip_dates", "anchor", "late_limit_hours", "late_action"
    ),
    "sender": ("sender_name", "sender_email"),
    "tracking": ("track_clicks", "track_opens"),
}  # fmt: skip
"""The parts of the form that fold, and the fields in each."""
INSIDE = {"in_out": "who", "calendar": "when", "tracking": "sender"}
"""Parts that fold within another."""


def now_words(values: Mapping[str, str], default_sender: Mapping[str, str]) -> dict[str, str]:
    """What each part of the form says now, in a line."""
    return {
        "who": values["contact_filter"].strip() or "Everyone",
        "in_out": _in_out(values),
        "when": _when(values),
        "calendar": _calendar(values),
        "sender": _sender(values, default_sender),
        "tracking": _tracking(values),
    }


def open_parts(errors: Mapping[str, str], *, also: tuple[str, ...] = ()) -> set[str]:
    """Parts that stand open: those asked for, and those that hold a fault."""
    found = {part for part, names in PARTS.items() if any(name in errors for name in names)}
    found |= set(also)
    return found | {INSIDE[part] for part in found if part in INSIDE}


def join(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _in_out(values: Mapping[str, str]) -> str:
    leaves = "leaves when the filter no longer matches" if values["exit_unmatched"] == YES else ""
    gap = values["reentry_gap_days"].strip()
    again = f"comes in again after {gap} days" if gap else "comes in once"
    return f"Everybody {again}, and {leaves or 'stays in to the end'}"


def _when(values: Mapping[str, str]) -> str:
    at = values["preferred_send_time"] or "–"
    words = f"At {at}, {values['timezone']}"
    if values["zone_mode"] == "contact":
        words = f"At {at} by each contact's own clock; {values['timezone']} where it has none"
    return f"{words} · day 0 at once" if values["day_zero"] == "immediately" else words


def _calendar(values: Mapping[str, str]) -> str:
    skipped = [day.capitalize() for day in WEEKDAYS if values[f"skip_{day}"] == YES]
    words = []
    if skipped == ["Saturday", "Sunday"]:
        words.append("Skips weekends")
    elif skipped:
        words.append(f"Skips {join(skipped)}")
    else:
        words.append("Sends on every day of the week")
    dates = values["skip_dates"].replace(",", " ").split()
    if dates:
        words.append(f"skips {len(dates)} {'date' if len(dates) == 1 else 'dates'}")
    hours = values["late_limit_hours"].strip()
    if values["late_action"] == "send":
        words.append("late mails are sent all the same")
    else:
        words.append(f"late mails are skipped after {hours or '–'} h")
    anchor = values["anchor"].strip()
    words.append(f"days count from {anchor}" if anchor else "days count from enrolment")
    return " · ".join(words)


def _sender(values: Mapping[str, str], default: Mapping[str, str]) -> str:
    name, email = values["sender_name"].strip(), values["sender_email"].strip()
    if email or name:
        return f"{name} <{email}>".strip()
    if not default["email"]:
        return "Your default sender, which is not set yet"
    return f"{default['name']} <{default['email']}>, your default sender".strip()


def _tracking(values: Mapping[str, str]) -> str:
    counted = [n for n in ("clicks", "opens") if values[f"track_{n}"] == YES]
    return f"Counts {join(counted)}" if counted else "Nothing is tracked"
