"""What a button of the block editor does to the rows: add, move, copy, delete. Pure."""

from msgspec import Struct

from tenantcrm.campaigns.rendering.blocks.shapes import MOST_BLOCKS
from tenantcrm.web.dashboard.editor.block_rows import FIELDS, Row

NAMES = {
    "heading": "Heading",
    "text": "Text",
    "button": "Button",
    "image": "Image",
    "divider": "Divider",
    "spacer": "Spacer",
    "columns": "Columns",
}


class Step(Struct, frozen=True):
    """What was done. ``focus``: the row to go on with, 0: the button; ``words``: read out."""

    rows: list[Row]
    focus: int = 0
    words: str = ""


def step(rows: list[Row], do: str) -> Step:
    """Do what a button says: ``add:KIND:PLACE``, ``up:N``, ``down:N``, ``copy:N``, ``delete:N``.

    ``PLACE`` is ``after.N``, or ``in.N.COLUMN``, or ``end``. What is not understood does nothing.
    """
    verb, _, rest = do.partition(":")
    if verb == "add":
        kind, _, place = rest.partition(":")
        return _add(rows, kind, place.split("."))
    row = next((one for one in rows if str(one.uid) == rest), None)
    if row is None:
        return Step(rows)
    if verb in {"up", "down"}:
        return _move(rows, row, -1 if verb == "up" else 1)
    if verb == "copy":
        return _copy(rows, row)
    return _delete(rows, row) if verb == "delete" else Step(rows)


def _add(rows: list[Row], kind: str, place: list[str]) -> Step:
    if kind not in FIELDS:
        return Step(rows)
    if len(rows) >= MOST_BLOCKS:
        return Step(rows, 0, f"A mail has at most {MOST_BLOCKS} blocks.")
    made = Row(uid=_next(rows), kind=kind, values=dict(FIELDS[kind]))
    at = len(rows)
    beside = next((row for row in rows if [str(row.uid)] == place[1:2]), None)
    if beside is not None and place[0] == "after":
        made.parent, made.column = beside.place
        at = rows.index(beside) + 1
    elif beside is not None and beside.kind == "columns" and place[2:3] in (["0"], ["1"], ["2"]):
        made.parent, made.column = beside.uid, int(place[2])
    if made.parent and kind == "columns":
        return Step(rows, 0, "Columns do not stand in columns.")
    return Step([*rows[:at], made, *rows[at:]], made.uid, f"{NAMES[kind]} added.")


def _next(rows: list[Row]) -> int:
    return max((row.uid for row in rows), default=0) + 1


def _move(rows: list[Row], row: Row, by: int) -> Step:
    near = [one for one in rows if one.place == row.place]
    place = near.index(row) + by
    if not 0 <= place < len(near):
        return Step(rows, 0, f"{NAMES[row.kind]} is {'first' if by < 0 else 'last'} already.")
    other, moved = near[place], list(rows)
    first, second = moved.index(row), moved.index(other)
    moved[first], moved[second] = other, row
    return Step(moved, 0, f"{NAMES[row.kind]} is now {place + 1} of {len(near)}.")


def _copy(rows: list[Row], row: Row) -> Step:
    inside = [one for one in rows if one.parent == row.uid]
    if len(rows) + 1 + len(inside) > MOST_BLOCKS:
        return Step(rows, row.uid, f"A mail has at most {MOST_BLOCKS} blocks.")
    first = _next(rows)
    made = [
        Row(
            uid=first + n,
            kind=one.kind,
            values=dict(one.values),
            parent=first if n else one.parent,
            column=one.column,
        )
        for n, one in enumerate([row, *inside])
    ]
    at = rows.index(row) + 1
    return Step([*rows[:at], *made, *rows[at:]], first, f"{NAMES[row.kind]} copied.")


def _delete(rows: list[Row], row: Row) -> Step:
    near = [one for one in rows if one.place == row.place]
    place = near.index(row)
    others = near[place + 1 : place + 2] or near[max(place - 1, 0) : place]
    left = [one for one in rows if one is not row and one.parent != row.uid]
    return Step(left, others[0].uid if others else row.parent, f"{NAMES[row.kind]} deleted.")
