"""The crash test in small, and the test of the test: builds that are wrong are found out."""

import pytest

from tests.crash.run import Options, crash, new_seed

SMALL = {"tenants": 2, "contacts": 40, "workers": 2}
pytestmark = pytest.mark.timeout(900)


async def test_nothing_is_lost_or_doubled():
    """Workers die at every step under faults of every kind, and both ledgers agree."""
    figures = await crash(
        Options(seconds=12, seed=new_seed(), pace=3, losses=0.03, tenants=2, contacts=60, workers=2)
    )
    assert figures.verdict.sound, "\n".join(figures.lines())
    assert figures.taken > 0
    assert sum(figures.kills.values()) > 0


async def test_finds_a_build_that_doubles():
    """With the preflight's commit after the request mails go out twice, and the comparison says
    so. (Another such build: ``make crash ARGS="--mutant rescue-puts-sending-back"``.)"""
    figures = await crash(
        Options(
            seconds=12,
            seed=new_seed(),
            pace=1000,
            losses=0,
            mutant="ask-before-preflight-commits",
            points=("preflight: before its commit",),
            **SMALL,
        )
    )
    assert figures.verdict.faults["doubled"], "\n".join(figures.lines())
