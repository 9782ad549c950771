"""Where notices come in: read, kept and applied before anybody is told that they were.

Whatever comes while a batch is under way makes up the next one: alone a notice waits for nobody,
and a thousand at once cost a few statements.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from msgspec.structs import replace
from prometheus_client import Counter as Metric
from sqlalchemy.exc import DBAPIError

from tenantcrm import clock
from tenantcrm.database import AWAY, Database
from tenantcrm.delivery.events.application import apply
from tenantcrm.delivery.events.errors import RefusedNoticeError
from tenantcrm.delivery.events.notices import ForeignNoticeError, Notice, read
from tenantcrm.delivery.events.sns import Envelope, Topics
from tenantcrm.signing import Keyring

log = structlog.get_logger()

AT_ONCE = 500
"""Notices of one unit of work."""
TRIES = 4
COLLISIONS = frozenset({"40001", "40P01", "55P03"})
NOTICES = Metric(
    "tenantcrm_notices", "Notices of SES by what became of them.", ["source", "result"]
)


class Intake:
    """Takes messages of SNS in, in one process."""

    def __init__(self, database: Database, keyring: Keyring, topics: Topics, source: str) -> None:
        """``source``: ``http`` or ``sqs``, for logs and counts."""
        self._database = database
        self._keyring = keyring
        self._topics = topics
        self._source = source
        self._waiting: list[tuple[Notice, asyncio.Future[None]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def read(self, raw: bytes | str) -> Notice | None:
        """The notice in a message; None where nothing is to be kept of it.

        A subscription that a topic of ours offers is confirmed.

        Raises:
            RefusedNoticeError: it is not proved to be of a topic of ours.
            CertificateAwayError: that cannot be told now.
        """
        try:
            envelope = await self._topics.read(raw)
            if not envelope.is_notice:
                await self._subscription(envelope)
                return None
        except RefusedNoticeError as fault:
            self._count("refused")
            log.warning("events.refused", source=self._source, reason=fault.reason)
            raise
        try:
            return read(envelope.MessageId, envelope.Message, now=clock.now())
        except ForeignNoticeError as fault:
            self._count(str(fault))
            log.info("events.foreign", source=self._source, reason=str(fault))
            return None

    async def _subscription(self, envelope: Envelope) -> None:
        if envelope.Type == "SubscriptionConfirmation":
            await self._topics.confirm(envelope)
            self._count("confirmed")
            log.info("events.subscribed", topic=envelope.TopicArn)
        else:
            self._count("unsubscribed")
            log.warning("events.unsubscribed", topic=envelope.TopicArn, type=envelope.Type[:40])

    async def take(self, notice: Notice) -> None:
        """Keep and apply a notice, together with others that come at the time.

        Raises:
            Exception: the database is away; nothing was kept.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((notice, done))
        if self._runner is None or self._runner.done():
            # A task of its own: whoever hangs up takes nobody else's notice along.
            self._runner = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            fault: Exception | None = None
            try:
                await self.take_all([notice for notice, _ in batch])
            except Exception as raised:  # noqa: BLE001 - whoever waits is told, each of them
                fault = raised
            for _, done in batch:
                if done.done():
                    continue
                if fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(fault)

    async def take_all(self, notices: Sequence[Notice]) -> None:
        """Keep and apply notices: those of a tenant in one unit of work.

        Raises:
            Exception: the database is away; what was not kept will come again.
        """
        for tenant_id, group in groupby(sorted(notices, key=_tenant), key=_tenant):
            await self._take_group(tenant_id, list(group))

    async def _take_group(self, tenant_id: UUID, group: Sequence[Notice]) -> None:
        try:
            told = await self._apply(tenant_id, group)
        except AWAY as fault:
            if not _is_of_the_data(fault):
                raise
            told = await self._one_by_one(tenant_id, group, fault)
        except Exception as fault:  # noqa: BLE001 - one bad notice must not hold up all others
            told = await self._one_by_one(tenant_id, group, fault)
        for result, number in told.items():
            self._count(result, number)
        if told["unknown_mail"]:
            log.warning(
                "events.unknown_mail",
                source=self._source,
                tenant_id=tenant_id.hex,
                count=told["unknown_mail"],
            )

    async def _apply(self, tenant_id: UUID, group: Sequence[Notice]) -> Counter[str]:
        for left in reversed(range(TRIES)):
            try:
                async with self._database.unit_of_work(tenant_id) as session:
                    return await apply(session, self._keyring, group)
            except DBAPIError as fault:
                # A worker that writes the answers of the same mails may have taken them in
                # another order; the database ends one of the two.
                if not left or _sqlstate(fault) not in COLLISIONS:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _one_by_one(
        self, tenant_id: UUID, group: Sequence[Notice], fault: Exception
    ) -> Counter[str]:
        """Find the one that cannot be applied, and keep it with the fault for later."""
        if len(group) > 1:
            told = Counter[str]()
            for notice in group:
                await self._take_group(tenant_id, [notice])
            return told
        log.error(
            "events.not_applied",
            source=self._source,
            tenant_id=tenant_id.hex,
            delivery_id=group[0].delivery_id.hex,
            error=type(fault).__name__,
        )
        kept = replace(group[0], fault=f"not applied: {type(fault).__name__}")
        return await self._apply(tenant_id, [kept])

    def _count(self, result: str, number: int = 1) -> None:
        NOTICES.labels(self._source, result).inc(number)


def _tenant(notice: Notice) -> UUID:
    return notice.tenant_id


def _sqlstate(fault: BaseException) -> str:
    cause: Any = fault.orig if isinstance(fault, DBAPIError) else fault
    return getattr(cause, "sqlstate", None) or ""


def _is_of_the_data(fault: BaseException) -> bool:
    """Whether the database refused what it was given, and would again (SQLSTATE 22, 23)."""
    return _sqlstate(fault).startswith(("22", "23"))
