"""Workers that are asked to end while mail goes out: nothing of it becomes unknown."""

import random

import pytest

from tests.crash import stage as stages
from tests.crash.comparison import compare
from tests.crash.evidence import gather, read_notes
from tests.crash.fleet import Fleet
from tests.crash.leavers import Leavers
from tests.crash.population import Population
from tests.crash.run import settle
from tests.crash.stage import opened
from tests.crash.troubles import CALM, Troubles

pytestmark = pytest.mark.timeout(900)


async def test_sigterm_makes_nothing_unknown():
    """Workers of two machines are replaced one after the other under load, by SIGTERM alone."""
    dice = random.Random(1)
    with stages.folder() as home:
        async with opened(home) as stage:
            await stage.ses.go_wrong({**CALM, "latency_ms": 200, "events": {}})
            population = Population(stage, dice, contacts=200)
            await population.settle(3)
            fleet = Fleet(stage, dice, losses=0.0, points=("never",), gentle=True)
            await fleet.open()
            try:
                fleet.start(3)
                for _ in range(2):
                    await population.feed_once()
                    await fleet.until_drained(fleet.drained + 3)
                fleet.be_kind()
                await settle(stage, lambda _line: None)
            finally:
                await fleet.close()
            notes = read_notes(fleet.notes)
            evidence = await gather(
                stage,
                population,
                Leavers(population, dice),
                Troubles(stage, fleet, population, dice),
                notes=notes,
                killed=fleet.killed,
            )
    verdict = compare(evidence)
    assert verdict.sound, verdict.faults
    assert not fleet.strange
    assert not fleet.killed
    assert fleet.drained >= 6
    assert "unknown" not in verdict.states
