"""Notices from a queue of SQS: for those who let nobody in from outside, and for outages.

The queue is subscribed to the topic, with SNS's envelope around each notice, so that the same
proof is asked for. A message is deleted after the commit that keeps it. One that is refused stays
in the queue: its redrive policy moves it aside, and nothing is lost to a wrong setting.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import structlog

from tenantcrm.delivery.aws import library
from tenantcrm.delivery.events.errors import CertificateAwayError, RefusedNoticeError
from tenantcrm.delivery.events.intake import Intake
from tenantcrm.delivery.events.notices import Notice

log = structlog.get_logger()

RECEIVERS = 4
AT_ONCE = 10
"""Messages of one call: the most that SQS gives."""
WAIT_SECONDS = 20
"""How long SQS holds a call that finds nothing: the longest that it takes."""
READ_SECONDS = WAIT_SECONDS + 10
LONGEST_PAUSE = 30.0


class Poller:
    """The receivers of one process."""

    def __init__(self, client: Any, queue_url: str, intake: Intake) -> None:
        """``client``: aiobotocore's, which has no types."""
        self._client = client
        self._queue_url = queue_url
        self._intake = intake
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Receive until :meth:`stop`; whatever SQS or the database do meanwhile, it goes on."""
        log.info("events.polling", receivers=RECEIVERS)
        await asyncio.gather(*(self._receive_for_ever() for _ in range(RECEIVERS)))

    def stop(self) -> None:
        """Ask for nothing more; what was received is kept first."""
        self._stopping.set()

    async def _receive_for_ever(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                messages = await self._receive()
                if messages:
                    await self._take(messages)
                failures = 0
            except Exception as fault:  # noqa: BLE001 - SQS, the network or the database is away
                failures += 1
                log.warning("events.queue_away", error=type(fault).__name__, failures=failures)
                await self._pause(min(LONGEST_PAUSE, 2.0**failures / 2))

    async def _pause(self, seconds: float) -> None:
        spread = seconds * (0.5 + random.random() / 2)  # noqa: S311 - a spread
        try:
            async with asyncio.timeout(spread):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _receive(self) -> Sequence[dict[str, Any]]:
        """Messages, or none when it is time to stop: a call that waits is cut, having taken none.

        One that SQS gave at that instant comes again when its visibility timeout is over.
        """
        call = asyncio.create_task(
            self._client.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=WAIT_SECONDS
            )
        )
        told = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([call, told], return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                found: Sequence[dict[str, Any]] = call.result().get("Messages", [])
                return found
            return []
        finally:
            for task in (call, told):
                task.cancel()
            await asyncio.gather(call, told, return_exceptions=True)

    async def _take(self, messages: Sequence[dict[str, Any]]) -> None:
        done, notices = list[dict[str, Any]](), list[Notice]()
        for message in messages:
            try:
                notice = await self._intake.read(message["Body"])
            except (RefusedNoticeError, CertificateAwayError):
                continue
            done.append(message)
            if notice is not None:
                notices.append(notice)
        await asyncio.gather(*(self._intake.take(notice) for notice in notices))
        if done:
            await self._client.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(done)
                ],
            )


@asynccontextmanager
async def open_queue(queue_url: str, region: str) -> AsyncIterator[Any]:
    """A client of SQS for the host that the queue's address names."""
    parts = urlsplit(queue_url)
    aws = await library()
    config = aws.config(
        connect_timeout=3,
        read_timeout=READ_SECONDS,
        max_pool_connections=2 * RECEIVERS,
        retries={"total_max_attempts": 1},
        parameter_validation=False,
        user_agent="tenantcrm",
    )
    async with aws.session.client(
        "sqs",
        region_name=region,
        endpoint_url=f"{parts.scheme}://{parts.netloc}",
        config=config,
    ) as client:
        yield client
