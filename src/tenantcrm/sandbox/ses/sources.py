"""The sources of all mails, end to end in one file beside the database.

A source is written once, here, and not twice through the database's log: that is most of what a
mail costs. What is written stays when the process is killed; bytes of a mail whose row was never
committed are room lost until the inbox is emptied, and nothing else.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path


class Sources:
    """The file, open for the one thread that writes and the one that reads."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, in a folder that is there."""
        self._end = path.open("ab", buffering=0)
        self._anywhere = path.open("rb", buffering=0)

    def append(self, raws: Sequence[bytes]) -> list[int]:
        """Write sources at the end; where each starts. Nobody else may append meanwhile."""
        # The end is asked for each time: a write that failed half-way has moved it.
        start = self._end.seek(0, 2)
        left = memoryview(b"".join(raws))
        while left:
            left = left[self._end.write(left) :]
        return list(accumulate((len(raw) for raw in raws[:-1]), initial=start))

    def read(self, start: int, size: int) -> bytes:
        """The source at ``start``; less than ``size`` only where the file was cut short."""
        self._anywhere.seek(start)
        chunks: list[bytes] = []
        while size and (chunk := self._anywhere.read(size)):
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def clear(self) -> None:
        """Forget all of them. No row may point here any more."""
        self._end.truncate(0)

    def close(self) -> None:
        """Close the file."""
        self._end.close()
        self._anywhere.close()
