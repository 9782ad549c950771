"""The rows of the block editor for its page: each with its number, and what stands in it."""

from typing import Any

from tenantcrm.web.dashboard.editor.block_rows import Row, in_order


def stack_of(rows: list[Row]) -> dict[str, Any]:
    """The blocks of the mail, those in columns inside; and the order for the form."""
    ordered = in_order(rows)
    numbers = {row.uid: number for number, row in enumerate(ordered, 1)}

    def shown(row: Row) -> dict[str, Any]:
        columns = range(3 if row.values.get("count") == "3" else 2) if row.kind == "columns" else ()
        inside = [[shown(one) for one in ordered if one.place == (row.uid, c)] for c in columns]
        return {
            "uid": row.uid,
            "kind": row.kind,
            "number": numbers[row.uid],
            "parent": row.parent,
            "column": row.column,
            # Not "values": in a template that is a method of the mapping.
            "values_of": row.values,
            "inside": inside,
        }

    return {
        "order": ",".join(str(row.uid) for row in ordered),
        "rows": [shown(row) for row in ordered if not row.parent],
    }
