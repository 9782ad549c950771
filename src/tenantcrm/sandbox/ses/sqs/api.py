"""SQS over the wire: AWS's JSON protocol, one operation by the header ``X-Amz-Target``."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog
from litestar import Response
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.events.publisher import SignsAs
from tenantcrm.sandbox.ses.sns.envelopes import Forgery, Parcel
from tenantcrm.sandbox.ses.sqs.errors import (
    BatchError,
    InvalidValueError,
    QueueNotFoundError,
    ReceiptError,
    SqsError,
    UnknownOperationError,
)
from tenantcrm.sandbox.ses.sqs.messages import Received
from tenantcrm.sandbox.ses.sqs.queues import LONGEST_WAIT, MOST_AT_ONCE, VISIBILITY
from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.telling import Telling

TARGET = "AmazonSQS."
JSON = "application/x-amz-json-1.0"
_LONGEST_HIDDEN = 43_200
_RECEIPT_DASH = "-"
Answer = dict[str, object]
log = structlog.get_logger()


class Asked(msgspec.Struct, rename="pascal"):
    """What any operation may be asked; unknown members are ignored."""

    queue_url: str = ""
    queue_name: str = ""
    queue_name_prefix: str = ""
    attributes: dict[str, str] = {}
    attribute_names: list[str] = []
    message_system_attribute_names: list[str] = []
    message_body: str = ""
    delay_seconds: float | None = None
    max_number_of_messages: int = 1
    wait_time_seconds: float | None = None
    visibility_timeout: float | None = None
    receipt_handle: str = ""
    entries: list["Entry"] = []


class Entry(msgspec.Struct, rename="pascal"):
    """An entry of a batch."""

    id: str
    receipt_handle: str = ""
    visibility_timeout: float = 0
    message_body: str = ""
    delay_seconds: float | None = None


_decode = msgspec.json.Decoder(Asked).decode


async def answer_json(telling: Telling, target: str, body: bytes, base: str) -> Response[bytes]:
    """Answer an operation."""
    try:
        operation = _OPERATIONS.get(target.removeprefix(TARGET))
        if operation is None:
            raise UnknownOperationError(f"The SQS simulator knows no operation {target}.")  # noqa: TRY301 -- one place answers
        answer = await operation(telling, _decode(body or b"{}"), base)
    except SqsError as fault:
        return _answered(
            {"__type": f"com.amazonaws.sqs#{fault.kind}", "message": fault.message},
            fault.status,
            {"x-amzn-query-error": f"{fault.code};Sender"},
        )
    except msgspec.DecodeError as fault:
        answer = {"__type": "com.amazon.coral.service#SerializationException", "Message": str(fault)}
        return _answered(answer, 400)
    return _answered(answer)


def _answered(
    answer: Answer, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    return Response(
        msgspec.json.encode(answer),
        status_code=status,
        media_type=JSON,
        headers={"x-amzn-RequestId": str(uuid4()), **(headers or {})},
    )


def _name(asked: Asked) -> str:
    """The queue of a URL, whatever host it was reached by."""
    name = asked.queue_url.rstrip("/").rpartition("/")[2]
    if not name:
        raise QueueNotFoundError("The specified queue does not exist.")
    return name


def _url(name: str, base: str) -> str:
    return f"{base}/{ACCOUNT}/{name}"


async def _create(telling: Telling, asked: Asked, base: str) -> Answer:
    made = await telling.queues.make(asked.queue_name, asked.attributes)
    return {"QueueUrl": _url(made.name, base)}


async def _get_url(telling: Telling, asked: Asked, base: str) -> Answer:
    return {"QueueUrl": _url(telling.queues.get(asked.queue_name).name, base)}


async def _list(telling: Telling, asked: Asked, base: str) -> Answer:
    names = [one for one in telling.queues.names() if one.startswith(asked.queue_name_prefix)]
    return {"QueueUrls": [_url(name, base) for name in names]}


async def _delete_queue(telling: Telling, asked: Asked, _: str) -> Answer:
    await telling.queues.delete(_name(asked))
    return {}


async def _purge(telling: Telling, asked: Asked, _: str) -> Answer:
    await telling.queues.purge(_name(asked))
    return {}


async def _send(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(_name(asked))
    delay = queue.seconds("DelaySeconds", 0)
    given = asked.delay_seconds
    message_id = await telling.queues.send(
        queue.name, asked.message_body, delay if given is None else given
    )
    return {"MessageId": message_id, "MD5OfMessageBody": _md5(asked.message_body)}


async def _receive(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(_name(asked))
    if not 1 <= asked.max_number_of_messages <= MOST_AT_ONCE:
        raise InvalidValueError("MaxNumberOfMessages must be between 1 and 10, if provided.")
    wait = asked.wait_time_seconds
    wait = queue.seconds("ReceiveMessageWaitTimeSeconds", 0) if wait is None else wait
    if not 0 <= wait <= LONGEST_WAIT:
        raise InvalidValueError("WaitTimeSeconds must be between 0 and 20, if provided.")
    hidden = asked.visibility_timeout
    found = await telling.queues.receive(
        queue.name,
        most=asked.max_number_of_messages,
        wait=wait,
        visibility=queue.seconds("VisibilityTimeout", VISIBILITY) if hidden is None else hidden,
    )
    wanted = {*asked.attribute_names, *asked.message_system_attribute_names}
    bodies = await _bodies(telling, found)
    listed = [
        _message(one, body, wanted) for one, body in zip(found, bodies, strict=True) if body
    ]
    return {"Messages": listed} if listed else {}


async def _bodies(telling: Telling, found: Sequence[Received]) -> list[str]:
    """What they say; a notification is signed only now, which gives the same each time."""
    bodies = []
    for one in found:
        if one.signs_as is None:
            bodies.append(one.body)
            continue
        how = msgspec.json.decode(one.signs_as, type=SignsAs)
        forgery = Forgery() if how.forgery is None else msgspec.json.decode(
            how.forgery, type=Forgery
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


def _message(one: Received, body: str, wanted: set[str]) -> Answer:
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
        "MD5OfBody": _md5(body),
        "Body": body,
    }
    return found | ({"Attributes": attributes} if attributes else {})


async def _delete(telling: Telling, asked: Asked, _: str) -> Answer:
    await telling.queues.remove(_name(asked), [_receipt(asked.receipt_handle)])
    return {}


async def _delete_batch(telling: Telling, asked: Asked, _: str) -> Answer:
    _check_batch(asked)
    right = [one for one in asked.entries if _is_receipt(one.receipt_handle)]
    await telling.queues.remove(_name(asked), [one.receipt_handle for one in right])
    return _batch([{"Id": one.id} for one in right], asked)


async def _change(telling: Telling, asked: Asked, _: str) -> Answer:
    seconds = _hidden(asked.visibility_timeout or 0)
    await telling.queues.hide(_name(asked), _receipt(asked.receipt_handle), seconds)
    return {}


async def _change_batch(telling: Telling, asked: Asked, _: str) -> Answer:
    _check_batch(asked)
    done: list[Answer] = []
    for one in asked.entries:
        try:
            seconds = _hidden(one.visibility_timeout)
            await telling.queues.hide(_name(asked), _receipt(one.receipt_handle), seconds)
        except (InvalidValueError, ReceiptError):
            continue
        done.append({"Id": one.id})
    return _batch(done, asked)


async def _send_batch(telling: Telling, asked: Asked, _: str) -> Answer:
    _check_batch(asked)
    name, done = _name(asked), list[Answer]()
    for one in asked.entries:
        message_id = await telling.queues.send(name, one.message_body, one.delay_seconds or 0)
        md5 = _md5(one.message_body)
        done.append({"Id": one.id, "MessageId": message_id, "MD5OfMessageBody": md5})
    return _batch(done, asked)


async def _attributes(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(_name(asked))
    visible, hidden, delayed = await telling.queues.counts(queue.name)
    found = {
        "VisibilityTimeout": f"{VISIBILITY:.0f}",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        **queue.attributes,
        "QueueArn": telling.queues.arn(queue.name),
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(hidden),
        "ApproximateNumberOfMessagesDelayed": str(delayed),
    }
    if "All" not in asked.attribute_names:
        found = {name: value for name, value in found.items() if name in asked.attribute_names}
    return {"Attributes": found}


async def _set_attributes(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(_name(asked))
    await telling.queues.make(queue.name, {**queue.attributes, **asked.attributes})
    return {}


_OPERATIONS: dict[str, Callable[[Telling, Asked, str], Awaitable[Answer]]] = {
    "CreateQueue": _create,
    "GetQueueUrl": _get_url,
    "ListQueues": _list,
    "DeleteQueue": _delete_queue,
    "PurgeQueue": _purge,
    "SendMessage": _send,
    "SendMessageBatch": _send_batch,
    "ReceiveMessage": _receive,
    "DeleteMessage": _delete,
    "DeleteMessageBatch": _delete_batch,
    "ChangeMessageVisibility": _change,
    "ChangeMessageVisibilityBatch": _change_batch,
    "GetQueueAttributes": _attributes,
    "SetQueueAttributes": _set_attributes,
}


def _check_batch(asked: Asked) -> None:
    ids = [one.id for one in asked.entries]
    if not ids:
        raise BatchError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(ids) > MOST_AT_ONCE:
        raise BatchError("TooManyEntriesInBatchRequest", "Maximum number of entries is 10.")
    if len(set(ids)) != len(ids):
        raise BatchError("BatchEntryIdsNotDistinct", "Two entries have the same id.")


def _batch(done: list[Answer], asked: Asked) -> Answer:
    right = {one["Id"] for one in done}
    failed = [
        {
            "Id": one.id,
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": "The input receipt handle is invalid.",
        }
        for one in asked.entries
        if one.id not in right
    ]
    return {"Successful": done} | ({"Failed": failed} if failed else {})


def _hidden(seconds: float) -> float:
    if not 0 <= seconds <= _LONGEST_HIDDEN:
        raise InvalidValueError("VisibilityTimeout must be between 0 and 43200.")
    return seconds


def _is_receipt(text: str) -> bool:
    return _RECEIPT_DASH in text


def _receipt(text: str) -> str:
    if not _is_receipt(text):
        raise ReceiptError("The input receipt handle is invalid.")
    return text


def _md5(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
