"""The filter builder's form: read from fields, made of a text, and what its buttons do.

A builder called ``contact_filter`` has the fields ``contact_filter.as`` (``rows`` or ``text``),
``contact_filter`` (the text, where it is text), ``contact_filter.join`` and, for each row,
``contact_filter.0.of``, ``.op`` and ``.value``. Its buttons are called ``contact_filter.do``. A
field of that name alone is a filter as everybody else writes it. Everything here is pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tenantcrm.contacts.filters import FilterError, parse, show
from tenantcrm.contacts.filters.ast import Attribute, Expression, Field
from tenantcrm.contacts.filters.kinds import (
    Kind,
    kind_of_op,
    kinds_of_field,
    ops_for,
    read_target,
    takes_value,
)
from tenantcrm.contacts.filters.rows import (
    MOST,
    NotRows,
    Op,
    Row,
    Rows,
    expression_of,
    fault_of,
    rows_of,
)
from tenantcrm.contacts.filters.show import shown_target
from tenantcrm.errors import InvalidError

ADD, TO_TEXT, TO_ROWS, REMOVE = "add", "text", "rows", "remove."
AS_ROWS, AS_TEXT = "rows", "text"
_NONE: Mapping[str, Collection[str]] = {}


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row as it is typed; ``fault``: what is wrong with it, in a sentence."""

    of: str = ""
    op: str = ""
    value: str = ""
    fault: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing has been typed or picked yet."""
        return not self.of and not self.value


@dataclass(frozen=True, slots=True)
class FilterForm:
    """The state of a filter builder.

    ``text`` is the filter that it says: of the rows, those that are complete. ``error``: what is
    wrong with the text. ``why``: why the text cannot be rows. ``acted``: one of the builder's own
    buttons was pressed, so that the form around it is shown again and not taken. ``focus``: the row
    where a keyboard goes on.
    """

    name: str
    shown_as: str = AS_ROWS
    join: str = "all"
    rows: tuple[FormRow, ...] = ()
    text: str = ""
    error: str = ""
    why: str = ""
    acted: bool = False
    focus: int | None = None
    expression: Expression | None = field(default=None, compare=False)

    @property
    def faulty(self) -> bool:
        """Whether something has to be mended before the filter can be used."""
        return bool(self.error or any(row.fault for row in self.rows))

    def check(self) -> None:
        """Refuse a filter with a fault.

        Raises:
            InvalidError: at the builder's name; says which row, or where in the text.
        """
        faults = [f"Row {n}: {row.fault}" for n, row in enumerate(self.rows, 1) if row.fault]
        if self.error or faults:
            words = self.error or " ".join(faults)
            raise InvalidError.of(f"/{self.name}", "invalid_filter", words)


def of_text(text: str, name: str = "filter") -> FilterForm:
    """The builder for a filter: rows where they can show it, else the text and why."""
    try:
        expression = parse(text)
    except FilterError as fault:
        return FilterForm(name, AS_TEXT, text=text, error=fault.errors[0].message)
    found = rows_of(expression)
    if isinstance(found, NotRows):
        return FilterForm(name, AS_TEXT, text=text, why=found.why, expression=expression)
    rows = tuple(FormRow(shown_target(row.target), row.op, row.value) for row in found.rows)
    return FilterForm(name, AS_ROWS, found.join, rows, text.strip(), expression=expression)


def is_builder(fields: Mapping[str, str], name: str = "filter") -> bool:
    """Whether the fields come from a builder of this name, and not from a plain text."""
    return f"{name}.as" in fields


def read_filter(
    fields: Mapping[str, str], name: str = "filter", known: Mapping[str, Collection[str]] = _NONE
) -> FilterForm:
    """The builder as its fields have it, once the button that was pressed has done its work.

    ``known``: types of attributes, for a row whose attribute has just been picked: what it asks has
    to suit.
    """
    text = fields.get(name, "").replace("\x00", "")
    pressed = fields.get(f"{name}.do", "")
    if not is_builder(fields, name):
        return of_text(text, name)
    if fields[f"{name}.as"] == AS_TEXT:
        found = of_text(text, name)
        if pressed == TO_ROWS:
            return replace(found, acted=True)
        # What was typed as text stays text until somebody asks for rows.
        return replace(found, shown_as=AS_TEXT, text=text, rows=(), why="", acted=bool(pressed))
    join = "any" if fields.get(f"{name}.join") == "any" else "all"
    rows = _typed(fields, name, known)
    focus = None
    if pressed == ADD and len(rows) < MOST:
        rows, focus = [*rows, FormRow()], len(rows)
    elif pressed.startswith(REMOVE):
        rows = [row for n, row in enumerate(rows) if pressed != f"{REMOVE}{n}"]
        focus = len(rows) - 1 if rows else None
    made = _composed(name, join, rows)
    if pressed == TO_TEXT:
        return replace(made, shown_as=AS_TEXT, rows=(), acted=True)
    return replace(made, acted=bool(pressed), focus=focus)


def _typed(
    fields: Mapping[str, str], name: str, known: Mapping[str, Collection[str]]
) -> list[FormRow]:
    rows = []
    for n in range(MOST):
        key = f"{name}.{n}"
        if f"{key}.of" not in fields:
            break
        of, op = fields[f"{key}.of"], fields.get(f"{key}.op", "")
        target = read_target(of)
        if isinstance(target, Attribute) and fields.get(f"{key}.was", of) != of:
            ops = ops_for(known.get(target.name, ()))
            op = op if op in ops else ops[0]
        rows.append(FormRow(of, op, fields.get(f"{key}.value", "").replace("\x00", "")))
    return rows


def _composed(name: str, join: str, rows: list[FormRow]) -> FilterForm:
    """The builder with what its complete rows say."""
    shown, complete = [], []
    for typed in rows:
        row, fault = _read(typed)
        op = row.op if row else typed.op
        shown.append(replace(typed, op=op, fault="" if typed.blank else fault))
        if row is not None and not fault:
            complete.append(row)
    expression = expression_of(Rows("any" if join == "any" else "all", tuple(complete)))
    text = show(expression)
    made = FilterForm(name, AS_ROWS, join, tuple(shown), text, expression=expression)
    try:
        parse(text)
    except FilterError as fault:  # As long as, or with characters that, no filter may have.
        return replace(made, error=fault.errors[0].message)
    return made


def _read(typed: FormRow) -> tuple[Row | None, str]:
    """The row, with an op that its target can be asked; and what is wrong with it."""
    if not typed.of:
        return None, "Pick what to compare."
    target = read_target(typed.of)
    if target is None:
        return None, f"There is no attribute called {typed.of[:40]}."
    ops = ops_for(kinds_of_field(target) if isinstance(target, Field) else ())
    op = Op(typed.op) if typed.op in ops else ops[0]
    value = typed.value if takes_value(op) else ""
    if kind_of_op(op) is not Kind.TEXT:
        value = value.strip()
    row = Row(target, op, value)
    return row, fault_of(row)
