"""The form that says what the columns of a file become."""

from typing import Any, Final

from msgspec import structs

from tenantcrm.contacts.imports.columns import attribute_name
from tenantcrm.contacts.imports.layout import Column, Kind, Target
from tenantcrm.errors import InvalidError
from tenantcrm.web.forms import Form

TARGETS: Final = [
    (Target.EMAIL.value, "Email address"),
    (Target.NAME.value, "Name"),
    (Target.FIRST_NAME.value, "First name"),
    (Target.LAST_NAME.value, "Last name"),
    (Target.EXTERNAL_ID.value, "External id"),
    (Target.TIMEZONE.value, "Time zone"),
    (Target.ATTRIBUTE.value, "Attribute"),
    (Target.IGNORE.value, "Do not import"),
]
KINDS: Final = [
    (Kind.TEXT.value, "Text"),
    (Kind.NUMBER.value, "Number (1234.5)"),
    (Kind.NUMBER_COMMA.value, "Number (1.234,5)"),
    (Kind.BOOLEAN.value, "Yes or no"),
    (Kind.DATE.value, "Date (2026-12-31)"),
    (Kind.DATE_DMY.value, "Date (31.12.2026)"),
    (Kind.DATE_MDY.value, "Date (12/31/2026)"),
]
SHOWN: Final = 3
SHOWN_LENGTH: Final = 60


def read_columns(form: Form, columns: list[Column]) -> list[Column]:
    """The columns as the form says; what it does not say stays as it was guessed."""
    found = []
    for place, column in enumerate(columns):
        to = _one(Target, form[f"to-{place}"], column.to)
        # Written as people write, kept as attributes are named.
        name = attribute_name(form[f"name-{place}"].strip() or column.header)
        kind = _one(Kind, form[f"kind-{place}"], column.kind)
        found.append(
            structs.replace(column, to=to, name=name if to is Target.ATTRIBUTE else "", kind=kind)
        )
    return found


def _one(choices: Any, text: str, otherwise: Any) -> Any:
    return choices(text) if text in set(choices) else otherwise


def column_rows(
    columns: list[Column], samples: list[list[str]], errors: dict[str, str]
) -> list[dict[str, Any]]:
    """What the page shows of each column."""
    return [
        {
            "place": place,
            "header": column.header or f"Column {place + 1}",
            "to": column.to.value,
            "name": column.name or attribute_name(column.header),
            "kind": column.kind.value,
            "samples": [
                _short(row[place])
                for row in samples[:SHOWN]
                if place < len(row) and row[place].strip()
            ],
            "error": errors.get(f"columns/{place}", ""),
        }
        for place, column in enumerate(columns)
    ]


def column_errors(fault: InvalidError) -> dict[str, str]:
    """The faults of a mapping, by ``columns/N``; the rest under the empty name."""
    found: dict[str, str] = {}
    for error in fault.errors:
        name = error.pointer.removeprefix("/")
        found["" if name in {"columns", "attributes"} else name] = error.message
    return found


def _short(cell: str) -> str:
    cell = cell.strip()
    return cell if len(cell) <= SHOWN_LENGTH else f"{cell[:SHOWN_LENGTH]}…"
