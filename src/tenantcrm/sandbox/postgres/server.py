"""The embedded PostgreSQL server."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tenantcrm.sandbox import ports
from tenantcrm.sandbox.addresses import DATABASE, merged
from tenantcrm.sandbox.embedded import Embedded
from tenantcrm.sandbox.errors import ProgramFailedError
from tenantcrm.sandbox.leftovers import end_leftover
from tenantcrm.sandbox.passwords import Passwords
from tenantcrm.sandbox.postgres import data_folder, installation, roles
from tenantcrm.sandbox.postgres.installation import Installation
from tenantcrm.sandbox.process import GuardedProcess, Program
from tenantcrm.sandbox.service_user import ServiceUser, service_user

OPTIONS = {
    "listen_addresses": ports.LOOPBACK,
    # A socket's path may have about 100 characters: a home may lie deeper.
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "password_encryption": "scram-sha-256",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: what is written may be lost with the machine's power, not with a process."""
_ENCODING = (
    "--encoding=UTF8",
    # Sorted by code point, cased by Unicode: the same on every system, whatever its locales.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


class EmbeddedPostgres(Embedded):
    """PostgreSQL on 127.0.0.1, its data in ``folder``.

    Passwords everywhere (scram), no socket in the file system. When root starts it, it runs as an
    unprivileged user of the system, and where that user cannot reach ``folder`` this becomes a
    link to the data.
    """

    patience = 300.0

    def __init__(
        self,
        folder: Path,
        *,
        log: Path | None = None,
        port: int | None = None,
        passwords: Passwords | None = None,
        durable: bool = True,
        options: Mapping[str, str] | None = None,
        programs: Installation | None = None,
    ) -> None:
        """Describe the server.

        Args:
            folder: where the data are or shall be; its parent exists.
            log: where the server's words go; beside the data when left out.
            port: a free one when left out.
            passwords: new ones when left out, which then open new data alone.
            durable: False for tests, see ``FORGETFUL``.
            options: further settings of the server, by name.
            programs: PostgreSQL's programs; the installed package's when left out.
        """
        super().__init__()
        self.folder = folder.absolute()
        self.log = log or self.folder.with_name(self.folder.name + ".log")
        self.port = port or ports.any_free()
        self.passwords = passwords or Passwords()
        self._durable = durable
        self._options = {**OPTIONS, **({} if durable else FORGETFUL), **(options or {})}
        self._programs = programs
        self._user: ServiceUser | None = None

    def url(self, role: str = "tenantcrm_app", database: str = DATABASE) -> str:
        """The URL of a database for one role: ``tenantcrm_app``, ``…_control``, ``…_owner``, or
        ``postgres``, the superuser.
        """
        name = "superuser" if role == roles.SUPERUSER else role.removeprefix("tenantcrm_")
        password = getattr(self.passwords, name)
        return f"postgresql://{role}:{password}@{ports.LOOPBACK}:{self.port}/{database}"

    async def prepare(self) -> None:
        """Make the data where there are none; end a server that an earlier run left on them."""
        self._user = service_user(self.folder)
        if self._programs is None:
            self._programs = await asyncio.to_thread(installation.packaged().for_user, self._user)
        if not await asyncio.to_thread(data_folder.found, self.folder, self._user):
            await self._initialise(self._programs)
        data = await asyncio.to_thread(self.folder.resolve)
        await end_leftover(data / "postmaster.pid", "postgres", data, signal.SIGINT)

    async def _initialise(self, programs: Installation) -> None:
        made = await asyncio.to_thread(data_folder.draft, self.folder, self._user)
        with self._password_file(made.parent) as password:
            argv = [str(programs.initdb), "-D", str(made), "-U", roles.SUPERUSER, *_ENCODING]
            argv += ["--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"]
            argv += [] if self._durable else ["--no-sync"]
            process = await GuardedProcess.start(self._program("initdb", argv))
            try:
                code = await process.wait()
            finally:
                # Whoever gives up the start does not leave it writing.
                await process.stop(0)
        if code != 0:
            raise ProgramFailedError(
                f"PostgreSQL's initdb failed: {process.ending}", process.tail()
            )
        data_folder.settle(made, self.folder)

    @contextmanager
    def _password_file(self, folder: Path) -> Iterator[str]:
        """The superuser's password as initdb takes it; never on a command line."""
        with tempfile.NamedTemporaryFile("w", dir=folder) as file:
            file.write(self.passwords.superuser)
            file.flush()
            if self._user is not None:
                os.chown(file.name, self._user.uid, self._user.gid)
            yield file.name

    def program(self) -> Program:
        """The server."""
        assert self._programs is not None  # noqa: S101 -- prepare() has been called
        data = self.folder.resolve()
        argv = [str(self._programs.postgres), "-D", str(data), "-p", str(self.port)]
        for name, value in self._options.items():
            argv += ["-c", f"{name}={value}"]
        return self._program("postgres", argv)

    def _program(self, name: str, argv: list[str]) -> Program:
        return Program(
            name=name,
            argv=argv,
            log=self.log,
            # A locale of the shell that the system does not have would keep it from starting.
            environment=merged({"LC_ALL": "C", "TZ": "UTC"}),
            # The fast shutdown: connections are cut, what is committed is written.
            stop=signal.SIGINT,
            grace=15.0,
            user=self._user,
        )

    async def ready(self) -> bool:
        """Whether it takes connections; makes the roles and the database where they are missing."""
        return await roles.ready(self.port, self.passwords)
