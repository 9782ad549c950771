"""What time it is: the real one, or the time machine's.

Business times (due, enrolled, created, received) come from :func:`now`. Machine times (leases,
time-outs, throttles, sessions, signatures) come from :func:`real_now` and never from here.

The time machine is a small JSON file that every process of a sandbox reads:
``{"real": seconds, "virtual": seconds, "rate": virtual seconds per real second}``.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Reading:
    """An anchor of the time machine: at ``real`` (Unix seconds) it was ``virtual``."""

    real: float
    virtual: float
    rate: float

    def at(self, real: float) -> float:
        """The virtual Unix time at a real one."""
        return self.virtual + (real - self.real) * self.rate


class _Machine:
    """The file that this process follows, and its last reading."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.stamp: tuple[int, int] = (0, 0)
        self.reading = Reading(0.0, 0.0, 1.0)


_machine = _Machine()


def follow(path: Path | None) -> None:
    """Follow the time machine in this file; ``None`` goes back to real time."""
    _machine.path = path
    _machine.stamp = (0, 0)


def _reading() -> Reading | None:
    if _machine.path is None:
        return None
    found = _machine.path.stat()
    stamp = (found.st_mtime_ns, found.st_ino)
    if stamp != _machine.stamp:
        _machine.reading = Reading(**json.loads(_machine.path.read_text()))
        _machine.stamp = stamp
    return _machine.reading


def real_now() -> datetime:
    """The time of the machine, whatever the time machine says."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time of the business, in UTC."""
    reading = _reading()
    if reading is None:
        return real_now()
    return datetime.fromtimestamp(reading.at(time.time()), UTC)


def rate() -> float:
    """How many virtual seconds pass in a real one (1.0 without the time machine)."""
    reading = _reading()
    return 1.0 if reading is None else reading.rate


def has_time_machine() -> bool:
    """Whether this process follows a time machine (a sandbox)."""
    return _machine.path is not None


def write(path: Path, reading: Reading) -> None:
    """Set the time machine, atomically: readers see the old anchor or the new one."""
    part = path.with_name(path.name + ".part")
    part.write_text(
        json.dumps({"real": reading.real, "virtual": reading.virtual, "rate": reading.rate})
    )
    part.replace(path)


def skip_to(moment: datetime) -> None:
    """Jump forward to ``moment``; a moment that has passed changes nothing.

    Raises:
        RuntimeError: this process follows no time machine.
    """
    reading = _reading()
    if reading is None or _machine.path is None:
        raise RuntimeError("only a sandbox has a time machine")
    real = time.time()
    if moment.timestamp() > reading.at(real):
        write(_machine.path, Reading(real, moment.timestamp(), reading.rate))
