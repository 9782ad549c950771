"""How long one mail of a tenant takes to SES while another tenant has a million due.

The baseline is the same mail while nothing else is due, in the same run. Two workers; the
simulator enforces a rate and answers after a while. From the commit that makes the mail due to its
arrival at SES. Printed, not asserted.

``python -m benchmarks.fairness [MAILS] [TRIALS]``
"""

import asyncio
import random
import sys
import time
from uuid import UUID

import structlog
from tests.delivery.desk import until
from tests.delivery.world import World

from benchmarks.installation import Installation, installed, tell
from tenantcrm.delivery.states import Kind

RATE = 500
LATENCY, JITTER = 50, 50
WORKERS = 2
DEFAULTS = [1_000_000, 100]
PAUSE = 0.5
"""Seconds at most between two trials: they fall anywhere into the work of the workers."""


async def trial(world: World, campaign: UUID) -> tuple[str, float]:
    """One mail becomes due, and is sent; gives its id, and when it was due."""
    known = {mail.id for mail in await world.mails()}
    contact = await world.contact()
    await world.due(contact, campaign_id=campaign, kind=Kind.DAY_ZERO)
    begun = time.time()
    (mail,) = (mail for mail in await world.mails() if mail.id not in known)

    async def sent() -> bool:
        row = await world.row(type(mail), mail.id)
        return bool(row.state not in {"pending", "claimed", "sending"})

    await until(sent, 60)
    return mail.id.hex, begun


async def trials(place: Installation, name: str, count: int) -> list[float]:
    """Seconds of each trial, sorted."""
    world = await place.tenant(name)
    campaign = await world.campaign(0)
    begun = {}
    for number in range(count):
        await asyncio.sleep(random.random() * PAUSE)
        delivery, at = await trial(world, campaign)
        begun[delivery] = at
        if (number + 1) % 20 == 0:
            tell(f"{name}: {number + 1} trials")
    arrived = {one.tags["d"]: one.received_at.timestamp() for one in place.simulator.arrivals()}
    return sorted(arrived[delivery] - at for delivery, at in begun.items())


def row(name: str, seconds: list[float]) -> str:
    """A line of the table."""
    p50, p99 = (seconds[min(len(seconds) - 1, int(len(seconds) * part))] for part in (0.5, 0.99))
    return f"{name:<34}{p50:>10.3f}{p99:>10.3f}{seconds[-1]:>10.3f}"


async def measure(mails: int, count: int) -> None:
    """Print the table."""
    async with installed() as place:
        place.simulator.change("/_account", max_send_rate=RATE)
        place.simulator.change("/_faults", latency_ms=LATENCY, jitter_ms=JITTER)
        with place.workers(WORKERS):
            await trials(place, "First", 3)
            alone = await trials(place, "Alone", count)
            big = await place.tenant("Big")
            await place.fill(big, mails)
            before = place.simulator.counted()["taken"]
            beside = await trials(place, "Beside", count)
            sent = place.simulator.counted()["taken"] - before
            left = mails - sent
    print(f"{WORKERS} workers, SES takes {RATE}/s and answers after {LATENCY} to", end=" ")
    print(f"{LATENCY + JITTER} ms, {count} trials\n")
    print(f"{'seconds from due to SES':<34}{'p50':>10}{'p99':>10}{'longest':>10}")
    print(row("nothing else due", alone))
    print(row(f"beside {mails:,} of another tenant", beside))
    print(f"\n{sent:,} of the other tenant's went out meanwhile, {left:,} were left")


def main() -> None:
    """Measure with real services of our own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    given = [int(text) for text in sys.argv[1:]]
    asyncio.run(measure(*(given + DEFAULTS[len(given) :])))


if __name__ == "__main__":
    main()
