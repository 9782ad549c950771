"""One run: fill, let loose, calm down, compare."""

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import click
from msgspec import Struct

from tests.crash import stage as stages
from tests.crash.comparison import UNDER_WAY, compare
from tests.crash.evidence import ever_unknown, gather, read_notes
from tests.crash.figures import Figures
from tests.crash.fleet import Fleet
from tests.crash.leavers import Leavers
from tests.crash.points import POINTS
from tests.crash.population import Population
from tests.crash.stage import Stage
from tests.crash.troubles import Troubles, count_states

SETTLE_SECONDS = 900.0
STUCK_SECONDS = 120.0
"""Nothing has moved for so long although something waits: it will not move any more."""
QUIET_SECONDS = 3.0
"""Unknown mails may become known by what comes late; when none has for so long, none will."""


class Options(Struct, frozen=True, kw_only=True):
    """How large a run is, and how it goes wrong. ``pace``: seconds between two troubles."""

    seconds: float
    seed: int = 0
    tenants: int = 4
    contacts: int = 1_000
    workers: int = 4
    pace: float = 6.0
    losses: float = 0.01
    mutant: str | None = None
    points: tuple[str, ...] = POINTS
    keep: Path | None = None
    tell: Callable[[str], None] = click.echo


def new_seed() -> int:
    """One that a person can type again."""
    return secrets.randbelow(1_000_000_000)


async def crash(options: Options) -> Figures:
    """Run it; gives what happened and what was found."""
    with stages.folder(options.keep) as home:
        async with stages.opened(home) as stage:
            return await _on(stage, options)


async def _on(stage: Stage, options: Options) -> Figures:
    dice = random.Random(options.seed)
    population = Population(stage, dice, contacts=options.contacts)
    await population.settle(options.tenants)
    fleet = Fleet(stage, dice, mutant=options.mutant, losses=options.losses, points=options.points)
    leavers = Leavers(population, dice)
    troubles = Troubles(stage, fleet, population, dice)
    await fleet.open()
    try:
        begun = time.monotonic()
        fleet.start(options.workers)
        await _for(
            options.seconds,
            population.feed(),
            leavers.leave(options.pace / 10),
            troubles.make(options.pace),
            fleet.watch(),
            _progress(stage, fleet, options, begun),
        )
        under_fire = time.monotonic() - begun
        await _calm(stage, population)
        fleet.be_kind()
        await settle(stage, options.tell)
        settling = time.monotonic() - begun - under_fire
    finally:
        await fleet.close()
    notes = read_notes(fleet.notes)
    injected = await stage.ses.faults()
    evidence = await gather(stage, population, leavers, troubles, notes=notes, killed=fleet.killed)
    verdict = compare(evidence)
    verdict.faults["workers that ended by themselves"] = fleet.strange
    still = {row.id for row in evidence.rows if row.state == "unknown"}
    return Figures(
        seed=options.seed,
        seconds=under_fire,
        settling=settling,
        due=population.due,
        taken=len(evidence.taken),
        departures=len(leavers.departures),
        kills=fleet.kills,
        drained=fleet.drained,
        refused=fleet.refused,
        lost_commits=notes.lost,
        outcomes=notes.outcomes,
        injected=injected,
        troubles=troubles.counts,
        resolved=len(ever_unknown(notes, fleet.log) - still),
        verdict=verdict,
    )


async def _for(seconds: float, *work: Awaitable[None]) -> None:
    """Do all of it for so long; whatever fails ends the run."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)  # type: ignore[arg-type]


async def _progress(stage: Stage, fleet: Fleet, options: Options, begun: float) -> None:
    connection = await stage.super_user()
    try:
        while True:
            await asyncio.sleep(10)
            states = await count_states(connection)
            passed = time.monotonic() - begun
            words = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
            options.tell(f"{passed:5.0f} s  {sum(fleet.kills.values())} kills  {words}")
    finally:
        connection.terminate()


async def _calm(stage: Stage, population: Population) -> None:
    """No more faults, and everybody may send."""
    await stage.ses.go_right()
    await population.wake()


async def settle(stage: Stage, tell: Callable[[str], None]) -> None:
    """Wait until nothing is under way and unknown mails have stopped becoming known."""
    connection = await stage.super_user()
    end = time.monotonic() + SETTLE_SECONDS
    last: dict[str, int] = {}
    since = time.monotonic()
    told = 0.0
    while time.monotonic() < end:
        states = await count_states(connection)
        if states != last:
            last, since = states, time.monotonic()
        waits = any(states.get(state) for state in UNDER_WAY) or not await stage.ses.told_all()
        if time.monotonic() - since > (STUCK_SECONDS if waits else QUIET_SECONDS):
            break
        if time.monotonic() - told > 10:
            told = time.monotonic()
            words = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
            tell(f"settling  {words}")
        await asyncio.sleep(0.5)
    await connection.close()
