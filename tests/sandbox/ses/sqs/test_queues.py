"""Queues, by the real client."""

import asyncio
import hashlib
import json
import secrets
import signal
import time

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.ses.running import client_of, running, simple
from tests.sandbox.ses.sns.verification import is_right
from tests.sandbox.ses.told import configured, service, topic_of


@pytest.fixture
async def sqs(ses):
    async with service(ses, "sqs") as client:
        yield client


@pytest.fixture
async def queue(sqs):
    """The URL of a queue of one's own."""
    return (await sqs.create_queue(QueueName=f"q-{secrets.token_hex(4)}"))["QueueUrl"]


async def received(sqs, queue, **how):
    answer = await sqs.receive_message(QueueUrl=queue, **{"MaxNumberOfMessages": 10, **how})
    return answer.get("Messages", [])


async def test_there_and_back(ses, sqs, queue):
    """A message comes out as it went in, with its check sum, and is gone once it is deleted."""
    assert queue.startswith(f"{ses.url}/000000000000/q-")
    assert (await sqs.get_queue_url(QueueName=queue.rpartition("/")[2]))["QueueUrl"] == queue
    sent = await sqs.send_message(QueueUrl=queue, MessageBody="Grüße")
    (message,) = await received(sqs, queue, MessageSystemAttributeNames=["All"])
    assert message["Body"] == "Grüße"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == hashlib.md5("Grüße".encode()).hexdigest()
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    await sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    await sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    found = await sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    assert found["Attributes"]["ApproximateNumberOfMessages"] == "0"
    assert found["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"


async def test_what_is_received_is_hidden(sqs, queue):
    """A received message is hidden for its time-out, comes again, and its old receipt is void."""
    await sqs.send_message(QueueUrl=queue, MessageBody="x")
    (first,) = await received(sqs, queue, VisibilityTimeout=30)
    assert await received(sqs, queue) == []
    await sqs.change_message_visibility(
        QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0
    )
    (second,) = await received(sqs, queue, AttributeNames=["ApproximateReceiveCount"])
    assert second["MessageId"] == first["MessageId"]
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}
    await sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    found = await sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )
    assert found["Attributes"] == {"ApproximateNumberOfMessagesNotVisible": "1"}


async def test_a_message_comes_back_by_itself(sqs, queue):
    """When its time-out is over, who waits for messages gets it."""
    await sqs.send_message(QueueUrl=queue, MessageBody="x")
    await received(sqs, queue, VisibilityTimeout=1)
    assert [m["Body"] for m in await received(sqs, queue, WaitTimeSeconds=20)] == ["x"]


async def test_long_polling(sqs, queue):
    """Who waits is answered as soon as a message comes, and with nothing when none does."""
    waiting = asyncio.create_task(received(sqs, queue, WaitTimeSeconds=20))
    await asyncio.sleep(0.2)
    await sqs.send_message(QueueUrl=queue, MessageBody="now")
    assert [m["Body"] for m in await waiting] == ["now"]
    assert await received(sqs, queue, WaitTimeSeconds=1) == []


async def test_batches(sqs, queue):
    """Batches of ten go in, come out and are deleted; a bad receipt fails alone."""
    entries = [{"Id": f"{n}", "MessageBody": f"body {n}"} for n in range(10)]
    answer = await sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert len(answer["Successful"]) == 10
    found = await received(sqs, queue)
    assert sorted(m["Body"] for m in found) == [f"body {n}" for n in range(10)]
    receipts = [{"Id": f"{n}", "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(found)]
    receipts[3]["ReceiptHandle"] = "none"
    answer = await sqs.delete_message_batch(QueueUrl=queue, Entries=receipts)
    assert len(answer["Successful"]) == 9
    assert [(one["Id"], one["Code"]) for one in answer["Failed"]] == [
        ("3", "ReceiptHandleIsInvalid")
    ]


async def test_nobody_gets_the_same_at_once(sqs, queue):
    """Pollers at the same time get each message once."""
    for start in range(0, 100, 10):
        entries = [{"Id": f"{n}", "MessageBody": f"{n}"} for n in range(start, start + 10)]
        await sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    found = await asyncio.gather(*(received(sqs, queue) for _ in range(16)))
    bodies = [message["Body"] for some in found for message in some]
    assert len(bodies) == len(set(bodies)) == 100


async def test_refusals(sqs, queue):
    """What SQS would not do is refused with its names."""
    lost = queue.rpartition("/")[0] + "/nowhere"
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        await sqs.receive_message(QueueUrl=lost)
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        await sqs.delete_message(QueueUrl=queue, ReceiptHandle="none")
    with pytest.raises(sqs.exceptions.EmptyBatchRequest):
        await sqs.delete_message_batch(QueueUrl=queue, Entries=[])
    for call in (
        sqs.create_queue(QueueName="no good"),
        sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=11),
        sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=21),
        sqs.list_dead_letter_source_queues(QueueUrl=queue),
    ):
        with pytest.raises(ClientError):
            await call


async def test_a_topic_feeds_a_queue(ses, client, sqs, tmp_path):
    """Events come into a queue in SNS's envelope, signed, the same however often they are read."""
    name = await configured(client, ses)
    queue = (await sqs.create_queue(QueueName=name))["QueueUrl"]
    async with service(ses, "sns") as sns:
        await sns.subscribe(
            TopicArn=topic_of(name),
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{name}",
        )
    answer = await client.send_email(**simple("a@example.net"), ConfigurationSetName=name)
    first: dict[str, str] = {}
    end = time.monotonic() + 30
    while len(first) < 2 and time.monotonic() < end:
        found = await received(sqs, queue, WaitTimeSeconds=5, VisibilityTimeout=1)
        first |= {message["MessageId"]: message["Body"] for message in found}
    again = await received(sqs, queue, WaitTimeSeconds=20)
    assert all(first[message["MessageId"]] == message["Body"] for message in again)
    envelopes = [json.loads(body) for body in first.values()]
    records = [json.loads(envelope["Message"]) for envelope in envelopes]
    assert {record["eventType"] for record in records} == {"Send", "Delivery"}
    assert {record["mail"]["messageId"] for record in records} == {answer["MessageId"]}
    assert envelopes[0]["TopicArn"] == topic_of(name)
    assert is_right(envelopes[0], tmp_path)


async def test_a_restart_keeps_messages(tmp_path):
    """What was in a queue when the simulator was killed is there afterwards."""
    with running(tmp_path) as first:
        async with service(first, "sqs") as sqs:
            queue = (await sqs.create_queue(QueueName="kept"))["QueueUrl"]
            await sqs.send_message(QueueUrl=queue, MessageBody="still here")
        first.end(signal.SIGKILL)
    with running(tmp_path) as second:
        async with service(second, "sqs") as sqs:
            # The old address names the queue all the same; the port has changed.
            assert [m["Body"] for m in await received(sqs, queue)] == ["still here"]
        async with client_of(second) as client:
            assert await client.list_configuration_sets()
