"""``tenantcrm up``: everything on this machine, from one command."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Coroutine
from pathlib import Path

from tenantcrm import clock
from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox import demo_sign_in, private_file, summary, time_machine
from tenantcrm.sandbox.addresses import Events, merged
from tenantcrm.sandbox.home import Home, cannot_use
from tenantcrm.sandbox.nursery import POSSIBLE, Nursery
from tenantcrm.sandbox.parts import PRELOADED, Parts
from tenantcrm.sandbox.ports import LOOPBACK
from tenantcrm.sandbox.preparation import PreparedHome
from tenantcrm.sandbox.process import Program
from tenantcrm.sandbox.supervisor import Child, Supervisor
from tenantcrm.sandbox.terminal import Terminal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(
    home: Path,
    *,
    host: str = LOOPBACK,
    port: int | None = None,
    demo: bool = True,
    day_lasts: float | None = None,
    events: Events = "http",
) -> int:
    """Start everything, keep it running until Ctrl-C or SIGTERM, stop it; gives the exit status.

    Args:
        home: the folder with all data; made when it is not there.
        host: what web and the inbox listen on.
        port: web's port; None for the last one of this home, 8000, or the next free.
        demo: whether to make the demo, where it was not made before.
        day_lasts: real seconds that a day takes; None for a clock that runs as clocks do.
        events: how web and workers hear what became of mails.
    """
    terminal, begun = Terminal(), time.monotonic()
    try:
        rate = time_machine.rate_of(day_lasts)
        with PreparedHome(
            Home(home), terminal, host=host, port=port, rate=rate, events=events
        ) as prepared:
            return asyncio.run(_Run(prepared, terminal, demo=demo, begun=begun).main())
    except ConfigurationError as fault:
        terminal.fault(str(fault), getattr(fault, "tail", ()))
        return 1
    except OSError as fault:
        terminal.fault(str(cannot_use(home, fault)))
        return 1
    except KeyboardInterrupt:
        return 0


class _Run:
    """One run, from the first start to the last stop."""

    def __init__(
        self, prepared: PreparedHome, terminal: Terminal, *, demo: bool, begun: float
    ) -> None:
        self._prepared = prepared
        self._home = prepared.home
        self._terminal = terminal
        self._demo = demo
        self._begun = begun
        self._asked = 0

    async def main(self) -> int:
        loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._ask)
        self._nursery = Nursery(PRELOADED, self._home.log("nursery"), merged({}))
        self._supervisor = Supervisor(
            self._terminal.line,
            keep=[self._prepared.lock.fd],
            nursery=self._nursery if POSSIBLE else None,
        )
        heart = asyncio.create_task(self._beat())
        work = asyncio.create_task(self._work())
        asked = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (asked, work, heart):
                task.cancel()
            await asyncio.wait({asked, work, heart})
            await self._end()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        return 0

    def _ask(self) -> None:
        self._asked += 1
        self._stop.set()
        if self._asked > 1:
            self._supervisor.kill()

    async def _beat(self) -> None:
        """Note the clock, again and again, so that a killed run's clock does not go back."""
        while True:
            await asyncio.sleep(time_machine.HEARTBEAT)
            # A full disk stops the sandbox elsewhere; the note of half a second ago will do here.
            with contextlib.suppress(OSError, ConfigurationError):
                self._prepared.clock.note()

    async def _work(self) -> None:
        if POSSIBLE:
            await self._nursery.begin()
        parts = Parts(self._home, self._prepared.addresses)
        await _together(
            self._database(parts),
            self._start("Valkey", parts.valkey()),
            self._start("SES simulator and inbox", parts.ses()),
        )
        steps = [
            self._start("Web", parts.web()),
            self._start("Worker", parts.worker()),
        ]
        demo = parts.demo() if self._demo else None
        if demo is not None:
            steps.append(self._once("Demo", demo))
        await _together(*steps)
        self._announce()
        raise await self._supervisor.failure()

    async def _database(self, parts: Parts) -> None:
        await self._start("PostgreSQL", parts.postgres())
        await self._once("Migrations", parts.migrate())

    async def _start(self, title: str, child: Child) -> None:
        async with self._terminal.step(title):
            await self._supervisor.start(child)

    async def _once(self, title: str, program: Program) -> None:
        async with self._terminal.step(title, program.log):
            await self._supervisor.run(program)

    def _announce(self) -> None:
        addresses = self._prepared.addresses
        private_file.write(self._home.ready, json.dumps(addresses.ready, indent=1))
        summary.show(
            self._terminal.console,
            home=self._home,
            addresses=addresses,
            sign_in=demo_sign_in.read(self._home.demo),
            rate=self._prepared.rate,
            virtual=clock.now(),
            took=time.monotonic() - self._begun,
        )

    async def _end(self) -> None:
        self._home.ready.unlink(missing_ok=True)
        await self._supervisor.stop(lambda names: self._terminal.line(f"Stopping {names}"))
        await self._nursery.end()
        with contextlib.suppress(OSError, ConfigurationError):
            self._prepared.clock.note(ahead=0)
        self._terminal.line(f"Stopped; the data stay in {self._home.root}")


async def _together(*steps: Coroutine[None, None, None]) -> None:
    """Run the steps at the same time; the first fault ends them all, and is the one raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
