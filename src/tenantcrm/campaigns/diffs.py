"""What differs between two versions of a campaign, to be read by people. Pure."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

LINES_MOST = 400
"""Lines of a template's diff that are told; who changed more has another template."""


class Change(Struct, frozen=True, kw_only=True):
    """One difference. ``field``: a campaign's field, or ``messages/KEY/FIELD``.

    ``lines``: of templates, the lines of a unified diff; ``old`` and ``new`` are then empty.
    """

    field: str
    old: Any = None
    new: Any = None
    lines: list[str] = []


class Snapshot(Struct, frozen=True):
    """A version: the campaign's fields by name, and its messages, each as its fields by name."""

    fields: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]


def changes_between(old: Snapshot, new: Snapshot) -> list[Change]:
    """What was changed from the one to the other: fields first, then messages by day."""
    found = [
        Change(field=name, old=old.fields.get(name), new=value)
        for name, value in new.fields.items()
        if old.fields.get(name) != value
    ]
    was = {message["id"]: message for message in old.messages}
    will = {message["id"]: message for message in new.messages}
    for key, message in will.items():
        path = f"messages/{message['key']}"
        if key not in was:
            found.append(Change(field=path, new=_short(message)))
            continue
        found += _of_message(path, was[key], message)
    found += [
        Change(field=f"messages/{message['key']}", old=_short(message))
        for key, message in was.items()
        if key not in will
    ]
    return found


def _of_message(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    found = [
        Change(field=f"{path}/{name}", old=old[name], new=new[name])
        for name in ("key", "send_day", "subject", "preheader", "format")
        if old[name] != new[name]
    ]
    if old["html_template"] != new["html_template"]:
        lines = difflib.unified_diff(
            old["html_template"].splitlines(), new["html_template"].splitlines(), n=2, lineterm=""
        )
        found.append(Change(field=f"{path}/html_template", lines=list(lines)[2 : LINES_MOST + 2]))
    return found


def _short(message: Mapping[str, Any]) -> str:
    return f"day {message['send_day']}: {message['subject']}"
