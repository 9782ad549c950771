"""Text without regard to case, the same in Python and in SQL.

Both sides use ``str.casefold`` (Unicode full case folding). Attributes are stored folded already.
The few columns that are not are folded here in SQL: by ``lower`` where all is ASCII, else letter by
letter through a table that Python made. PostgreSQL's own ``lower`` depends on the collation and,
like its ``casefold`` (from 18 on), on the Unicode version of the server.
"""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Text, case, func, literal, null, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

ESCAPE = "/"
_METACHARACTERS = str.maketrans({c: ESCAPE + c for c in ("%", "_", ESCAPE)})


@cache
def _foldings() -> dict[str, str]:
    """Every character that folding changes, with what it becomes: about 1,500."""
    # Beyond the first two planes of Unicode stand ideographs and no letters with case.
    characters = map(chr, range(0x20000))
    return {c: c.casefold() for c in characters if c.casefold() != c}


@cache
def _by_letter() -> dict[str, dict[str, str]]:
    """For each folded letter, the characters that become it, or a text with it."""
    found: dict[str, dict[str, str]] = {}
    for character, to in _foldings().items():
        for letter in to:
            found.setdefault(letter, {})[character] = to
    return found


def foldings(folded: str | None) -> dict[str, str]:
    """The foldings that matter for finding a folded text; all of them for ``None``.

    A character whose folding has no letter in common with the sought text matches none of it
    folded, and none unfolded either, for the sought text holds folded characters alone.
    """
    if folded is None:
        return _foldings()
    groups = (_by_letter().get(letter, {}) for letter in sorted(set(folded)))
    return {character: to for group in groups for character, to in group.items()}


def folded_in_sql(column: ColumnElement[str | None], sought: str | None) -> ColumnElement[str]:
    """The column, folded as far as it matters for finding ``sought`` (a folded text) in it."""
    table = literal(foldings(sought), JSONB)
    letters = (
        func.string_to_table(column, null())
        .table_valued("letter", with_ordinality="place", name="letters")
        .render_derived()
    )
    letter: ColumnElement[Any] = letters.c.letter
    one = func.coalesce(table.op("->>", return_type=Text())(letter), letter)
    spelled = (
        select(func.string_agg(one, aggregate_order_by(literal("", Text), letters.c.place)))
        .select_from(letters)
        .scalar_subquery()
    )
    is_ascii = func.octet_length(column) == func.char_length(column)
    return case((is_ascii, func.lower(column.collate("C"))), else_=spelled)


def like_pattern(parts: tuple[str, ...], *, inside: bool = False) -> str:
    """The LIKE pattern (escape ``/``) with any text between the parts.

    ``inside`` lets any text stand before and after as well.
    """
    pattern = "%".join(part.translate(_METACHARACTERS) for part in parts)
    return f"%{pattern}%" if inside else pattern
