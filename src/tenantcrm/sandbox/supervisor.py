"""Keeps the programs of a sandbox running: starts, watches, starts again, stops in order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.errors import ProgramFailedError
from tenantcrm.sandbox.nursery import Nursery
from tenantcrm.sandbox.process import GuardedProcess, Program
from tenantcrm.sandbox.readiness import Ready, wait_until

QUICK = 10.0
"""A program that lived for less than these seconds died quickly."""
QUICK_DEATHS = 5
"""So many quick deaths in a row, and it will not get better by itself."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds before a program is started again."""

Tell = Callable[[str], None]


async def _nothing() -> None:
    """A program that needs no preparation."""


@dataclass(frozen=True, slots=True)
class Child:
    """A program to be kept running.

    ``program``: gives what to run; asked ahead of every start, after ``before``. ``ready``: whether
    it answers. ``needs``: names of children that must answer before it is started again, and that
    stop after it. ``before``: what to do ahead of every start. ``patience``: seconds that it may
    take to answer.
    """

    name: str
    program: Callable[[], Program]
    ready: Ready
    needs: tuple[str, ...] = ()
    before: Callable[[], Awaitable[None]] = _nothing
    patience: float = 120.0


def pause_before(deaths: int) -> float:
    """Seconds to wait after so many deaths in a row, before the next start."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (deaths - 1)))


def count_death(deaths: int, lived: float) -> int:
    """The deaths in a row, with one more after ``lived`` seconds; a long life clears the record."""
    return deaths + 1 if lived < QUICK else 1


@dataclass(slots=True)
class _Kept:
    """A child, its process, and the task that watches over it."""

    child: Child
    process: GuardedProcess | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    watch: asyncio.Task[None] | None = None


class Supervisor:
    """The children of one run."""

    def __init__(
        self, tell: Tell, *, keep: Sequence[int] = (), nursery: Nursery | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            tell: hears one line when a child dies and when it is back.
            keep: file descriptors that stay open until nothing of any child is left.
            nursery: where modules of Python are forked from; without it, each loads by itself.
        """
        self._tell = tell
        self._nursery = nursery
        self._keep = tuple(keep)
        self._kept: dict[str, _Kept] = {}
        self._steps: set[GuardedProcess] = set()
        self._failed: asyncio.Future[ProgramFailedError] = (
            asyncio.get_running_loop().create_future()
        )

    def pid(self, name: str) -> int:
        """The process id of a child, 0 while it has none."""
        kept = self._kept[name]
        return kept.process.pid if kept.process is not None and kept.up.is_set() else 0

    async def start(self, child: Child) -> None:
        """Start a child, wait until it answers, and keep it running from then on.

        Raises:
            ConfigurationError: it cannot be started; this first time it is not tried again.
        """
        kept = self._kept[child.name] = _Kept(child)
        await self._launch(kept)
        kept.watch = asyncio.create_task(self._watch(kept))
        kept.watch.add_done_callback(self._watched)

    async def run(self, program: Program) -> None:
        """Run a program that ends by itself.

        Raises:
            ProgramFailedError: it ended with another status than 0.
        """
        process = await self._begin(program)
        self._steps.add(process)
        code = await process.wait()
        self._steps.discard(process)
        if code != 0:
            raise ProgramFailedError(f"{program.name} failed: {process.ending}", process.tail())

    async def _begin(self, program: Program) -> GuardedProcess:
        return await GuardedProcess.start(program, keep=self._keep, nursery=self._nursery)

    async def failure(self) -> ProgramFailedError:
        """Wait until one of the children keeps dying; gives the reason."""
        return await asyncio.shield(self._failed)

    async def _launch(self, kept: _Kept) -> None:
        await kept.child.before()
        kept.process = await self._begin(kept.child.program())
        await wait_until(kept.child.ready, kept.process, kept.child.patience)
        kept.up.set()

    async def _watch(self, kept: _Kept) -> None:
        name, deaths = kept.child.name, 0
        while kept.process is not None:
            await kept.process.wait()
            lived = time.monotonic() - kept.process.started if kept.up.is_set() else 0.0
            kept.up.clear()
            deaths = count_death(deaths, lived)
            how, tail = kept.process.ending, kept.process.tail()
            if deaths >= QUICK_DEATHS:
                words = f"{name} keeps dying ({how}, {deaths} times in a row)"
                self._fail(ProgramFailedError(words, tail))
                return
            self._tell(f"{name} ended ({how}); starting it again")
            await asyncio.sleep(pause_before(deaths))
            await self._needed(kept.child)
            begun = time.monotonic()
            try:
                await self._launch(kept)
            except ProgramFailedError:
                # It died again, or never answered: what is left of it is ended, and it counts.
                await kept.process.stop(0)
            except (ConfigurationError, OSError) as fault:
                self._fail(ProgramFailedError(f"{name} cannot be started again: {fault}", tail))
                return
            else:
                self._tell(f"{name} is back after {time.monotonic() - begun:.1f} s")

    async def _needed(self, child: Child) -> None:
        for name in child.needs:
            if name in self._kept:
                await self._kept[name].up.wait()

    def _watched(self, watch: asyncio.Task[None]) -> None:
        """Nobody awaits a watch: what it did not expect must not go unheard."""
        fault = None if watch.cancelled() else watch.exception()
        if fault is not None:
            self._fail(ProgramFailedError(f"the supervisor failed: {fault!r}"))

    def _fail(self, fault: ProgramFailedError) -> None:
        if not self._failed.done():
            self._failed.set_result(fault)

    async def stop(self, tell: Tell) -> None:
        """Stop every child, those first that nobody needs; none is started again.

        ``tell`` hears the names of those whose turn it is.
        """
        for kept in self._kept.values():
            if kept.watch is not None:
                kept.watch.cancel()
        await asyncio.gather(*(process.stop(0) for process in self._steps))
        for group in self._groups():
            running = [k.process for k in group if k.process is not None and k.process.running]
            if running:
                tell(", ".join(process.program.name for process in running))
            await asyncio.gather(*(process.stop() for process in running))

    def kill(self) -> None:
        """Cut a stop that is under way short: no child has any more time."""
        for kept in self._kept.values():
            if kept.process is not None:
                kept.process.hurry()

    def _groups(self) -> list[list[_Kept]]:
        """The children in the order to stop in: whoever is needed goes after those who need it."""
        left, groups = dict(self._kept), []
        while left:
            needed = {name for kept in left.values() for name in kept.child.needs}
            group = [kept for name, kept in left.items() if name not in needed]
            groups.append(group or list(left.values()))
            for kept in groups[-1]:
                del left[kept.child.name]
        return groups
