"""Connections to one server, kept for the next mail: connecting costs more than sending."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenantcrm.delivery.smtp import answers
from tenantcrm.delivery.smtp.address import Server
from tenantcrm.delivery.smtp.answers import SmtpError
from tenantcrm.delivery.smtp.connection import Connection

MOST = 20
"""Connections at once: servers take no more than about so many from one client."""
IDLE_SECONDS = 20.0
"""For how long one is kept without a mail; servers close it after some minutes themselves."""


class Pool:
    """At most so many connections; those that wait for a mail are closed after a while."""

    def __init__(
        self,
        server: Server,
        *,
        name: str,
        connections: int,
        idle_seconds: float = IDLE_SECONDS,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is connected before the first mail. ``name``: what we call ourselves."""
        self._server = server
        self._name = name
        self._tls_context = tls_context
        self._idle_seconds = idle_seconds
        self._places = asyncio.Semaphore(min(connections, MOST))
        self._idle: list[tuple[Connection, asyncio.TimerHandle]] = []
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def connection(self, within: float) -> AsyncIterator[Connection]:
        """A connection that is signed in and that nobody else uses.

        It is kept for others only where the body ends without a fault, or with a clear refusal.

        Args:
            within: seconds to wait for a place.

        Raises:
            SmtpError: there is none in time, or the server was not reached.
        """
        try:
            async with asyncio.timeout(within):
                await self._places.acquire()
        except TimeoutError as fault:
            raise SmtpError(answers.busy()) from fault
        try:
            connection = await self._waiting() or await self._new()
            try:
                yield connection
            except SmtpError:
                self._keep(connection)
                raise
            except BaseException:
                # Cut off in the middle of a dialogue: its next answer would be taken for another's.
                connection.close()
                raise
            self._keep(connection)
        finally:
            self._places.release()

    async def _waiting(self) -> Connection | None:
        while self._idle:
            connection, timer = self._idle.pop()  # The one used last is the likeliest to be there.
            timer.cancel()
            try:
                there = await connection.still_there()
            except BaseException:
                connection.close()
                raise
            if there:
                return connection
            connection.close()
        return None

    async def _new(self) -> Connection:
        connection = Connection(self._server, name=self._name, tls_context=self._tls_context)
        try:
            await connection.open()
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self, connection: Connection) -> None:
        if not connection.usable:
            self._take_leave(connection)
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._idle_seconds, self._expire, connection)
        self._idle.append((connection, timer))

    def _expire(self, connection: Connection) -> None:
        self._idle = [(other, timer) for other, timer in self._idle if other is not connection]
        self._take_leave(connection)

    def _take_leave(self, connection: Connection) -> None:
        task = asyncio.create_task(connection.quit())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Take leave on every connection that waits."""
        for connection, timer in self._idle:
            timer.cancel()
            self._take_leave(connection)
        self._idle = []
        await asyncio.gather(*self._leaving)
