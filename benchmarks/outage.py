"""Redis stopped for a minute beneath four workers: what goes on, and what is left of it.

The baseline is the rate before, in the same run; without Redis half of it is aimed at. Printed,
not asserted.

``python -m benchmarks.outage [SECONDS]``
"""

import asyncio
import sys
from collections import Counter

import structlog
from tests.delivery.desk import until
from tests.fixtures import services

from benchmarks.installation import Arrival, Installation, installed, tell

RATE = 100
LATENCY = 50
WORKERS = 4
BESIDE = 20
"""Seconds with Redis, before and after."""


async def come(place: Installation, mails: int) -> bool:
    return place.simulator.counted()["taken"] >= mails


async def part(place: Installation, seconds: float) -> float:
    """Mails a second that came meanwhile."""
    before = place.simulator.counted()["taken"]
    await asyncio.sleep(seconds)
    return (place.simulator.counted()["taken"] - before) / seconds


def doubled(arrivals: list[Arrival]) -> int:
    return sum(count - 1 for count in Counter(one.tags["d"] for one in arrivals).values())


async def measure(seconds: int) -> None:
    """Print the figures."""
    port = services.free_port()
    async with installed(f"redis://127.0.0.1:{port}/0") as place:
        place.simulator.change("/_account", max_send_rate=RATE)
        place.simulator.change("/_faults", latency_ms=LATENCY)
        world = await place.tenant("Vinr")
        mails = RATE * (2 * BESIDE + seconds)
        await place.fill(world, mails)
        with place.workers(WORKERS) as processes:
            with services.valkey(port):
                await until(lambda: come(place, RATE), 120)
                tell("they send")
                before = await part(place, BESIDE)
            tell("Redis is stopped")
            without = await part(place, seconds)
            with services.valkey(port):
                tell("Redis is back")
                await asyncio.sleep(BESIDE / 2)
                after = await part(place, BESIDE / 2)
                await until(lambda: come(place, mails), 600)
                await asyncio.sleep(1)
                alive = sum(process.poll() is None for process in processes)
        counted, arrivals = place.simulator.counted(), place.simulator.arrivals()
        states = await world.states()
    print(f"{WORKERS} workers, SES takes {RATE}/s, {mails:,} mails, {seconds} s without Redis\n")
    for name, value in (("before", before), ("without", without), ("after", after)):
        print(f"{name:<34}{value:>8.1f} mails/s{value / before:>8.2f}")
    refused = counted["throttled"] / (counted["taken"] + counted["throttled"])
    print(f"{'refused':<34}{refused:>8.2%}")
    print(f"{'workers that are the same':<34}{alive:>8}")
    print(f"{'lost':<34}{mails - len({one.tags['d'] for one in arrivals}):>8}")
    print(f"{'doubled':<34}{doubled(arrivals):>8}")
    print(f"{'states':<34}{' ' * 4}{states}")


def main() -> None:
    """Measure with real services of our own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60))


if __name__ == "__main__":
    main()
