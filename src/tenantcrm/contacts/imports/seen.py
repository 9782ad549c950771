"""Which keys a file has named already: exact, at 8 to 20 bytes a key, however long they are."""

from array import array
from collections.abc import Iterable
from typing import Final

_FIRST: Final = 1 << 14
_FULL: Final = 0.6
_GONE: Final = -1
"""Nothing's hash: a place that was used, behind which others may stand."""


class Seen:
    """A set of texts, kept as 64-bit hashes (keyed anew in each process) in one open table."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._slots = array("q", bytes(8 * _FIRST))
        self._mask = _FIRST - 1
        self._used = 0

    def add(self, texts: Iterable[str | None]) -> list[int]:
        """See texts; gives the places of those that had been seen. None is no text."""
        again: list[int] = []
        slots, mask, used = self._slots, self._mask, self._used
        most = int(_FULL * mask)
        for number, text in enumerate(texts):
            if text is None:
                continue
            found = hash(text) or 1
            place = found & mask
            while (there := slots[place]) != 0 and there != found:
                place = (place + 1) & mask
            if there:
                again.append(number)
                continue
            slots[place] = found
            used += 1
            if used > most:
                self._grow()
                slots, mask = self._slots, self._mask
                most = int(_FULL * mask)
        self._used = used
        return again

    def has(self, text: str) -> bool:
        """Whether a text was seen."""
        return self._slots[self._place(hash(text) or 1)] != 0

    def drop(self, texts: Iterable[str]) -> None:
        """Have not seen texts, which were."""
        for text in texts:
            place = self._place(hash(text) or 1)
            if self._slots[place]:
                self._slots[place] = _GONE

    def _place(self, found: int) -> int:
        """Where it stands, or where it would."""
        slots, mask = self._slots, self._mask
        place = found & mask
        while (there := slots[place]) != 0 and there != found:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old, mask = self._slots, self._mask * 2 + 1
        slots = array("q", bytes(8 * (mask + 1)))
        for found in filter(None, old):
            place = found & mask
            while slots[place]:
                place = (place + 1) & mask
            slots[place] = found
        self._slots, self._mask = slots, mask
