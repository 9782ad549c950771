"""Many rows with few statements: each statement hands the interpreter's lock to and fro."""

import sqlite3
from collections.abc import Sequence
from itertools import chain

TOGETHER = 100


def insert(
    db: sqlite3.Connection, table: str, columns: str, rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows, a hundred a statement. ``table``, ``columns``: constants of the code."""
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        one = f"({', '.join('?' * len(some[0]))})"
        db.execute(
            f"INSERT INTO {table} ({columns}) VALUES {', '.join([one] * len(some))}",  # noqa: S608 -- constants
            list(chain.from_iterable(some)),
        )
