"""A filter builder as its template shows it: what can be picked, in words, and what was counted."""

from collections.abc import Mapping
from typing import Any

from tenantcrm.contacts.filters.ast import Field
from tenantcrm.contacts.filters.kinds import (
    Kind,
    kind_of_op,
    kinds_of_field,
    ops_for,
    read_target,
    takes_value,
)
from tenantcrm.contacts.filters.literals import as_moment
from tenantcrm.contacts.filters.rows import Op
from tenantcrm.contacts.filters.show import shown_target
from tenantcrm.contacts.schemas import Audience
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.web.filter_form import AS_TEXT, FilterForm, FormRow
from tenantcrm.web.templating import number_text

FIELDS = {
    Field.EMAIL: "Email", Field.NAME: "Name", Field.EXTERNAL_ID: "External id",
    Field.STATUS: "Status", Field.TIMEZONE: "Time zone", Field.CREATED_AT: "Added",
    Field.UPDATED_AT: "Updated",
}  # fmt: skip
OPS = {
    Op.IS: "is", Op.IS_NOT: "is not", Op.CONTAINS: "contains", Op.LACKS: "does not contain",
    Op.STARTS: "starts with", Op.ENDS: "ends with", Op.EQ: "equals", Op.NE: "does not equal",
    Op.GT: "is more than", Op.GE: "is at least", Op.LT: "is less than", Op.LE: "is at most",
    Op.ON: "is on", Op.NOT_ON: "is not on", Op.BEFORE: "is before", Op.UNTIL: "is on or before",
    Op.AFTER: "is after", Op.SINCE: "is on or after", Op.TRUE: "is true", Op.FALSE: "is false",
    Op.PRESENT: "is present", Op.MISSING: "is missing",
}  # fmt: skip
EXCLUDED = {
    "unsubscribed": "unsubscribed", "bounced": "bounced", "complained": "reported a mail as spam",
    "suppressed": "suppressed",
}  # fmt: skip
Known = Mapping[str, tuple[Kind, ...]]


def builder_view(
    form: FilterForm,
    known: Known,
    result: dict[str, Any] | None,
    mode: str = "live",
    *,
    quiet: bool = False,
) -> dict[str, Any]:
    """What ``ui.filter_builder`` shows; ``known``: the tenant's attributes; ``result``: see
    :func:`reach_view`, or None where the page's script is to ask for it. ``quiet``: somebody is at
    it, and is not yet told off for a value that is still to be typed.
    """
    spelled = {_spelled(name): kinds for name, kinds in known.items()}
    attributes = [(key, f"{key} ({', '.join(kinds)})") for key, kinds in spelled.items()]
    return {
        "name": form.name,
        "key": form.name.replace(".", "-"),
        "form": form,
        "is_text": form.shown_as == AS_TEXT,
        "rows": [
            _row_view(form, n, row, spelled, attributes, quiet=quiet)
            for n, row in enumerate(form.rows)
        ],
        "result": result,
        "mode": mode,
    }


def _spelled(name: str) -> str:
    return f"attributes.{name}" if name in list(Field) else name


def _row_view(
    form: FilterForm,
    n: int,
    row: FormRow,
    known: Known,
    attributes: list[tuple[str, str]],
    *,
    quiet: bool,
) -> dict[str, Any]:
    target = read_target(row.of)
    spelling = shown_target(target) if target else row.of
    kinds = kinds_of_field(target) if isinstance(target, Field) else known.get(spelling, ())
    ops = list(ops_for(kinds))
    op = Op(row.op) if row.op in list(Op) else ops[0]
    if op not in ops:
        ops.insert(0, op)
    groups: list[Any] = [("", "Choose…")] if not row.of else []
    others = [] if isinstance(target, Field) or spelling in known or not row.of else [
        (spelling, spelling)
    ]  # fmt: skip
    groups.append(("Every contact has", [(f.value, words) for f, words in FIELDS.items()]))
    if attributes or others:
        groups.append(("Attributes", [*others, *attributes]))
    return {
        "at": n,
        "of": spelling,
        "targets": groups,
        "op": op.value,
        "ops": [(one.value, OPS[one]) for one in ops],
        "value": row.value,
        "input": _input(target, op, row.value),
        "fault": "" if quiet and not row.value.strip() else row.fault,
        "focus": form.focus == n,
        "statuses": [(status.value, status.value.capitalize()) for status in ContactStatus],
    }


def _input(target: object, op: Op, value: str) -> str:
    """Which control takes the value: ``""`` none, ``text``, ``number``, ``date`` or ``status``."""
    if not takes_value(op):
        return ""
    kind = kind_of_op(op)
    if kind is Kind.DATE:
        moment = as_moment(value)
        return "text" if value and not (moment and moment.whole_day) else "date"
    if target is Field.STATUS and op in {Op.IS, Op.IS_NOT}:
        return "status"
    return "number" if kind is Kind.NUMBER else "text"


def reach_view(form: FilterForm, found: Audience | None) -> dict[str, Any]:
    """Whom a filter reaches, in words: the one line that is read out, the rest, and five people."""
    if found is None:
        return {"said": form.error, "faulty": True, "excluded": "", "sample": []}
    number = counted(found.eligible, exact=found.exact)
    one = found.exact and found.eligible == 1
    said = f"{number} {'contact matches' if one else 'contacts match'} and can be mailed."
    if any(row.fault for row in form.rows):
        said += " A row that is not complete is left out."
    return {
        "said": said[:1].upper() + said[1:],
        "faulty": False,
        "excluded": _excluded(found),
        "sample": [(row.id.hex, row.email, row.name or "") for row in found.sample],
    }


def _excluded(found: Audience) -> str:
    number = sum(found.excluded.values())
    if not number:
        return ""
    parts = [
        f"{counted(n, exact=found.exact)} {EXCLUDED.get(reason, reason)}"
        for reason, n in sorted(found.excluded.items(), key=lambda pair: -pair[1])
    ]
    verb = "matches" if number == 1 else "match"
    all_of_them = counted(number, exact=found.exact)
    words = f"{all_of_them} more {verb} but cannot be mailed: {', '.join(parts)}."
    return words[:1].upper() + words[1:]


def counted(number: int, *, exact: bool) -> str:
    """A number as far as it is known."""
    return number_text(number) if exact else about(number)


SURE = 25_000
"""From here on some 400 of those meant are in the sample, and two figures of the number count."""


def about(number: int) -> str:
    """An estimate, in words: "about 12,000"; nobody in the sample are hardly any."""
    if number == 0:
        return "fewer than 200"
    return f"about {number_text(rounded(number))}"


def rounded(number: int) -> int:
    """An estimate without the figures that it cannot know: of few who were found, half of one.

    One in 64 was looked at: 1,200 may be 900 as well as 1,500, and 120,000 are two or three in a
    hundred more or less.
    """
    if number < 100:  # noqa: PLR2004 - whoever is so few is hardly in the sample
        return number
    step: int = 10 ** (len(str(number)) - 2)
    if number < SURE:
        step *= 5
    found: int = round(number / step) * step
    return found
