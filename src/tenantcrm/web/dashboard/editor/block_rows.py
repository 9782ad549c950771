"""The blocks of a mail as a form has them: rows with texts, which stay as they were typed."""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tenantcrm.campaigns.rendering.blocks import Document, read
from tenantcrm.campaigns.rendering.blocks.shapes import MOST_BLOCKS, Columns
from tenantcrm.campaigns.rendering.errors import TemplateFault
from tenantcrm.web.forms import Form

FIELDS: dict[str, dict[str, str]] = {
    "heading": {"text": "", "level": "1", "align": "left"},
    "text": {"text": "", "align": "left"},
    "button": {"text": "", "url": "", "align": "left"},
    "image": {"url": "", "alt": "", "link": "", "width": "", "align": "center"},
    "divider": {},
    "spacer": {"height": "24"},
    "columns": {"count": "2"},
}
"""The fields of each kind, with what stands in a new one."""
DESIGN = {"accent": "#2f4fc4", "background": "#f4f3f0", "font": "sans"}
WHOLE = frozenset({"level", "width", "height"})
STARTER = json.dumps(
    {
        "blocks": [
            {"type": "heading", "text": "Hello {{ contact.name | default: 'there' }}"},
            {"type": "text", "text": "Good to have you."},
        ]
    }
)


class Row(Struct, kw_only=True):
    """A block. ``parent`` 0: of the mail itself; else of that block's ``column``, from 0."""

    uid: int
    kind: str
    values: dict[str, str]
    parent: int = 0
    column: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands; those of one place are its neighbours."""
        return self.parent, self.column


def rows_of(template: str) -> tuple[list[Row], dict[str, str]]:
    """The rows and the design of a stored mail; their numbers are those of ``every``.

    What cannot be read has no rows.
    """
    try:
        document = read(template)
    except TemplateFault:
        return [], dict(DESIGN)
    rows = list(_rows(document))
    design = {name: str(getattr(document.design, name)) for name in DESIGN}
    return rows, design


def _rows(document: Document) -> Iterator[Row]:
    uid = 0
    for block in document.blocks:
        uid += 1
        own = uid
        yield Row(uid=uid, kind=_kind(block), values=_values(block))
        if isinstance(block, Columns):
            for column, inside in enumerate(block.columns):
                for one in inside:
                    uid += 1
                    yield Row(
                        uid=uid, kind=_kind(one), values=_values(one), parent=own, column=column
                    )


def _kind(block: object) -> str:
    return type(block).__name__.lower()


def _values(block: object) -> dict[str, str]:
    if isinstance(block, Columns):
        return {"count": str(len(block.columns))}
    found = {name: getattr(block, name) for name in FIELDS[_kind(block)]}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def read_rows(form: Form) -> tuple[list[Row], dict[str, str]]:
    """The rows and the design that a form holds; what no page of ours sends is left out."""
    rows: list[Row] = []
    for text in form["order"].split(",")[: 2 * MOST_BLOCKS]:
        uid = int(text) if text.isascii() and text.isdigit() and len(text) < len("10000") else 0
        kind = form[f"b.{uid}.kind"]
        if not uid or kind not in FIELDS or any(row.uid == uid for row in rows):
            continue
        parent, _, column = form[f"b.{uid}.at"].partition(".")
        values = {n: form.get(f"b.{uid}.{n}", usual) for n, usual in FIELDS[kind].items()}
        row = Row(uid=uid, kind=kind, values=values)
        if parent.isdigit() and column in {"0", "1", "2"}:
            row.parent, row.column = int(parent), int(column)
        rows.append(row)
    known = {row.uid: row for row in rows if row.kind == "columns" and not row.parent}
    for row in rows:
        if row.parent in known and known[row.parent].values["count"] != "3":
            # What stood in a third column that is gone goes on in the second.
            row.column = min(row.column, 1)
    inside = [row for row in rows if row.parent in known and row.kind != "columns"]
    kept = [row for row in rows if not row.parent or row in inside]
    return kept, {name: form[f"design.{name}"] or value for name, value in DESIGN.items()}


def in_order(rows: list[Row]) -> list[Row]:
    """The rows as the mail has them: those in columns behind the row that holds them."""
    found = []
    for row in (row for row in rows if not row.parent):
        found.append(row)
        for column in range(3):
            found += [one for one in rows if one.place == (row.uid, column)]
    return found


def template_of(rows: list[Row], design: dict[str, str]) -> str:
    """The JSON of the rows, fit to be read by people. What is no number stays text, and is told."""
    document: dict[str, Any] = {}
    if design != DESIGN:
        document["design"] = design
    document["blocks"] = [_block(row, rows) for row in rows if not row.parent]
    return json.dumps(document, ensure_ascii=False, indent=1)


def _block(row: Row, rows: list[Row]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": row.kind}
    if row.kind == "columns":
        count = 3 if row.values["count"] == "3" else 2
        found["columns"] = [
            [_block(one, rows) for one in rows if one.place == (row.uid, column)]
            for column in range(count)
        ]
        return found
    for name, value in row.values.items():
        text = value.strip() if name not in {"text", "alt"} else value
        if name in WHOLE and not text:
            continue
        number = name in WHOLE and text.isascii() and text.isdigit() and len(text) < len("10000")
        if text != FIELDS[row.kind][name] or name == "text":
            found[name] = int(text) if number else text
    return found
