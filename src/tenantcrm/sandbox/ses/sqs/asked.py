"""What an operation of SQS is asked, and what is wrong with it."""

import msgspec

from tenantcrm.sandbox.ses.sqs.errors import (
    BatchError,
    InvalidValueError,
    QueueNotFoundError,
    ReceiptError,
)
from tenantcrm.sandbox.ses.sqs.queues import MOST_AT_ONCE

_LONGEST_HIDDEN = 43_200
_RECEIPT_DASH = "-"
Answer = dict[str, object]


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


def queue_of(asked: Asked) -> str:
    """The queue of a URL, whatever host it was reached by."""
    name = asked.queue_url.rstrip("/").rpartition("/")[2]
    if not name:
        raise QueueNotFoundError("The specified queue does not exist.")
    return name


def check_batch(asked: Asked) -> None:
    """Refuse a batch that SQS does not take."""
    ids = [one.id for one in asked.entries]
    if not ids:
        raise BatchError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(ids) > MOST_AT_ONCE:
        raise BatchError("TooManyEntriesInBatchRequest", "Maximum number of entries is 10.")
    if len(set(ids)) != len(ids):
        raise BatchError("BatchEntryIdsNotDistinct", "Two entries have the same id.")


def answered_batch(done: list[Answer], asked: Asked) -> Answer:
    """What was done of a batch, and what was not."""
    right = {one["Id"] for one in done}
    failed: list[Answer] = [
        {
            "Id": one.id,
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": "The input receipt handle is invalid.",
        }
        for one in asked.entries
        if one.id not in right
    ]
    answer: Answer = {"Successful": done}
    return answer | ({"Failed": failed} if failed else {})


def seconds_hidden(seconds: float) -> float:
    """A visibility time-out that SQS takes."""
    if not 0 <= seconds <= _LONGEST_HIDDEN:
        raise InvalidValueError("VisibilityTimeout must be between 0 and 43200.")
    return seconds


def is_receipt(text: str) -> bool:
    """Whether it looks like a receipt handle of ours."""
    return _RECEIPT_DASH in text


def receipt_of(text: str) -> str:
    """A receipt handle that looks like one of ours."""
    if not is_receipt(text):
        raise ReceiptError("The input receipt handle is invalid.")
    return text
