"""SQS over the wire: AWS's JSON protocol, one operation by the header ``X-Amz-Target``."""

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.sqs.asked import (
    Answer,
    Asked,
    answered_batch,
    check_batch,
    is_receipt,
    queue_of,
    receipt_of,
    seconds_hidden,
)
from tenantcrm.sandbox.ses.sqs.errors import (
    InvalidValueError,
    NotInFlightError,
    ReceiptError,
    SqsError,
    UnknownOperationError,
)
from tenantcrm.sandbox.ses.sqs.handing import bodies_of, described, md5_of
from tenantcrm.sandbox.ses.sqs.queues import LONGEST_WAIT, MOST_AT_ONCE, VISIBILITY
from tenantcrm.sandbox.ses.telling import Telling

TARGET = "AmazonSQS."
JSON = "application/x-amz-json-1.0"
_decode = msgspec.json.Decoder(Asked).decode


async def answer_json(telling: Telling, target: str, body: bytes, base: str) -> Response[bytes]:
    """Answer an operation."""
    try:
        operation = _OPERATIONS.get(target.removeprefix(TARGET))
        if operation is None:
            raise UnknownOperationError(f"The SQS simulator knows no operation {target}.")
        answer = await operation(telling, _decode(body or b"{}"), base)
    except SqsError as fault:
        return _answered(
            {"__type": f"com.amazonaws.sqs#{fault.kind}", "message": fault.message},
            fault.status,
            {"x-amzn-query-error": f"{fault.code};Sender"},
        )
    except msgspec.DecodeError as fault:
        answer = {
            "__type": "com.amazon.coral.service#SerializationException",
            "Message": str(fault),
        }
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
    await telling.queues.delete(queue_of(asked))
    return {}


async def _purge(telling: Telling, asked: Asked, _: str) -> Answer:
    await telling.queues.purge(queue_of(asked))
    return {}


async def _send(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(queue_of(asked))
    delay = queue.seconds("DelaySeconds", 0)
    given = asked.delay_seconds
    message_id = await telling.queues.send(
        queue.name, asked.message_body, delay if given is None else given
    )
    return {"MessageId": message_id, "MD5OfMessageBody": md5_of(asked.message_body)}


async def _receive(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(queue_of(asked))
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
    bodies = await bodies_of(telling, found)
    listed = [described(one, body, wanted) for one, body in zip(found, bodies, strict=True) if body]
    return {"Messages": listed} if listed else {}


async def _delete(telling: Telling, asked: Asked, _: str) -> Answer:
    await telling.queues.remove(queue_of(asked), [receipt_of(asked.receipt_handle)])
    return {}


async def _delete_batch(telling: Telling, asked: Asked, _: str) -> Answer:
    check_batch(asked)
    right = [one for one in asked.entries if is_receipt(one.receipt_handle)]
    await telling.queues.remove(queue_of(asked), [one.receipt_handle for one in right])
    return answered_batch([{"Id": one.id} for one in right], asked)


async def _change(telling: Telling, asked: Asked, _: str) -> Answer:
    seconds = seconds_hidden(asked.visibility_timeout or 0)
    await telling.queues.hide(queue_of(asked), receipt_of(asked.receipt_handle), seconds)
    return {}


async def _change_batch(telling: Telling, asked: Asked, _: str) -> Answer:
    check_batch(asked)
    done: list[Answer] = []
    for one in asked.entries:
        try:
            seconds = seconds_hidden(one.visibility_timeout)
            await telling.queues.hide(queue_of(asked), receipt_of(one.receipt_handle), seconds)
        except (InvalidValueError, NotInFlightError, ReceiptError):
            continue
        done.append({"Id": one.id})
    return answered_batch(done, asked)


async def _send_batch(telling: Telling, asked: Asked, _: str) -> Answer:
    check_batch(asked)
    name, done = queue_of(asked), list[Answer]()
    for one in asked.entries:
        message_id = await telling.queues.send(name, one.message_body, one.delay_seconds or 0)
        md5 = md5_of(one.message_body)
        done.append({"Id": one.id, "MessageId": message_id, "MD5OfMessageBody": md5})
    return answered_batch(done, asked)


async def _attributes(telling: Telling, asked: Asked, _: str) -> Answer:
    queue = telling.queues.get(queue_of(asked))
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
    queue = telling.queues.get(queue_of(asked))
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
