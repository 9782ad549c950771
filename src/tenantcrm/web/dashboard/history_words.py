"""The history of a campaign in words: what each version changed, and what that did."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tenantcrm.campaigns.calendar_fields import ATTRIBUTE, WEEKDAYS
from tenantcrm.campaigns.diffs import Change
from tenantcrm.campaigns.service.versions import VersionView
from tenantcrm.web.dashboard.audit_words import actor_text
from tenantcrm.web.dashboard.campaign_form import LABELS
from tenantcrm.web.templating import number_text

ACTIONS = {"created": "Created", "edited": "Edited", "restored": "An older version restored"}
FIELDS = LABELS | {
    "key": "Key",
    "skip_weekdays": "Days of rest",
    "send_day": "Send day",
    "subject": "Subject",
    "preheader": "Preheader",
    "format": "Format",
    "html_template": "Template",
}
CHOICES = {
    ("day_zero", "scheduled"): "at the preferred time",
    ("day_zero", "immediately"): "at once",
    ("zone_mode", "campaign"): "the campaign's",
    ("zone_mode", "contact"): "each contact's own",
    ("late_action", "skip"): "it is skipped",
    ("late_action", "send"): "it is sent all the same",
}
NOTHING = "nothing"


def entry_of(row: VersionView, latest: int, names: Mapping[UUID, str]) -> dict[str, Any]:
    """A version for its page; ``names``: of people and of keys."""
    return {
        "version": row.version,
        "at": row.at,
        "who": actor_text(row.actor, names),
        "title": ACTIONS.get(row.action, row.action.replace("_", " ").capitalize()),
        "current": row.version == latest,
        "effect": _effect(row.effect),
        "changes": [_change(change) for change in row.changes],
    }


def _effect(effect: dict[str, Any] | None) -> str:
    if effect is None:
        return ""
    past, at_once = int(effect["past"]), int(effect["due_at_once"])
    said = []
    if past:
        mails = f"{number_text(past)} {'mail was' if past == 1 else 'mails were'} past their time"
        said.append(
            f"{mails}; {number_text(at_once)} of them went out at once."
            if at_once
            else f"{mails} and skipped."
        )
    if leaving := int(effect.get("leaving", 0)):
        people = "person" if leaving == 1 else "people"
        said.append(f"{number_text(leaving)} {people} without the date left.")
    return " ".join(said)


def _change(change: Change) -> dict[str, Any]:
    _, message, field = _parts(change.field)
    label = FIELDS.get(field, field.replace("_", " ").capitalize())
    where = f"Message “{message}”" if message else ""
    if message and not field:
        old = change.old is not None
        words = {"label": f"{where} removed" if old else f"{where} added"}
        return words | {"old": "", "new": change.old or change.new, "lines": []}
    return {
        "label": f"{where}: {label[0].lower()}{label[1:]}" if where else label,
        "old": "" if change.lines else _value(field, change.old),
        "new": "" if change.lines else _value(field, change.new),
        "lines": [(_tone(line), line) for line in change.lines],
    }


def _parts(path: str) -> tuple[str, str, str]:
    if not path.startswith("messages/"):
        return "", "", path
    _, message, *rest = path.split("/")
    return "messages", message, rest[0] if rest else ""


def _value(field: str, value: Any) -> str:
    if field == "skip_weekdays":
        return ", ".join(WEEKDAYS[day - 1].capitalize() for day in value or ()) or NOTHING
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "anchor":
        return str(value or "enrolment").removeprefix(ATTRIBUTE)
    if value is None or value == "":
        return NOTHING
    return CHOICES.get((field, str(value)), str(value))


def _tone(line: str) -> str:
    return {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
