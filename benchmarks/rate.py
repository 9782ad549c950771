"""How much of the account's rate four workers use, and how often SES refuses them.

The simulator enforces a hundred mails a second. The baseline is that figure. Printed, not
asserted.

``python -m benchmarks.rate [SECONDS]``
"""

import asyncio
import sys
from collections import Counter
from datetime import timedelta

import structlog
from tests.delivery.desk import until

from benchmarks.installation import Arrival, Installation, installed, tell

RATE = 100
LATENCY = 50
WORKERS = 4
TENANTS = 5
SETTLES = 5
"""Seconds from the first mail to the first that counts: the simulator begins with a full bucket."""


async def arrived(place: Installation, mails: int) -> None:
    """Wait until so many mails have come."""
    await until(lambda: taken(place, mails), 300)


async def taken(place: Installation, mails: int) -> bool:
    return place.simulator.counted()["taken"] >= mails


def by_second(arrivals: list[Arrival], seconds: int) -> list[int]:
    """Mails in each of the seconds that count."""
    begun = arrivals[0].received_at + timedelta(seconds=SETTLES)
    counts = Counter((one.received_at - begun) // timedelta(seconds=1) for one in arrivals)
    return [counts[second] for second in range(seconds)]


def most_within_a_second(arrivals: list[Arrival]) -> int:
    """The most mails that came within any second, wherever it begins."""
    times = [one.received_at.timestamp() for one in arrivals]
    most = last = 0
    for first, begun in enumerate(times):
        while last < len(times) and times[last] < begun + 1:
            last += 1
        most = max(most, last - first)
    return most


async def measure(seconds: int) -> None:
    """Print the figures."""
    async with installed() as place:
        place.simulator.change("/_account", max_send_rate=RATE)
        place.simulator.change("/_faults", latency_ms=LATENCY)
        mails = RATE * (seconds + 2 * SETTLES + 10)
        for number in range(TENANTS):
            world = await place.tenant(f"Tenant {number}")
            await place.fill(world, mails // TENANTS)
        with place.workers(WORKERS):
            await arrived(place, 1)
            tell("they send")
            await asyncio.sleep(seconds + SETTLES + 1)
            counted = place.simulator.counted()
            arrivals = sorted(place.simulator.arrivals(), key=lambda one: one.received_at)
    counts = by_second(arrivals, seconds)
    asked = counted["taken"] + counted["throttled"]
    print(f"{WORKERS} workers, {TENANTS} tenants, {seconds} s, SES takes {RATE}/s\n")
    print(f"{'sustained':<34}{sum(counts) / seconds:>8.1f} mails/s")
    print(f"{'ratio to SES rate':<34}{sum(counts) / seconds / RATE:>8.3f}")
    print(f"{'refused':<34}{counted['throttled'] / asked:>8.2%}")
    print(f"{'slowest second':<34}{min(counts):>8}")
    print(f"{'fastest second':<34}{max(counts):>8}")
    print(f"{'most within any second':<34}{most_within_a_second(arrivals):>8}")


def main() -> None:
    """Measure with real services of our own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60))


if __name__ == "__main__":
    main()
