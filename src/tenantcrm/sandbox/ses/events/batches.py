"""Events and their notifications, gathered to be written together."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from tenantcrm.sandbox.ses.events import emitted
from tenantcrm.sandbox.ses.events.emitted import Made
from tenantcrm.sandbox.ses.events.mail_object import timestamp
from tenantcrm.sandbox.ses.sns import notices
from tenantcrm.sandbox.ses.sns.canonical import NOTIFICATION
from tenantcrm.sandbox.ses.sns.notices import Notice
from tenantcrm.sandbox.ses.sns.topics import Subscription
from tenantcrm.sandbox.ses.sqs import messages
from tenantcrm.sandbox.ses.sqs.queues import notified


class SignsAs(msgspec.Struct, frozen=True):
    """How a notification in a queue is signed, once somebody receives it."""

    base: str
    subscription: str
    forgery: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a topic. ``due``: Unix seconds of real time; ``forgery``: JSON."""

    sns_id: str
    fields: str
    due: float
    forgery: str | None = None


@dataclass(slots=True)
class Batch:
    """What is written together."""

    made: list[Made] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    queued: list[messages.Sent] = field(default_factory=list)

    def address(self, message: Message, to: Subscription, *, of_event: bool) -> None:
        """Add a message for a subscription; ``of_event``: of the event that was made last."""
        event = len(self.made) - 1 if of_event else None
        if to.protocol != "sqs":
            self.notices.append(
                Notice(event, to.arn, message.sns_id, message.fields, message.due, message.forgery)
            )
            return
        name = to.endpoint.rpartition(":")[2]
        how = msgspec.json.encode(SignsAs(to.base, to.arn, message.forgery)).decode()
        self.queued.append(notified(name, message.fields, how, message.due))
        # A queue has taken it as soon as it is written.
        self.notices.append(
            Notice(event, to.arn, message.sns_id, "{}", message.due, None, "delivered")
        )


def notification(
    topic_arn: str, sns_id: str, message: str, subject: str | None, real: float
) -> str:
    """The fields of a notification that are signed, as JSON. ``real``: Unix seconds."""
    fields = {
        "Type": NOTIFICATION,
        "MessageId": sns_id,
        "TopicArn": topic_arn,
        **({} if subject is None else {"Subject": subject}),
        "Message": message,
        "Timestamp": timestamp(datetime.fromtimestamp(real, UTC)),
    }
    return msgspec.json.encode(fields).decode()


def keep(db: sqlite3.Connection, batches: Sequence[Batch]) -> None:
    """Write batches."""
    for batch in batches:
        first = emitted.keep(db, batch.made) if batch.made else 0
        if batch.notices:
            notices.keep(db, batch.notices, first)
        if batch.queued:
            messages.keep(db, batch.queued)
