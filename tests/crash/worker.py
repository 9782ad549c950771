"""A worker of the product that dies where it is told to.

The steps of the path of a mail are wrapped from outside: the product knows nothing of this. What
has to be known after the end is written down first, in one system call, which a kill cannot cut.
"""

import asyncio
import os
import random
import signal
import socket
import time
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import asyncpg

from tenantcrm import clock
from tenantcrm import worker as product
from tenantcrm.delivery import steps
from tenantcrm.delivery.states import State
from tenantcrm.driver import BoundConnection
from tenantcrm.errors import ConfigurationError
from tenantcrm.settings import load
from tests.crash import mutants
from tests.crash.points import COMMITTING, Plan

STEP: ContextVar[str] = ContextVar("step", default="")
REFUSED = 3
"""The exit status of a worker that could not start: its connection was cut just then."""
ANSWER_SECONDS = 0.06
"""A request that is cut is cut within this time."""


class Life:
    """One process, from its birth to where it dies."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dice = random.Random(plan.seed)
        self._left = plan.passes
        self._works = False
        self._notes = os.open(plan.notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, *words: object) -> None:
        os.write(self._notes, (" ".join(map(str, (self.plan.life, *words))) + "\n").encode())

    def works(self) -> None:
        """It has come to its first step."""
        if not self._works:
            self._works = True
            self.note("works")

    def comes_to(self, point: str) -> bool:
        """Whether this is where it ends."""
        if point != self.plan.point:
            return False
        self._left -= 1
        return self._left == 0

    def die(self) -> None:
        self.note("killed", self.plan.point)
        os.kill(os.getpid(), signal.SIGKILL)

    def at(self, point: str) -> None:
        if self.comes_to(point):
            self.die()


def haunt(life: Life) -> None:
    """Wrap what the worker consists of."""
    _haunt_commits(life)
    for name in COMMITTING:
        setattr(steps, name, _named(life, name, getattr(steps, name)))
    _haunt_requests(life)
    _haunt_clock(life)
    socket.gethostname = lambda: life.plan.host


def _named(life: Life, name: str, step: Any) -> Any:
    async def named(*args: Any, **more: Any) -> Any:
        life.works()
        token = STEP.set(name)
        try:
            return await step(*args, **more)
        finally:
            STEP.reset(token)

    return named


def _haunt_commits(life: Life) -> None:
    execute = BoundConnection.execute

    async def haunted(self: Any, query: str, *args: Any, **more: Any) -> str:
        step = STEP.get()
        if not step or not query.startswith("COMMIT"):
            return await execute(self, query, *args, **more)
        life.at(f"{step}: before its commit")
        if life.comes_to(f"{step}: during its commit"):
            task = asyncio.ensure_future(execute(self, query, *args, **more))
            await asyncio.sleep(0)
            time.sleep(life.dice.choice([0, 0, 0.0005, 0.002]))
            life.die()
            await task
        lost = life.dice.random()
        if lost < life.plan.losses / 2:
            life.note("lost", f"{step}: a commit on its way")
            _break(self)
        status = await execute(self, query, *args, **more)
        if lost < life.plan.losses and lost >= life.plan.losses / 2:
            life.note("lost", f"{step}: a commit's answer")
            _break(self)
        life.at(f"{step}: after its commit")
        return status

    BoundConnection.execute = haunted  # type: ignore[method-assign]


def _break(connection: Any) -> None:
    connection.terminate()
    raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


def _haunt_requests(life: Life) -> None:
    request = steps.request_parcel

    async def haunted(bench: Any, tenant_id: Any, parcel: Any) -> Any:
        life.at("request: before it")
        if life.comes_to("request: during it"):
            task = asyncio.ensure_future(request(bench, tenant_id, parcel))
            await asyncio.sleep(life.dice.random() * ANSWER_SECONDS)
            life.die()
            await task
        outcomes = await request(bench, tenant_id, parcel)
        for ready, outcome in outcomes:
            if outcome.state is not State.SENT:
                life.note("outcome", outcome.state, outcome.reason, ready.id.hex)
        life.at("request: after it")
        return outcomes

    steps.request_parcel = haunted  # type: ignore[assignment]


def _haunt_clock(life: Life) -> None:
    real_now, born = clock.real_now, time.monotonic()
    skew = timedelta(seconds=life.plan.skew)

    def skewed() -> Any:
        later = time.monotonic() - born >= life.plan.skewed_after
        return real_now() + skew if later else real_now()

    if skew:
        clock.real_now = skewed  # type: ignore[assignment]


def live(plan: Plan) -> None:
    """Be a worker until something ends it."""
    os.environ.update(plan.environment)
    life = Life(plan)
    haunt(life)
    if plan.mutant:
        mutants.MUTANTS[plan.mutant]()
    from tenantcrm.delivery.holders import own_name

    life.note("born", own_name())
    try:
        product.run(load())
    except ConfigurationError as fault:
        # What the command line would print before it ends: it is started again from outside.
        life.note("refused", fault)
        os._exit(REFUSED)
