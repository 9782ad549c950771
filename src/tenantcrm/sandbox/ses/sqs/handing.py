"""Received messages, as they are handed out."""

import hashlib
from collections.abc import Sequence

import msgspec

from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.events.batches import SignsAs
from tenantcrm.sandbox.ses.sns.envelopes import Forgery, Parcel
from tenantcrm.sandbox.ses.sqs.asked import Answer
from tenantcrm.sandbox.ses.sqs.messages import Received
from tenantcrm.sandbox.ses.telling import Telling


async def bodies_of(telling: Telling, found: Sequence[Received]) -> list[str]:
    """What they say; a notification is signed only now, which gives the same each time."""
    bodies = []
    for one in found:
        if one.signs_as is None:
            bodies.append(one.body)
            continue
        how = msgspec.json.decode(one.signs_as, type=SignsAs)
        forgery = (
            Forgery() if how.forgery is None else msgspec.json.decode(how.forgery, type=Forgery)
        )
        fields = msgspec.json.decode(one.body, type=dict[str, str])
        outcome = await telling.courier.carry(
            Parcel(
                id=one.id,
                fields=fields,
                base=how.base,
                subscription=how.subscription,
                forgery=forgery,
            )
        )
        # Without a signature it is not handed out; its visibility time-out brings it back.
        bodies.append(outcome.document)
    return bodies


def described(one: Received, body: str, wanted: set[str]) -> Answer:
    """A message as ReceiveMessage gives it."""
    attributes = {
        "SenderId": ACCOUNT,
        "SentTimestamp": str(int(one.sent_at * 1000)),
        "ApproximateReceiveCount": str(one.receives),
        "ApproximateFirstReceiveTimestamp": str(int(one.first_at * 1000)),
    }
    if "All" not in wanted:
        attributes = {name: value for name, value in attributes.items() if name in wanted}
    found: Answer = {
        "MessageId": one.message_id,
        "ReceiptHandle": one.receipt,
        "MD5OfBody": md5_of(body),
        "Body": body,
    }
    return found | ({"Attributes": attributes} if attributes else {})


def md5_of(body: str) -> str:
    """The check sum that clients compare."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
