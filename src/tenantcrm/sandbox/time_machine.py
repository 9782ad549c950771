"""The sandbox's clock: it may run fast, it never goes back, and it stands still with the sandbox.

``clock.json`` is what every process reads (:mod:`tenantcrm.clock`); whoever skips ahead writes a
new anchor there. ``clock.seen.json`` is written here alone: how far the clock may have been read.
The two are apart so that noting the time can never undo a skip.
"""

import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path

from tenantcrm import clock
from tenantcrm.clock import Reading
from tenantcrm.errors import ConfigurationError

DAY = 86_400.0
SHORTEST, LONGEST = 1.0, DAY
HEARTBEAT = 0.5
"""Real seconds between two notes of the time."""
AHEAD = 5.0
"""Real seconds by which a note runs ahead: no process outlives a killed run by more."""
_LAST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


def rate_of(day_lasts: float | None) -> float:
    """Virtual seconds per real one, when a day takes ``day_lasts`` real seconds (None: a day).

    Raises:
        ConfigurationError: it is no such number.
    """
    if day_lasts is None:
        return 1.0
    if not (math.isfinite(day_lasts) and SHORTEST <= day_lasts <= LONGEST):
        raise ConfigurationError(
            f"--day-lasts takes the seconds that a day lasts, {SHORTEST:.0f} to {LONGEST:.0f}"
        )
    return DAY / day_lasts


class TimeMachine:
    """The clock of one home."""

    def __init__(self, path: Path) -> None:
        """Name its file, ``clock.json``."""
        self._path = path
        self._seen = path.with_name("clock.seen.json")

    def start(self, rate: float) -> datetime:
        """Let it run from now on; gives the virtual time.

        Raises:
            ConfigurationError: its file is damaged.
            OSError: its file cannot be read or written.
        """
        real = time.time()
        virtual = max(real, self._reached(real))
        clock.write(self._path, Reading(real, virtual, rate))
        self.note()
        return datetime.fromtimestamp(virtual, UTC)

    def _reached(self, real: float) -> float:
        """The latest virtual time that anything may have seen; nothing is as good as long ago."""
        anchor = self._anchor()
        if anchor is None:
            return -math.inf
        # No more than the clock would show by now had it run on, whatever the note allows for.
        return max(anchor.virtual, min(self._note(), anchor.at(real)))

    def _anchor(self) -> Reading | None:
        try:
            anchor = Reading(**json.loads(self._path.read_text()))
            sane = all(0 < n < _LAST for n in (anchor.real, anchor.virtual, anchor.rate))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            sane = False
        if not sane:
            raise ConfigurationError(
                f"{self._path} is damaged: remove it to set the sandbox's clock to the real time"
            )
        return anchor

    def _note(self) -> float:
        try:
            return float(json.loads(self._seen.read_text())["virtual"])
        except (OSError, ValueError, TypeError, KeyError):
            # Without the note, the clock counts as having run on since its anchor: never back.
            return math.inf

    def note(self, ahead: float = AHEAD) -> None:
        """Keep how far the clock may be read before the next note."""
        anchor = self._anchor()
        if anchor is not None:
            part = self._seen.with_name(self._seen.name + ".part")
            part.write_text(json.dumps({"virtual": anchor.at(time.time() + ahead)}))
            part.replace(self._seen)
