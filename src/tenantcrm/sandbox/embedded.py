"""A server inside a folder: what the embedded PostgreSQL and the embedded Valkey share."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from tenantcrm.sandbox.process import GuardedProcess, Program
from tenantcrm.sandbox.readiness import wait_until


class Embedded(ABC):
    """A server that can be started on its own: ``async with EmbeddedValkey(folder) as valkey``.

    Under ``tenantcrm up`` the supervisor starts it instead, from the same parts.
    """

    patience: float = 120.0
    """Seconds that it may take to answer; more than enough to recover after a crash."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._process: GuardedProcess | None = None

    @abstractmethod
    async def prepare(self) -> None:
        """Bring the folder into the state in which the server can start; safe to repeat."""

    @abstractmethod
    def program(self) -> Program:
        """The server; :meth:`prepare` has been called."""

    @abstractmethod
    async def ready(self) -> bool:
        """Whether it can be used."""

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return 0 if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it and wait until it can be used.

        Raises:
            ConfigurationError: it does not start; the message says why.
        """
        await self.prepare()
        self._process = await GuardedProcess.start(self.program())
        try:
            await wait_until(self.ready, self._process, self.patience)
        except BaseException:
            await self._process.stop(0)
            raise

    async def stop(self) -> None:
        """Stop it; the data stay. Idempotent."""
        if self._process is not None:
            await self._process.stop()
            self._process = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()
