"""What a file looks like, and what becomes of its columns; stored as JSON with the import."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Target(StrEnum):
    """What a column becomes of a contact."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    """The first part of the name, and an attribute of its own."""
    LAST_NAME = "last_name"
    EXTERNAL_ID = "external_id"
    TIMEZONE = "timezone"
    ATTRIBUTE = "attribute"
    IGNORE = "ignore"


class Kind(StrEnum):
    """How the cells of an attribute are read."""

    TEXT = "text"
    NUMBER = "number"
    NUMBER_COMMA = "number_comma"
    """``1.234,5``"""
    BOOLEAN = "boolean"
    DATE = "date"
    """``2026-12-31``, or a time as RFC 3339 has it."""
    DATE_DMY = "date_dmy"
    """``31.12.2026``"""
    DATE_MDY = "date_mdy"
    """``12/31/2026``"""


ONCE: Final = frozenset(Target) - {Target.ATTRIBUTE, Target.IGNORE}
"""What one column at most can become."""


class Column(Struct, frozen=True, kw_only=True):
    """A column: its header, and what it becomes. ``name``: of the attribute."""

    header: str
    to: Target = Target.IGNORE
    name: str = ""
    kind: Kind = Kind.TEXT


class Layout(Struct, frozen=True, kw_only=True):
    """How a file is read.

    ``format``: ``csv`` or ``ndjson``. ``skip``: characters before the first row (Excel's ``sep=``
    line). ``has_header``: whether the first row names the columns.
    """

    format: str
    encoding: str
    delimiter: str = ","
    skip: int = 0
    has_header: bool = True
    columns: list[Column] = []
