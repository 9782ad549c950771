"""The crash test in small, and the test of the test: builds that are wrong are found out."""

import pytest

from tests.crash.run import Options, crash, new_seed

SMALL = {"tenants": 3, "contacts": 80, "workers": 3}
pytestmark = pytest.mark.timeout(900)


async def test_nothing_is_lost_or_doubled():
    """Workers die at every step under faults of every kind, and both ledgers agree."""
    figures = await crash(Options(seconds=20, seed=new_seed(), pace=3, losses=0.03, **SMALL))
    assert figures.verdict.sound, "\n".join(figures.lines())
    assert figures.taken > 0
    assert sum(figures.kills.values()) > 0


@pytest.mark.parametrize(
    ("mutant", "point"),
    [
        ("ask-before-preflight-commits", "preflight: before its commit"),
        ("rescue-puts-sending-back", "request: after it"),
    ],
)
async def test_finds_a_build_that_doubles(mutant: str, point: str):
    """With the preflight's commit after the request, or a rescue that sends what may have been
    sent, mails go out twice, and the comparison says so."""
    figures = await crash(
        Options(
            seconds=12,
            seed=new_seed(),
            pace=1000,
            losses=0,
            mutant=mutant,
            points=(point,),
            **SMALL,
        )
    )
    assert figures.verdict.faults["doubled"], "\n".join(figures.lines())
