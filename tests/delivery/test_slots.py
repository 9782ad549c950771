"""Slots: when the mails of a claim leave."""

import asyncio
import time

from tenantcrm.delivery.slots import Slots


async def moments(slots: Slots, *parcels: int) -> list[float]:
    """When each of the requests, which carry so many mails, may leave; in hundredths of seconds."""
    begun = time.monotonic()

    async def one(mails: int) -> float:
        await slots.wait(mails)
        return round((time.monotonic() - begun) * 100)

    return await asyncio.gather(*(one(mails) for mails in parcels))


async def test_nobody_leaves_before_its_slot():
    """Requests leave in order, each at its slot or after it."""
    slots = Slots(time.monotonic() + 0.05, 0.02, 4)
    left = await moments(slots, 1, 1, 1, 1)
    assert left == sorted(left)
    assert all(at >= due for at, due in zip(left, [4, 6, 8, 10], strict=True))
    assert slots.left == 0


async def test_a_parcel_waits_for_its_last_slot():
    """A request with several mails does not leave before all of them may."""
    slots = Slots(time.monotonic(), 0.02, 8)
    assert (await moments(slots, 5))[0] >= 7
    assert slots.left == 3


async def test_the_late_do_not_leave_all_at_once():
    """Slots that have passed are made up for at intervals, not in one burst."""
    slots = Slots(time.monotonic() - 5, 0.04, 5)
    left = await moments(slots, 1, 1, 1, 1, 1)
    assert left[-1] >= 7


async def test_slots_that_have_come():
    """Where nothing is to be waited for, nothing is."""
    slots = Slots.at_once(1000)
    for _ in range(1000):
        await slots.wait()
    assert slots.left == 0
