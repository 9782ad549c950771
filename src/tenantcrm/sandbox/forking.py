"""The nursery's own process: loads modules, and forks guards whose programs find them loaded.

Started with the number of a socket, over which each order comes, as one packet, with the file
descriptors that go with it (see :func:`nursery.send`); ends when the socket does. An order waits
until the module that its program wants is there. Nobody misses a nursery that was killed but the
next start, which begins another one.
"""

import contextlib
import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from tenantcrm.loading import loading
from tenantcrm.sandbox import guard
from tenantcrm.sandbox.nursery import ORDER

ARG_START, ARG_END = 48, 49
"""Fields of /proc/PID/stat, from 1: where the command line begins and ends in memory."""
MOST = 16
"""Descriptors that come with an order."""
STANDARD = 3
"""Descriptors that come first with an order: the guard's standard input, output and error."""

Waiting = list[tuple[dict[str, Any], list[int]]]


def main(orders: socket.socket, modules: list[str]) -> None:
    """Load the modules and serve until the socket ends. In a fork: be the program."""
    waiting: Waiting = []
    still = set(modules)
    for name in modules:
        # What cannot be loaded here fails in its own program, whose log says why.
        with loading(), contextlib.suppress(Exception):
            importlib.import_module(name)
        still.discard(name)
        while select.select([orders], [], [], 0)[0]:
            if not _take(orders, waiting):
                return
        _fork(orders, waiting, still)
    while _take(orders, waiting):
        _fork(orders, waiting, still)


def _take(orders: socket.socket, waiting: Waiting) -> bool:
    """Take the next order, or hear that there will be none."""
    words, fds, _, _ = socket.recv_fds(orders, len(ORDER), MOST)
    if words:
        with os.fdopen(fds[0], "rb") as paper:
            paper.seek(0)
            waiting.append((json.load(paper), fds[1:]))
    return bool(words)


def _fork(orders: socket.socket, waiting: Waiting, still: set[str]) -> None:
    """Fork a guard for every order whose module is there."""
    for order in [one for one in waiting if one[0]["preload"] not in still]:
        words, fds = order
        waiting.remove(order)
        if os.fork() == 0:
            orders.close()
            # The ends of others' pipes: whoever holds one keeps their masters from hearing.
            for _, others in waiting:
                _close(others)
            # What was loaded is not for the guard to take down.
            os._exit(_guard(words, fds))
        _close(fds)


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


def _guard(words: dict[str, Any], fds: list[int]) -> int:
    _name(f"{sys.executable} {guard.__file__}")
    os.setsid()
    for number, fd in enumerate(fds[:STANDARD]):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(words["environment"])
    os.chdir(words["folder"])
    order = guard.Order(json.dumps(words["order"] | {"keep": fds[STANDARD:]}))
    return guard.watch_over(order, _run)


def _run(order: guard.Order) -> None:
    """Be the program, as Python is when it has just started."""
    _name(" ".join(order.argv))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    sys.argv = order.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    sys.exit(0)


def _name(words: str) -> None:
    """Let this be the command line that ``ps`` shows: the kernel reads it where it was put.

    A last byte that is not NUL tells it that it is one text now (proc_pid_cmdline(5)).
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[ARG_START - 3]), int(fields[ARG_END - 3])
    room = end - start - 2
    ctypes.memmove(start, os.fsencode(words)[:room].ljust(room + 1, b"\0") + b".", room + 2)


if __name__ == "__main__":
    # The kernel collects the guards that ended: their masters hear of it over their pipes.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _name(" ".join([sys.executable, *sys.argv]).rstrip())
    with socket.socket(fileno=int(sys.argv[1])) as _orders:
        main(_orders, sys.argv[2:-1])
