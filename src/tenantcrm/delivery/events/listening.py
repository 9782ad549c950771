"""What listens to SES in a process: the intake of the web, the poller and chores of a worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from tenantcrm.chores import Chore
from tenantcrm.database import Database
from tenantcrm.delivery.events.chores import EventChores
from tenantcrm.delivery.events.intake import Intake
from tenantcrm.delivery.events.poller import Poller, open_queue
from tenantcrm.delivery.events.sns import Topics
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring

JUDGE_EVERY, PRUNE_EVERY = 60.0, 600.0


@asynccontextmanager
async def open_intake(settings: Settings, database: Database, source: str) -> AsyncIterator[Intake]:
    """Takes notices of the configured topics in. ``source``: ``http`` or ``sqs``."""
    timeout = httpx.Timeout(5.0)
    async with httpx.AsyncClient(timeout=timeout, follow_redirects=False) as http:
        topics = Topics(settings.sns_topic_arns, endpoint=settings.ses_endpoint_url, http=http)
        yield Intake(database, Keyring(settings.secret_keys), topics, source)


def tells(settings: Settings) -> bool:
    """Whether SES's events come in at all, so that their absence can mean something."""
    return bool(settings.sns_topic_arns) and settings.smtp_url is None


def chores(settings: Settings, database: Database) -> list[Chore]:
    """What a worker does about events besides polling."""
    made = EventChores(database)
    found = [Chore("prune_events", PRUNE_EVERY, made.prune)]
    if tells(settings):
        found.append(Chore("judge_silence", JUDGE_EVERY, made.judge_silence))
    return found


class QueuePolling:
    """The polling of a worker's process, where a queue is configured."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """Nothing runs yet."""
        self._settings = settings
        self._database = database
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Poll until :meth:`stop`; without a queue, wait for it."""
        try:
            url = self._settings.sqs_queue_url
            if url is not None:
                await self._poll(url)
            await self._stopping.wait()
        finally:
            self._ended.set()
        await asyncio.Event().wait()  # Its end would be taken for the end of the worker.

    async def stop(self, within: float) -> None:
        """Ask for no more notices, and keep those that were received."""
        self._stopping.set()
        try:
            async with asyncio.timeout(within):
                await self._ended.wait()
        except TimeoutError:
            return

    async def _poll(self, url: str) -> None:
        async with AsyncExitStack() as stack:
            intake = await stack.enter_async_context(
                open_intake(self._settings, self._database, "sqs")
            )
            client = await stack.enter_async_context(open_queue(url, self._settings.ses_region))
            poller = Poller(client, url, intake)
            polling = asyncio.create_task(poller.run())
            try:
                await self._stopping.wait()
                poller.stop()
                await polling
            finally:
                polling.cancel()
                await asyncio.gather(polling, return_exceptions=True)
