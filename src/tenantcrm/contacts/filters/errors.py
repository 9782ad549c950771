"""What is wrong with a filter, and where."""

from tenantcrm.errors import FieldError, InvalidError

CODE = "invalid_filter"


class MisreadError(Exception):
    """A fault found while reading, before its place is put into lines and columns."""

    def __init__(self, position: int, found: str, expected: str, hint: str = "") -> None:
        """Keep the offset (0-based) and both halves of the sentence."""
        super().__init__(expected)
        self.position = position
        self.found = found
        self.expected = expected
        self.hint = hint


class FilterError(InvalidError):
    """The filter cannot be read.

    ``position`` is the offset of the fault in characters, from 0; ``line`` and ``column`` count
    from 1. ``found`` and ``expected`` are words for a person. All five are also in ``extra``.
    """

    title = "The filter cannot be read"

    def __init__(
        self,
        *,
        position: int,
        line: int,
        column: int,
        found: str,
        expected: str,
        hint: str = "",
        pointer: str = "/filter",
    ) -> None:
        """Put the words together; ``pointer`` names the input that holds the filter (RFC 6901)."""
        place = f"column {column}" if line == 1 else f"line {line}, column {column}"
        message = f"Expected {expected}, but found {found} ({place})."
        if hint:
            message = f"{message} {hint}"
        super().__init__([FieldError(pointer, CODE, message)])
        self.position, self.line, self.column = position, line, column
        self.found, self.expected, self.hint = found, expected, hint
        self.extra = {
            "position": position,
            "line": line,
            "column": column,
            "found": found,
            "expected": expected,
        }

    @classmethod
    def placed(cls, text: str, fault: MisreadError) -> "FilterError":
        """The error for a fault in this text."""
        before = text[: fault.position]
        return cls(
            position=fault.position,
            line=before.count("\n") + 1,
            column=fault.position - before.rfind("\n"),
            found=fault.found,
            expected=fault.expected,
            hint=fault.hint,
        )

    def at(self, pointer: str) -> "FilterError":
        """The same error of another input, such as ``/contact_filter``."""
        return FilterError(
            position=self.position,
            line=self.line,
            column=self.column,
            found=self.found,
            expected=self.expected,
            hint=self.hint,
            pointer=pointer,
        )
