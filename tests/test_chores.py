"""Chores: what fails comes round again, and hurts nothing else."""

import asyncio
from collections import Counter

from tenantcrm import chores
from tenantcrm.chores import Chore, do, keep_doing
from tests.delivery.desk import until


async def test_a_failing_chore_comes_again(monkeypatch):
    """One that raises, whatever it is, is done again; the one beside it never notices."""
    monkeypatch.setattr(chores, "AFTER_FAULT", 0.0)
    rounds: Counter[str] = Counter()

    async def fails() -> None:
        rounds["fails"] += 1
        raise [OSError("away"), ValueError("a fault of ours")][rounds["fails"] % 2]

    async def works() -> None:
        rounds["works"] += 1

    async def hangs() -> None:
        rounds["hangs"] += 1
        await asyncio.Event().wait()

    tasks = [
        asyncio.create_task(keep_doing(Chore(name, 0.01, work)))
        for name, work in (("fails", fails), ("works", works), ("hangs", hangs))
    ]

    async def often() -> bool:
        return min(rounds["fails"], rounds["works"]) >= 5

    await until(often)
    assert rounds["hangs"] == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_pace_is_asked_each_time(monkeypatch):
    """A pace that changes takes effect at the next round."""
    asked: list[int] = []

    async def work() -> None:
        return None

    def pace() -> float:
        asked.append(1)
        return 0.0

    task = asyncio.create_task(keep_doing(Chore("x", pace, work)))

    async def thrice() -> bool:
        return len(asked) >= 3

    await until(thrice)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_says_whether_it_went_well(monkeypatch):
    """A round tells whoever asks whether it went well."""
    monkeypatch.setattr(chores, "AFTER_FAULT", 0.0)

    async def work() -> None:
        return None

    async def broken() -> None:
        raise OSError

    assert await do(Chore("x", 1.0, work))
    assert not await do(Chore("x", 1.0, broken))
