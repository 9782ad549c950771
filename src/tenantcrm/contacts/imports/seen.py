"""Which keys a file has named already: exact, at 8 to 20 bytes a key, however long they are."""

from array import array
from typing import Final

_FIRST: Final = 1 << 14
_FULL: Final = 0.6


class Seen:
    """A set of texts, kept as 64-bit hashes (keyed anew in each process) in one open table."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._slots = array("q", bytes(8 * _FIRST))
        self._mask = _FIRST - 1
        self._used = 0

    def add(self, text: str) -> bool:
        """See a text; whether it is new."""
        found = hash(text) or 1
        slots, mask = self._slots, self._mask
        place = found & mask
        while (there := slots[place]) != 0:
            if there == found:
                return False
            place = (place + 1) & mask
        slots[place] = found
        self._used += 1
        if self._used > _FULL * mask:
            self._grow()
        return True

    def _grow(self) -> None:
        old, mask = self._slots, self._mask * 2 + 1
        slots = array("q", bytes(8 * (mask + 1)))
        for found in old:
            if found:
                place = found & mask
                while slots[place]:
                    place = (place + 1) & mask
                slots[place] = found
        self._slots, self._mask = slots, mask
