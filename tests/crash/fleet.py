"""The workers: a number of them live at any time, and each dies where its plan says."""

import asyncio
import os
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from tests.crash.points import AT_RANDOM, POINTS, Plan, passes_of
from tests.crash.stage import Stage
from tests.crash.worker import REFUSED

HOSTS = ("ares", "hera")
"""Two machines: a worker knows of its own alone which processes have ended."""
SKEWS = (0.0, 0.0, 0.0, -2.0, 2.0, 60.0)
ENDED_WELL = 0.1
"""The share of those that do not die at a point which are asked to end."""
STEADY = 0.2
"""The share of lives that are long."""
TOO_STRANGE = 10
FIRST_STEP_SECONDS = 15.0
DRAIN_SECONDS = 25.0


class Fleet:
    """Workers of one nursery."""

    def __init__(
        self,
        stage: Stage,
        dice: random.Random,
        *,
        mutant: str | None = None,
        losses: float = 0.01,
        points: Sequence[str] = POINTS,
        gentle: bool = False,
    ) -> None:
        self._stage = stage
        self._dice = dice
        self._mutant = mutant
        self._losses = losses
        self._points = points
        self._gentle = gentle
        self._nursery: Process | None = None
        self._lives = 0
        self._born: dict[int, asyncio.Future[int]] = {}
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._slots: list[asyncio.Task[None]] = []
        self._cruel = True
        self.pids: set[int] = set()
        self.notes = stage.home / "notes.log"
        self.log = stage.home / "workers.log"
        self.kills: Counter[str] = Counter()
        self.killed: set[int] = set()
        self._works: set[int] = set()
        self._noted = 0
        self.drained = 0
        self.refused = 0
        self.strange: list[str] = []

    async def open(self) -> None:
        """Have the nursery load what workers are made of."""
        with (self._stage.home / "nursery.log").open("ab") as log:
            self._nursery = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.crash.nursery",
                env=os.environ | self._stage.environment(),
                cwd=Path(__file__).parents[2],
                stdin=PIPE, stdout=PIPE, stderr=log,
            )  # fmt: skip
        self._reading = asyncio.create_task(self._read())
        await asyncio.wait(
            [self._reading, asyncio.create_task(self._ready.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )

    async def _read(self) -> None:
        assert self._nursery is not None
        assert self._nursery.stdout is not None
        async for line in self._nursery.stdout:
            told: dict[str, Any] = msgspec.json.decode(line)
            if "ready" in told:
                self._ready.set()
                continue
            known = self._born if "pid" in told else self._ended
            if not known[told["life"]].done():
                known[told["life"]].set_result(told.get("pid", told.get("ended")))

    def start(self, count: int) -> None:
        """Let so many live at any time."""
        self._slots = [asyncio.create_task(self._keep(slot)) for slot in range(count)]

    async def watch(self) -> None:
        """Fail when this cannot go on: workers that do not work prove nothing."""
        assert self._reading is not None
        await asyncio.wait([self._reading, *self._slots], return_when=asyncio.FIRST_COMPLETED)
        raise RuntimeError(f"the workers are gone: {self.strange[-3:] or 'see nursery.log'}")

    async def until_drained(self, count: int) -> None:
        """Wait until so many have ended as they were asked to."""
        while self.drained < count:
            await asyncio.sleep(0.1)

    def be_kind(self) -> None:
        """Kill nobody any more; whoever is born from now on stays."""
        self._cruel = False

    async def close(self) -> None:
        """Drain all, end the nursery."""
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        if self._nursery is not None:
            waiting = [ended for ended in self._ended.values() if not ended.done()]
            if waiting:
                await asyncio.wait(waiting, timeout=DRAIN_SECONDS)
            assert self._nursery.stdin is not None
            self._nursery.stdin.close()
            await self._nursery.wait()
        if self._reading is not None:
            await self._reading

    async def _keep(self, slot: int) -> None:
        while True:
            plan = self._plan(slot)
            pid, ended = await self._bear(plan)
            self.pids.add(pid)
            try:
                await self._accompany(plan, pid, ended)
            finally:
                if ended.done():
                    self.pids.discard(pid)

    async def _accompany(self, plan: Plan, pid: int, ended: asyncio.Future[int]) -> None:
        """Wait for the end that the plan says, or bring another about."""
        await self._until_it_works(plan, ended)
        steady = not self._gentle and self._dice.random() < STEADY
        patience = self._dice.uniform(8, 25) if steady else self._dice.uniform(0.5, 6)
        await asyncio.wait([ended], timeout=patience)
        while not ended.done() and not self._cruel:
            await asyncio.wait([ended], timeout=1.0)
        how = None
        if not ended.done():
            kind = self._gentle or self._dice.random() < ENDED_WELL
            how = signal.SIGTERM if kind else signal.SIGKILL
            os.kill(pid, how)
        status = await asyncio.shield(ended)
        if status == -signal.SIGKILL:
            self.kills[AT_RANDOM if how is signal.SIGKILL else plan.point] += 1
            self.killed.add(plan.life)
        elif status == 0 and how is signal.SIGTERM:
            self.drained += 1
        elif status == REFUSED:
            self.refused += 1
        else:
            self.strange.append(f"life {plan.life} ended with {status}")
            if len(self.strange) >= TOO_STRANGE:
                raise RuntimeError("workers end by themselves: see workers.log")
            await asyncio.sleep(0.5)

    async def _until_it_works(self, plan: Plan, ended: asyncio.Future[int]) -> None:
        """Wait for its first step: on a busy machine it comes late, and a death before it would
        be of no use."""
        end = time.monotonic() + FIRST_STEP_SECONDS
        while not ended.done() and plan.life not in self._works and time.monotonic() < end:
            await asyncio.sleep(0.1)
            self._read_notes()

    def _read_notes(self) -> None:
        if not self.notes.exists():
            return
        with self.notes.open("rb") as notes:
            notes.seek(self._noted)
            read = notes.read()
        whole = read[: read.rfind(b"\n") + 1]
        self._noted += len(whole)
        for line in whole.splitlines():
            life, _, words = line.partition(b" ")
            if words == b"works":
                self._works.add(int(life))

    def _plan(self, slot: int) -> Plan:
        self._lives += 1
        dice = self._dice
        point = self._points[self._lives % len(self._points)] if self._cruel else ""
        return Plan(
            life=self._lives,
            host=HOSTS[slot % len(HOSTS)],
            point=point,
            passes=passes_of(point, dice),
            skew=dice.choice(SKEWS) if self._cruel and not self._gentle else 0.0,
            skewed_after=dice.uniform(0, 4),
            losses=self._losses if self._cruel else 0.0,
            seed=dice.getrandbits(32),
            notes=str(self.notes),
            log=str(self.log),
            environment=self._stage.environment(),
            mutant=self._mutant,
        )

    async def _bear(self, plan: Plan) -> tuple[int, asyncio.Future[int]]:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        loop = asyncio.get_running_loop()
        born = self._born[plan.life] = loop.create_future()
        ended = self._ended[plan.life] = loop.create_future()
        self._nursery.stdin.write(msgspec.json.encode(plan) + b"\n")
        return await asyncio.shield(born), ended
