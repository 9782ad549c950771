"""Run one program, and leave nothing of it behind: not when it dies, not when its master does.

Started by path with ``python -I -S``, so it needs the standard library alone and starts in a few
hundredths of a second, or forked by the nursery (see :mod:`nursery`). Its order is JSON, see
:class:`Order`. It speaks with its master, who is whoever holds the other end of its standard input:

* standard output: one line, its own and the program's process id; at the end another, the exit
  status that it ends with itself;
* standard input: one line, the seconds that the program has to stop; or the end of the file,
  which comes by itself when the master is killed, however that happened.

The program gets its own session, so that the terminal's Ctrl-C reaches the master alone. Its
standard output and error are the guard's standard error. The guard ends with the program's exit
status, or with 128 + the number of the signal that killed it.
"""

import contextlib
import ctypes
import json
import math
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

ABANDONED = 3.0
"""Seconds that the program has to stop when the master is gone without a word."""
SWEEP = 5.0
"""Seconds at most that the remains take to die; a process in the kernel's hands may take longer."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""Linux, prctl(2)."""
NOT_STARTED = 127
"""The shell's exit status for a program that could not be started."""


class Order:
    """What to run: ``argv``, ``stop`` (a signal), ``user``, ``group`` (or None), ``keep`` (fds)."""

    def __init__(self, text: str) -> None:
        """Read the JSON of the master."""
        order = json.loads(text)
        self.argv: list[str] = order["argv"]
        self.stop: int = order["stop"]
        self.user: int | None = order["user"]
        self.group: int | None = order["group"]
        self.keep: list[int] = order["keep"]


def _prctl(option: int, argument: int) -> None:
    # The standard library has no prctl(2); elsewhere than on Linux, the pipe's end does the work.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, argument, 0, 0, 0)


def _execute(order: Order) -> None:
    """Turn this process into the program of the order; never returns."""
    try:
        os.execvp(order.argv[0], order.argv)  # noqa: S606 -- running it is the guard's purpose
    except OSError as fault:
        os.write(2, f"cannot start {order.argv[0]}: {fault.strerror or fault}\n".encode())
        os._exit(NOT_STARTED)


def _prepare(order: Order, guard: int) -> None:
    """Make this fresh fork ready for the program."""
    try:
        os.setsid()
        # Python ignores some of these, and what is ignored stays so in the program.
        for number in (
            signal.SIGTERM,
            signal.SIGINT,
            signal.SIGHUP,
            signal.SIGPIPE,
            signal.SIGXFSZ,
        ):
            signal.signal(number, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)
        if order.user is not None and order.group is not None:
            os.setgroups([])
            os.setgid(order.group)
            os.setuid(order.user)
        # After setuid, which clears it. The check closes the gap in which the guard died before.
        _prctl(PR_SET_PDEATHSIG, order.stop)
        if os.getppid() != guard:
            os._exit(NOT_STARTED)
    except OSError as fault:
        os.write(2, f"cannot start {order.argv[0]}: {fault.strerror or fault}\n".encode())
        os._exit(NOT_STARTED)


def _adopted() -> list[int]:
    """The processes whose parent is this one: as a subreaper it inherits what the program left."""
    mine, found = os.getpid(), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(after_name[1]) == mine:
                found.append(int(entry.name))
    return found


def _kill(program: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(program, signal.SIGKILL)


def _sweep(program: int) -> None:
    """Kill what the dead program left: its group, and on Linux whatever left that group too."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program, signal.SIGKILL)
    end = time.monotonic() + SWEEP
    while time.monotonic() < end:
        for orphan in _adopted():
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _reap(program: int) -> int | None:
    """Collect the dead; give the program's exit status once it is among them."""
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == program:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if pid == 0:
                return None
    except ChildProcessError:
        return NOT_STARTED


def _watch(program: int, stop: int, wake: int) -> int:
    """Wait until the program ends by itself, or is told to, or is killed for taking too long."""
    listening, deadline = [0, wake], math.inf
    while True:
        left = None if deadline == math.inf else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select(listening, [], [], left)
        seconds = _wish(ready, wake)
        if 0 in ready and seconds is None:
            listening, seconds = [wake], ABANDONED
        if seconds is not None:
            if deadline == math.inf:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(program, stop)
            deadline = min(deadline, time.monotonic() + seconds)
        code = _reap(program)
        if code is not None:
            return code
        if time.monotonic() >= deadline:
            _kill(program)
            deadline = time.monotonic() + SWEEP


def _wish(ready: list[int], wake: int) -> float | None:
    """The seconds that were granted to the program just now, on the pipe or by a signal to us."""
    if wake in ready and any(byte != signal.SIGCHLD for byte in os.read(wake, 512)):
        return ABANDONED
    words = os.read(0, 64) if 0 in ready else b""
    return float(words.split()[-1]) if words.strip() else None


def watch_over(order: Order, become: Callable[[Order], None] = _execute) -> int:
    """Run the order; gives the exit status once nothing of the program is left.

    Args:
        order: what to run.
        become: turns a fresh fork of this process into the program, and never returns.
    """
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    guard = os.getpid()
    program = os.fork()
    if program == 0:
        signal.set_wakeup_fd(-1)
        for fd in (wake, woken, *order.keep):
            os.close(fd)
        _prepare(order, guard)
        become(order)
    _tell(f"{guard} {program}")
    code = _watch(program, order.stop, wake)
    _sweep(program)
    _tell(str(code))
    return code


def _tell(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    sys.exit(watch_over(Order(sys.argv[1])))
