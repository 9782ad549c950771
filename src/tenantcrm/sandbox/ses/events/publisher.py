"""Makes events of mails that were taken, and puts them where they are published from.

Whoever sends a mail never waits for this: mails are noted, and what follows from them is written
a little later, many at a time. What was noted within the last moment is lost when the process is
killed, as events of SES may be.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

import structlog
from uuid_utils import uuid4

from tenantcrm import clock
from tenantcrm.sandbox.ses.configuration_sets import ConfigurationSet, EventType
from tenantcrm.sandbox.ses.events import mishaps
from tenantcrm.sandbox.ses.events.batches import Batch, Message, keep, notification
from tenantcrm.sandbox.ses.events.emitted import Made
from tenantcrm.sandbox.ses.events.links import first_link
from tenantcrm.sandbox.ses.events.mail_object import Sent, mail_object
from tenantcrm.sandbox.ses.events.outcomes import EventName, Step, steps, suppressed
from tenantcrm.sandbox.ses.events.records import SUBJECT, record
from tenantcrm.sandbox.ses.mails import Taken
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.sns.topics import Topics
from tenantcrm.sandbox.ses.sqs.queues import Queues

TYPES: dict[EventName, EventType] = {
    "Send": "SEND",
    "Delivery": "DELIVERY",
    "Bounce": "BOUNCE",
    "Complaint": "COMPLAINT",
    "Reject": "REJECT",
    "Open": "OPEN",
    "Click": "CLICK",
    "DeliveryDelay": "DELIVERY_DELAY",
    "Rendering Failure": "RENDERING_FAILURE",
}
"""``eventType`` of the JSON, and what an event destination calls it."""
TOGETHER = 100
"""Mails whose events are made in one go; more would keep requests waiting."""
PAUSE = 0.01
"""Seconds for which mails are gathered."""
log = structlog.get_logger()


class Publisher:
    """Event publishing of one simulator."""

    def __init__(
        self,
        simulator: Simulator,
        topics: Topics,
        queues: Queues,
        wake: Callable[[], None],
        *,
        delay: float,
    ) -> None:
        """Take what it works with.

        ``wake``: to be called when there is something to post. ``delay``: real seconds from a mail
        to what happens to it.
        """
        self._simulator, self._topics, self._queues = simulator, topics, queues
        self._wake = wake
        self._heard: list[tuple[Taken, ConfigurationSet, float]] = []
        self._writing: asyncio.Task[None] | None = None
        self.delay = delay

    @property
    def behind(self) -> int:
        """How many mails were noted whose events are not written yet."""
        return len(self._heard) + (self._writing is not None)

    def heard(self, taken: Taken) -> None:
        """Note a mail, when somebody is to be told of it."""
        if taken.configuration_set is None:
            return
        found = self._simulator.configuration_sets.find(taken.configuration_set)
        if found is None or not any(one.enabled for one in found.destinations):
            return
        self._heard.append((taken, found, time.time()))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def happen(self, sent: Sent, recipient: str, happening: Iterable[Step]) -> int:
        """Let something happen to a mail now that was taken before; how many events came of it."""
        found = self._simulator.configuration_sets.find(sent.configuration_set)
        if found is None:
            return 0
        batch = Batch()
        now, real = clock.now(), time.time()
        mail = mail_object(sent)
        for step in happening:
            self._event(batch, sent, mail, found, recipient, step, now, real)
        await self._keep(batch)
        return len(batch.made)

    async def publish(
        self,
        topic_arn: str,
        message: str,
        subject: str | None,
        *,
        times: int = 1,
        forgery: str | None = None,
    ) -> str:
        """Publish a message by hand, ``times`` under one id; the id."""
        batch, now = Batch(), time.time()
        sns_id = str(uuid4())
        fields = notification(topic_arn, sns_id, message, subject, now)
        for to in self._topics.reached(topic_arn) * times:
            batch.address(Message(sns_id, fields, now, forgery), to, of_event=False)
        await self._keep(batch)
        return sns_id

    async def drain(self) -> None:
        """Write what was noted."""
        while self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        await asyncio.sleep(PAUSE)
        while self._heard:
            some = list(islice(self._heard, TOGETHER))
            del self._heard[: len(some)]
            batch = Batch()
            try:
                for taken, found, real in some:
                    self._follow(batch, taken, found, real)
                await self._keep(batch)
            except Exception:
                # A disk that is full costs these events; the next ones are tried all the same.
                log.exception("ses.events_lost", mails=len(some))
        self._writing = None

    async def _keep(self, batch: Batch) -> None:
        if not batch.made and not batch.notices:
            return
        await self._simulator.store.write(keep, batch)
        for name in {one.queue for one in batch.queued}:
            self._queues.arrived(name)
        if any(one.state == "pending" for one in batch.notices):
            self._wake()

    def _follow(self, batch: Batch, taken: Taken, found: ConfigurationSet, real: float) -> None:
        """All that follows from a mail."""
        sent = self.sent(taken)
        mail: dict[str, object] | None = None
        told = False
        for recipient in taken.recipients:
            for step in self._steps(recipient):
                if step.event == "Send" and told:
                    continue
                told = told or step.event == "Send"
                if found.topics_for(TYPES[step.event]):
                    mail = mail or mail_object(sent)
                    begun = taken.received_at
                    self._event(batch, sent, mail, found, recipient, step, begun, real)

    def sent(self, taken: Taken) -> Sent:
        """A mail that was just taken, as its events need it."""
        identity = self._simulator.identities.covering(taken.sender)
        return Sent(
            mail_id=taken.id,
            message_id=taken.message_id,
            received_at=taken.received_at,
            sender=taken.sender,
            recipients=taken.recipients,
            tags=taken.tags,
            configuration_set=taken.configuration_set or "",
            raw=taken.raw,
            identity=identity.name if identity else taken.sender,
            region=self._simulator.region,
            bulk=taken.bulk,
        )

    def _steps(self, recipient: str) -> Sequence[Step]:
        reason = self._simulator.suppressions.reason(recipient)
        return suppressed(reason) if reason else steps(recipient)

    def _event(
        self,
        batch: Batch,
        sent: Sent,
        mail: dict[str, object],
        found: ConfigurationSet,
        recipient: str,
        step: Step,
        begun: datetime,
        real: float,
    ) -> None:
        later = step.after * self.delay
        at = begun + timedelta(seconds=later * clock.rate())
        mishap = mishaps.draw(self._simulator.faults)
        due = real + later + mishap.later
        message = record(
            step.event,
            mail,
            recipient,
            at,
            detail=step.detail,
            link=first_link(sent.raw) if step.event == "Click" else "",
            milliseconds=round(later * 1000),
        )
        topics = found.topics_for(TYPES[step.event])
        if not topics:
            return
        batch.made.append(
            Made(
                sent.mail_id,
                sent.message_id,
                recipient,
                step.event,
                step.detail,
                at.timestamp(),
                mishap.names,
            )
        )
        for topic_arn in topics:
            sns_id = str(uuid4())
            for copy in range(mishap.copies):
                if copy and not mishaps.same_message():
                    sns_id = str(uuid4())
                fields = notification(topic_arn, sns_id, message, SUBJECT, due)
                for to in self._topics.reached(topic_arn):
                    batch.address(Message(sns_id, fields, due), to, of_event=True)
