"""What a look at a message finds."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """``error``: the mail would be broken; ``warning``: worth a look; ``note``: good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(Struct, frozen=True):
    """Where something stands: on a line, from 1, or in a block, counted as ``blocks.every`` does.

    Both None: in the field as a whole. ``part``: of the block, such as ``url``.
    """

    line: int | None = None
    block: int | None = None
    part: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing found. ``field``: ``subject``, ``preheader``, ``html_template`` or another one.

    ``fault``: it keeps the message from being saved, so that the rules of saving tell of it too.
    """

    level: Level
    code: str
    message: str
    field: str = "html_template"
    place: Place = Place()
    fault: bool = False

    @property
    def pointer(self) -> str:
        """The JSON pointer of the field in the message."""
        return f"/{self.field}"


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep a person from activating the campaign."""
    return [finding for finding in findings if finding.level is Level.ERROR]
