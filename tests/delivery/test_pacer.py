"""The account's pace: slots for every worker, slower for all after a refusal, and without Redis."""

import os
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tenantcrm.delivery.pacer import AHEAD, CREDIT, Look, Pacer
from tenantcrm.link import Link
from tests.fixtures import services


@pytest.fixture
async def pacers(redis_url: str) -> AsyncIterator[list[Pacer]]:
    """The pacers of three workers on one account."""
    key = f"pace:{os.urandom(4).hex()}"
    clients = [Redis.from_url(redis_url) for _ in range(3)]
    yield [Pacer(Link(client), share=0.1, key=key) for client in clients]
    for client in clients:
        await client.aclose()


async def test_slots_lie_behind_each_other(pacers: list[Pacer]):
    """Whoever takes slots, they lie behind those that were taken before, at the rate's distance."""
    begun = time.monotonic()
    for mails, pacer in zip((30, 50, 20), pacers, strict=True):
        slots = await pacer.take(10, mails)
        assert slots.left == mails
    look = await pacers[0].look(10)
    passed = time.monotonic() - begun
    assert 10 - CREDIT - passed - 0.01 <= look.ahead <= 10 - CREDIT
    assert look.interval == pytest.approx(0.1)
    assert look.room == 0


async def test_room_is_what_leaves_soon(pacers: list[Pacer]):
    """No more is claimed than leaves within the horizon; what is given back can be taken again."""
    first, second, _ = pacers
    most = int((AHEAD + CREDIT) * 100)
    assert (await first.look(100)).room == most
    slots = await first.take(100, 400)
    assert (await second.look(100)).room == 0
    await second.give_back(100, slots.left)
    assert (await second.look(100)).room == most


async def test_one_refusal_slows_down_everybody(pacers: list[Pacer]):
    """After a 429 every worker rests, and goes at half the pace: once for many refusals."""
    for pacer in pacers:
        await pacer.slow_down()
    for pacer in pacers:
        look = await pacer.look(100)
        assert look.interval == pytest.approx(0.02, rel=0.05)
        assert look.ahead > 0.5


async def test_a_share_without_redis():
    """Without Redis a process has slots of its own, at its share of the rate, and slows down."""
    async with Redis.from_url(f"redis://127.0.0.1:{services.free_port()}/0") as redis:
        pacer = Pacer(Link(redis), share=0.125)
        assert (await pacer.look(100)).interval == pytest.approx(0.08)
        await pacer.take(100, 10)
        look = await pacer.look(100)
        assert 0.3 < look.ahead <= 0.7
        await pacer.slow_down()
        slower = await pacer.look(100)
        assert slower.interval == pytest.approx(0.16, rel=0.05)
        assert slower.ahead > 0.9


def test_the_slowest_account_sends():
    """However slow the account is, a mail may go when nothing is in front of it, and one alone."""
    assert Look(0.0, 5.0).room == 1
    assert Look(1.0, 5.0).room == 0
    assert 0 < Look(1.0, 5.0).wait <= 2.0
