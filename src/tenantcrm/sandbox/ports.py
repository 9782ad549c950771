"""Which ports the parts of a home listen on: the last ones again where they are free."""

import contextlib
import errno
import fcntl
import json
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tenantcrm.errors import ConfigurationError

WEB = 8000
WEB_TRIES = 100
INNER = range(20_000, 32_000)
"""Below the ports that Linux and macOS give to outgoing connections: one of those could take a
part's port while that part is being started again."""
HIGHEST = 65_535
LOOPBACK = "127.0.0.1"
_NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@dataclass(slots=True)
class Ports:
    """The ports of one run."""

    web: int
    ses: int
    postgres: int
    redis: int


class Claims:
    """The ports that this process has spoken for, until it ends.

    Between finding a port free and listening on it lie seconds. Two homes that start in the same
    moment keep off each other's ports by a lock on a file named after the port.
    """

    def __init__(self) -> None:
        """Claim nothing yet."""
        self._folder = Path(tempfile.gettempdir()) / f"tenantcrm-ports-{os.getuid()}"
        self._held: dict[int, int] = {}

    def take(self, host: str, port: int) -> bool:
        """Claim a port; whether it was to be had."""
        if port in self._held:
            return False
        with contextlib.ExitStack() as undo:
            fd = self._open(port)
            undo.callback(os.close, fd)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if not can_listen(host, port):
                return False
            undo.pop_all()
        self._held[port] = fd
        return True

    def _open(self, port: int) -> int:
        try:
            with contextlib.suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
            return os.open(self._folder / str(port), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            # Somebody else made the folder: a claim that nobody sees; the port is still tried.
            with tempfile.TemporaryFile() as unseen:
                return os.dup(unseen.fileno())

    def release(self) -> None:
        """Give all of them back."""
        for fd in self._held.values():
            os.close(fd)
        self._held.clear()


def can_listen(host: str, port: int) -> bool:
    """Whether a server could listen there, as servers do: over connections that are winding down.

    Raises:
        ConfigurationError: this machine has no such address, or the port needs more rights.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError as fault:
        raise ConfigurationError(f"this user may not listen on port {port}") from fault
    except socket.gaierror as fault:
        raise ConfigurationError(f"--host {host}: {fault.strerror}") from fault
    except OSError as fault:
        if fault.errno in _NO_ADDRESS:
            raise ConfigurationError(f"--host {host} is not an address of this machine") from fault
        return False
    return True


def any_free() -> int:
    """A port of the loopback that is free now (for servers that are started on their own)."""
    for port in random.sample(INNER, 1000):
        if can_listen(LOOPBACK, port):
            return port
    raise ConfigurationError(f"no port is free on {LOOPBACK}")


def read(path: Path) -> Ports | None:
    """The ports of the last run; None when there was none or the file is of no use."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        ports = Ports(**json.loads(path.read_text()))
        if all(isinstance(p, int) and 0 < p <= HIGHEST for p in asdict(ports).values()):
            return ports
    return None


def choose(path: Path, claims: Claims, *, host: str, web: int | None) -> Ports:
    """Choose and keep them.

    Args:
        path: where they are kept from run to run.
        claims: where they are spoken for.
        host: what web and the simulator listen on; the others stay on the loopback.
        web: the port that was asked for, or None for the last one, 8000, or the next free.

    Raises:
        ConfigurationError: the port that was asked for is taken, or none is free.
    """
    last = read(path)
    if web is not None and not claims.take(host, web):
        raise ConfigurationError(f"port {web} is taken: give another with --port")
    ports = Ports(
        web=web or _first(claims, host, _web(last)),
        ses=_first(claims, host, _inner(last.ses if last else None)),
        postgres=_first(claims, LOOPBACK, _inner(last.postgres if last else None)),
        redis=_first(claims, LOOPBACK, _inner(last.redis if last else None)),
    )
    path.write_text(json.dumps(asdict(ports)))
    return ports


def _web(last: Ports | None) -> Iterator[int]:
    if last is not None:
        yield last.web
    yield from range(WEB, WEB + WEB_TRIES)


def _inner(last: int | None) -> Iterator[int]:
    if last is not None:
        yield last
    # At random: the claims of different users do not meet, so they should seldom try the same.
    yield from random.sample(INNER, 1000)


def _first(claims: Claims, host: str, candidates: Iterator[int]) -> int:
    for port in candidates:
        if claims.take(host, port):
            return port
    raise ConfigurationError(f"no port is free on {host}")
