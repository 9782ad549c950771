"""Who holds a lease: a worker's name says on which machine and in which process it lives."""

import os
import socket

import psutil


def own_name() -> str:
    """The name of this process: machine, process id, and when it began (ids come again)."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether the process of this name has certainly ended: it lived here, and is not here now."""
    host, _, rest = name.partition(":")
    pid, _, began = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    return _began(int(pid)) != began


def _began(pid: int) -> str:
    try:
        return str(int(psutil.Process(pid).create_time() * 1000))
    except psutil.Error:
        return ""
