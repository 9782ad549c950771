"""What the form of a contact changes: as typed, against as opened and as stored. Pure.

The form carries how it was opened. What somebody else, an import or a backend has changed since
and the form has not is left as it is; what both have changed is asked. Attributes are looked at
one by one.
"""

from collections.abc import Mapping

from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.web.dashboard.attributes import read_attributes, show_attributes, shown_value
from tenantcrm.web.dashboard.conflicts import Conflict, conflict, opened_in, settled
from tenantcrm.web.forms import Form

LABELS = {
    "email": "Email",
    "name": "Name",
    "external_id": "External id",
    "timezone": "Time zone",
}
FIELDS = (*LABELS, "attributes")
ONE = "attribute:"
"""Before the name of an attribute, among the fields."""


def stored_values(row: ContactRow) -> dict[str, str]:
    """What the form of a contact is opened with."""
    values = {name: getattr(row, name) or "" for name in LABELS}
    return values | {"attributes": show_attributes(row.attributes)}


def merged(form: Form, stored: Mapping[str, str]) -> tuple[dict[str, str], Conflict]:
    """The values of the form with what only others have changed, and what is left to be asked.

    Raises:
        InvalidError: a line of the attributes cannot be read.
    """
    opened = opened_in(form, FIELDS)
    there = _flat(stored)
    typed = _flat(form.values(*FIELDS))
    # A form that does not say how it was opened has seen what is stored.
    before = there if opened is None else _flat(opened)
    names = [name for name in before | there | typed if name not in LABELS]
    labels = LABELS | {name: name.removeprefix(ONE) for name in sorted(names)}
    before, there, typed = (dict.fromkeys(labels, "") | some for some in (before, there, typed))
    found = conflict(labels, opened=before, stored=there, typed=settled(form, there, typed))
    lines = [
        f"{labels[name]}: {found.values[name]}"
        for name in labels
        if name not in LABELS and found.values[name]
    ]
    values = {name: found.values[name] for name in LABELS} | {"attributes": "\n".join(lines)}
    return values, found


def _flat(values: Mapping[str, str]) -> dict[str, str]:
    """The fields, and each attribute as one; an attribute that is there is never empty."""
    attributes = read_attributes(values["attributes"])
    return {name: values[name] for name in LABELS} | {
        ONE + name: shown_value(value) for name, value in attributes.items()
    }
