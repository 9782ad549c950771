"""What keeps a sandbox from running."""

from collections.abc import Sequence

from tenantcrm.errors import ConfigurationError


class ProgramFailedError(ConfigurationError):
    """A program of the sandbox did not start, or keeps dying; ``tail``: what it said last."""

    def __init__(self, message: str, tail: Sequence[str] = ()) -> None:
        """Keep one line for a person, and the end of the log."""
        super().__init__(message)
        self.tail = list(tail)
