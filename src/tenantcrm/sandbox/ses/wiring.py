"""How the simulator tells of mails from its start: to a URL, or into a queue."""

from typing import TYPE_CHECKING

import msgspec

from tenantcrm.sandbox.ses.configuration_sets import (
    ConfigurationSet,
    ConfigurationSets,
    EventDestination,
    EventType,
)
from tenantcrm.sandbox.ses.sns.topics import Protocol, topic_arn
from tenantcrm.sandbox.ses.wires import DESTINATION, NAME, Wires

if TYPE_CHECKING:
    from tenantcrm.sandbox.ses.telling import Telling

ALL: tuple[EventType, ...] = (
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
)


async def wire(telling: "Telling", wires: Wires) -> None:
    """Make configuration set, event destination, topic and subscription where there are none.

    What was wired at an earlier start and is not any more ends without a word.
    """
    simulator, topics = telling.simulator, telling.topics
    if wires.webhook is None and wires.queue is None:
        return
    arn = await topics.make(topic_arn(simulator.region, NAME))
    await _destination(simulator.configuration_sets, arn)
    wanted: list[tuple[Protocol, str]] = []
    if wires.webhook is not None:
        wanted.append(("https" if wires.webhook.startswith("https") else "http", wires.webhook))
    if wires.queue is not None:
        wanted.append(("sqs", telling.queues.arn(wires.queue)))
    for one in topics.of(arn):
        if one.wired and (one.protocol, one.endpoint) not in wanted:
            await topics.remove(one)
    for protocol, endpoint in wanted:
        await telling.subscribe(arn, protocol, endpoint, wires.url, wired=True)


async def _destination(sets: ConfigurationSets, arn: str) -> None:
    made = EventDestination(name=DESTINATION, enabled=True, matching=ALL, topic_arn=arn)
    found = sets.find(NAME)
    if found is None:
        await sets.create(ConfigurationSet(name=NAME, destinations=(made,)))
    elif not any(one.topic_arn == arn for one in found.destinations):
        destinations = (*(one for one in found.destinations if one.name != DESTINATION), made)
        await sets.replace(msgspec.structs.replace(found, destinations=destinations))
