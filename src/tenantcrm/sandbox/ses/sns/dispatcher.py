"""Takes what is due from the store, a bounded number at a time, and writes how it ended."""

import asyncio
import time
from collections import Counter
from functools import partial

import msgspec
import structlog

from tenantcrm.sandbox.ses.sns import notices, retries
from tenantcrm.sandbox.ses.sns.canonical import SUBSCRIPTION, UNSUBSCRIPTION
from tenantcrm.sandbox.ses.sns.courier import Courier
from tenantcrm.sandbox.ses.sns.envelopes import Forgery, Outcome, Parcel
from tenantcrm.sandbox.ses.sns.notices import Due, Settled, State
from tenantcrm.sandbox.ses.sns.topics import Subscription, Topics
from tenantcrm.sandbox.ses.store import Store

UNDER_WAY = 48
"""Requests that wait for an answer at the same time."""
_AHEAD = 2 * UNDER_WAY
_IDLE = 5.0
_SHORTEST = 0.02
log = structlog.get_logger()
_fields = msgspec.json.Decoder(dict[str, str]).decode


class Dispatcher:
    """Posts what is due until it is stopped. Nothing is forgotten that was not settled on disk."""

    def __init__(self, store: Store, topics: Topics, courier: Courier) -> None:
        """Take what it works with; :meth:`run` does the work."""
        self._store, self._topics, self._courier = store, topics, courier
        self._room = asyncio.Semaphore(UNDER_WAY)
        self._taken: dict[int, asyncio.Task[None]] = {}
        self._resting: dict[str, float] = {}
        self._failures: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._ended: dict[str, Subscription] = {}

    @property
    def under_way(self) -> int:
        """How many are being posted."""
        return len(self._taken)

    def remember(self, ended: Subscription) -> None:
        """Know a subscription that has ended until its endpoint was told so."""
        self._ended[ended.arn] = ended

    async def drop(self) -> None:
        """Give up what waits for subscriptions that have ended."""
        arns = [one.arn for one in self._topics.all()]
        await self._store.write(notices.drop, arns)

    def wake(self) -> None:
        """Something new is due, or about to be."""
        self._wake.set()

    async def run(self) -> None:
        """Post, for ever."""
        while True:
            self._wake.clear()
            try:
                found, following = await self._due()
            except Exception:
                # A store that fails once must not silence every event from then on.
                log.exception("sns.look_failed")
                await asyncio.sleep(_IDLE)
                continue
            for one in found:
                await self._room.acquire()
                self._taken[one.id] = asyncio.create_task(self._one(one))
            if not found:
                await self._sleep(following)

    async def stop(self) -> None:
        """Leave what is under way to the next run."""
        for task in list(self._taken.values()):
            task.cancel()
        await asyncio.gather(*self._taken.values(), return_exceptions=True)

    async def _due(self) -> tuple[list[Due], float | None]:
        now, real = time.time(), time.monotonic()
        self._resting = {arn: until for arn, until in self._resting.items() if until > real}
        to = [
            (one.arn, one.confirmed)
            for one in self._topics.all()
            if one.protocol != "sqs" and one.arn not in self._resting
        ]
        to += [(arn, False) for arn in self._ended]
        limit = _AHEAD + len(self._taken)
        look = partial(notices.due, now=now, limit=limit, to=to)
        found, following = await self._store.read(look)
        fresh = [one for one in found if one.id not in self._taken]
        if found and not fresh:
            # All that is due is being posted already; the end of one of them wakes this up.
            return [], now + _IDLE
        return fresh, following

    async def _sleep(self, following: float | None) -> None:
        pauses = [until - time.monotonic() for until in self._resting.values()]
        if following is not None:
            pauses.append(following - time.time())
        pause = max(_SHORTEST, min(pauses)) if pauses else None
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _one(self, one: Due) -> None:
        try:
            await self._store.write(notices.settle, await self._attempt(one))
        except Exception:
            log.exception("sns.attempt_failed")
            await asyncio.sleep(1)
        finally:
            self._room.release()
            del self._taken[one.id]
            self._wake.set()

    async def _attempt(self, one: Due) -> Settled:
        fields = _fields(one.fields)
        kind = fields["Type"]
        to = self._topics.find(one.subscription)
        if kind == UNSUBSCRIPTION:
            to = self._ended.pop(one.subscription, None)
        # A confirmation is of use until it is given, a notification while somebody is subscribed.
        if to is None or (kind == SUBSCRIPTION and to.confirmed):
            return self._settled(one, "dropped", Outcome(id=one.id), 0.0)
        forgery = (
            Forgery() if one.forgery is None else msgspec.json.decode(one.forgery, type=Forgery)
        )
        outcome = await self._courier.carry(
            Parcel(
                id=one.id,
                fields=fields,
                base=to.base,
                subscription=to.arn,
                url=to.endpoint,
                forgery=forgery,
            )
        )
        self._note(to, outcome)
        verdict = retries.verdict(outcome.status, one.attempts + 1)
        if kind == SUBSCRIPTION:
            # That it was taken is not yet that it was confirmed; and in a sandbox the application
            # may be started long after the simulator.
            return self._settled(one, "pending", outcome, retries.confirming(one.attempts + 1))
        if kind == UNSUBSCRIPTION or verdict != "again":
            state: State = "delivered" if verdict == "delivered" else "failed"
            return self._settled(one, state, outcome, 0.0)
        return self._settled(one, "pending", outcome, retries.pause(one.attempts + 1))

    def _settled(self, one: Due, state: State, outcome: Outcome, later: float) -> Settled:
        now = time.time()
        fault = "" if state == "delivered" else outcome.fault
        return Settled(one.id, state, outcome.status, fault, one.attempts + 1, now + later, now)

    def _note(self, to: Subscription, outcome: Outcome) -> None:
        """Leave an endpoint that does not answer alone for a while, whatever waits for it."""
        if outcome.status:
            self._failures.pop(to.arn, None)
            return
        self._failures[to.arn] += 1
        self._resting[to.arn] = time.monotonic() + retries.rest(self._failures[to.arn])
