"""Entries of the audit log in words: who, what, and what it was and is."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from difflib import unified_diff
from typing import Any
from uuid import UUID

from tenantcrm.tenants.schemas import AuditRow
from tenantcrm.web.templating import utc_text

SUBJECTS = {
    "settings": "settings",
    "account": "account",
    "member": "member",
    "invitation": "invitation",
    "key": "API key",
    "domain": "sending domain",
    "campaign": "campaign",
    "message": "message",
    "contact": "contact",
    "import": "import",
    "delivery": "mail",
    "send": "mail",
    "bulk_action": "bulk action",
}
"""By the entries' own words, as within a sentence; a word that is not here is shown as it is."""
PLACES = {
    "settings": "/settings",
    "member": "/settings/team",
    "invitation": "/settings/team",
    "key": "/keys",
    "domain": "/settings/domains/{id}",
    "campaign": "/campaigns/{id}",
    "contact": "/contacts/{id}",
    "delivery": "/sends/{id}",
    "send": "/sends/{id}",
}
"""Where a thing is shown, as long as it is there."""
GONE = frozenset({"deleted", "erased", "removed", "withdrawn", "left"})
ACTORS = {"system": "The service", "command": "The command line", "": "Somebody"}
KINDS = {"user": "A person who is gone", "key": "A key that is gone", "operator": "An operator"}
NOTHING = "nothing"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*[+-]\d\d:\d\d$")


def actor_ids(actors: list[str], kind: str) -> list[UUID]:
    """The ids of the actors of a kind, ``user`` or ``key``."""
    found = (_split(actor) for actor in actors)
    return [actor_id for named, actor_id in found if named == kind and actor_id is not None]


def actor_text(actor: str, names: Mapping[UUID, str]) -> str:
    """Who it was; ``names``: of people and of keys."""
    kind, actor_id = _split(actor)
    if actor_id is not None and actor_id in names:
        return f"Key {names[actor_id]}" if kind == "key" else names[actor_id]
    return ACTORS.get(actor, KINDS.get(kind, actor))


def subject_text(subject: str) -> str:
    """A kind of thing, at the beginning of a line."""
    noun = _noun(subject)
    return noun[:1].upper() + noun[1:]


def _noun(subject: str) -> str:
    return SUBJECTS.get(subject, subject.replace("_", " "))


def entry(row: AuditRow, names: Mapping[UUID, str]) -> dict[str, Any]:
    """An entry for the page."""
    place = PLACES.get(row.subject, "") if row.action not in GONE else ""
    needs_id = "{id}" in place
    href = place.format(id=row.subject_id.hex if row.subject_id else "")
    return {
        "at": row.at,
        "actor": actor_text(row.actor, names),
        "actor_key": row.actor,
        "subject": _noun(row.subject),
        "subject_key": row.subject,
        "id": row.subject_id.hex if row.subject_id else "",
        "action": row.action,
        "name": row.name,
        "href": "" if needs_id and row.subject_id is None else href,
        "changes": [_change(field, pair) for field, pair in row.changes.items()],
    }


def changes_text(row: AuditRow) -> str:
    """What changed, in one cell."""
    return "; ".join(_line(field, pair) for field, pair in row.changes.items())


def label(name: str) -> str:
    """A field's name for people; ``messages/KEY/FIELD`` is one of a campaign's message."""
    if name.startswith("messages/"):
        _, message, *field = name.split("/")
        return f"Message “{message}”" + "".join(f": {label(one).lower()}" for one in field)
    return name.replace("_", " ").replace(".", " ").strip().capitalize() or name


def _line(field: str, pair: Any) -> str:
    old, new = _pair(pair)
    if old is None and new is None:
        return label(field)
    return f"{label(field)}: {value(old)} → {value(new)}"


def _change(field: str, pair: Any) -> dict[str, Any]:
    old, new = _pair(pair)
    shown: dict[str, Any] = {"label": label(field), "old": "", "new": "", "lines": []}
    if old is None and new is None:
        return shown | {"new": "changed"}
    before, after = value(old), value(new)
    if "\n" in before + after:
        return shown | {"lines": _diff(old, new)}
    return shown | {"old": "" if before in {NOTHING, after} else before, "new": after}


def _diff(old: Any, new: Any) -> list[tuple[str, str]]:
    texts = ["" if one is None else value(one) for one in (old, new)]
    before, after = (text.splitlines() for text in texts)
    lines = list(unified_diff(before, after, lineterm="", n=2))[2:]
    tones = {"+": "added", "-": "removed", "@": "place"}
    return [(tones.get(line[:1], "same"), line) for line in lines]


def value(one: Any) -> str:
    """A value for people."""
    if one is None or one in ("", [], {}):
        return NOTHING
    if isinstance(one, bool):
        return "yes" if one else "no"
    if isinstance(one, list) and all(isinstance(part, str | int | float) for part in one):
        return ", ".join(str(part) for part in one)
    if isinstance(one, list | dict):
        return json.dumps(one, ensure_ascii=False, indent=2)
    return _moment(one) if isinstance(one, str) else str(one)


def _moment(text: str) -> str:
    """A moment in words; any other text as it is."""
    if not MOMENT.match(text):
        return text
    try:
        return utc_text(datetime.fromisoformat(text))
    except ValueError:
        return text


def _pair(pair: Any) -> tuple[Any, Any]:
    return (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else (None, pair)  # noqa: PLR2004 - before and after


def _split(actor: str) -> tuple[str, UUID | None]:
    kind, _, text = actor.partition(":")
    try:
        return kind, UUID(text)
    except ValueError:
        return kind, None
