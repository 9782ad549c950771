"""Everything by which SES tells of mails, opened together: events, topics, queues, posting."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass

import msgspec
from uuid_utils import uuid4

from tenantcrm import clock
from tenantcrm.sandbox.ses.events import emitted
from tenantcrm.sandbox.ses.events.mail_object import timestamp
from tenantcrm.sandbox.ses.events.publisher import Publisher
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.sns import notices
from tenantcrm.sandbox.ses.sns.canonical import SUBSCRIPTION, UNSUBSCRIPTION
from tenantcrm.sandbox.ses.sns.courier import Courier
from tenantcrm.sandbox.ses.sns.dispatcher import Dispatcher
from tenantcrm.sandbox.ses.sns.notices import Notice
from tenantcrm.sandbox.ses.sns.topics import Protocol, Subscription, Topics
from tenantcrm.sandbox.ses.sqs.queues import Queues
from tenantcrm.sandbox.ses.wires import Wires
from tenantcrm.sandbox.ses.wiring import wire


@dataclass(slots=True)
class Telling:
    """What tells of mails."""

    simulator: Simulator
    topics: Topics
    queues: Queues
    courier: Courier
    dispatcher: Dispatcher
    publisher: Publisher
    _work: asyncio.Task[None]

    @classmethod
    async def open(cls, simulator: Simulator, wires: Wires) -> "Telling":
        """Read what is kept and begin to post what waits."""
        store = simulator.store
        await store.write(emitted.make, None)
        await store.write(notices.make, None)
        topics = await Topics.load(store)
        queues = await Queues.load(store, simulator.region)
        courier = Courier(simulator.folder)
        dispatcher = Dispatcher(store, topics, courier)
        publisher = Publisher(simulator, topics, queues, dispatcher.wake, delay=wires.delay)
        simulator.listeners.append(publisher.heard)
        work = asyncio.create_task(dispatcher.run())
        made = cls(simulator, topics, queues, courier, dispatcher, publisher, work)
        await wire(made, wires)
        await dispatcher.drop()
        return made

    async def close(self) -> None:
        """Write what was noted; what is not posted by now waits for the next start."""
        self.simulator.listeners.remove(self.publisher.heard)
        await self.publisher.drain()
        self._work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._work
        await self.dispatcher.stop()
        await self.courier.close()

    async def subscribe(
        self, topic_arn: str, protocol: Protocol, endpoint: str, base: str, *, wired: bool = False
    ) -> Subscription:
        """Subscribe an endpoint, and ask it to confirm. A queue is made where there is none."""
        made, new = await self.topics.subscribe(topic_arn, protocol, endpoint, base, wired=wired)
        if protocol == "sqs":
            await self.queues.make(endpoint.rpartition(":")[2])
        elif new or not made.confirmed:
            words = f"You have chosen to subscribe to the topic {topic_arn}.\n"
            await self._ask(made, SUBSCRIPTION, words)
        return made

    async def unsubscribe(self, gone: Subscription) -> None:
        """End a subscription, and tell its endpoint how to take that back."""
        await self.topics.remove(gone)
        await self.dispatcher.drop()
        if gone.protocol != "sqs" and gone.confirmed:
            self.dispatcher.remember(gone)
            words = f"You have chosen to deactivate subscription {gone.arn}.\n"
            await self._ask(gone, UNSUBSCRIPTION, words)

    async def _ask(self, to: Subscription, kind: str, words: str) -> None:
        token = to.token or secrets.token_hex(64)
        fields = {
            "Type": kind,
            "MessageId": str(uuid4()),
            "Token": token,
            "TopicArn": to.topic_arn,
            "Message": f"{words}To confirm, visit the SubscribeURL included in this message.",
            "SubscribeURL": f"{to.base}/?Action=ConfirmSubscription&TopicArn={to.topic_arn}"
            f"&Token={token}",
            "Timestamp": timestamp(clock.real_now()),
        }
        encoded = msgspec.json.encode(fields).decode()
        asked = Notice(None, to.arn, fields["MessageId"], encoded, time.time(), confirms=True)
        await self.simulator.store.write(notices.keep, asked)
        self.dispatcher.wake()
