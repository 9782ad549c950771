"""Rates: the rule, the same rule in Redis, and the share that is kept without Redis."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from tenantcrm.rates import Limiter, gcra
from tests.fixtures import services


def test_a_rested_key_gives_its_burst_and_no_more():
    """After a rest a key gives ``burst`` tokens, then says when the next is there."""
    taken, tat = gcra(0.0, 1000.0, rate=10, burst=5, n=8)
    assert (taken.granted, taken.remaining) == (5, 0)
    assert taken.retry_after == pytest.approx(0.1)
    none, tat = gcra(tat, 1000.0, rate=10, burst=5, n=1)
    assert none.granted == 0
    later, _ = gcra(tat, 1000.1, rate=10, burst=5, n=1)
    assert later.granted == 1


def test_tokens_come_back():
    """Tokens given back can be taken again, and never exceed the burst."""
    _, tat = gcra(0.0, 1000.0, rate=10, burst=5, n=5)
    back, tat = gcra(tat, 1000.0, rate=10, burst=5, n=-3)
    assert back.remaining == 3
    _, tat = gcra(tat, 1000.0, rate=10, burst=5, n=-30)
    again, _ = gcra(tat, 1000.0, rate=10, burst=5, n=9)
    assert again.granted == 5


@given(
    rate=st.floats(0.01, 10_000),
    burst=st.integers(1, 1000),
    asked=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 300)), max_size=40),
)
def test_never_more_than_the_rate(rate: float, burst: int, asked: list[tuple[float, int]]):
    """Whatever is asked and when, no more is given than burst plus rate times the time passed."""
    start, tat, given_out = 1e6, 0.0, 0
    now = start
    for wait, n in asked:
        now += wait
        taken, tat = gcra(tat, now, rate=rate, burst=burst, n=n)
        given_out += taken.granted
        assert given_out <= burst + rate * (now - start) + 1e-3


@pytest.fixture
async def limiter(redis_url: str) -> AsyncIterator[Limiter]:
    async with Redis.from_url(redis_url) as redis:
        yield Limiter(redis, prefix=f"rate:{os.urandom(4).hex()}:")


async def test_redis_follows_the_rule(limiter: Limiter):
    """The script grants what the rule grants, part of a batch included."""
    first = await limiter.take("k", rate=0.001, burst=10, n=4)
    second = await limiter.take("k", rate=0.001, burst=10, n=20)
    third = await limiter.take("k", rate=0.001, burst=10)
    assert (first.granted, first.remaining, first.retry_after) == (4, 6, 0)
    assert (second.granted, second.remaining) == (6, 0)
    assert third.granted == 0
    assert 990 < third.retry_after <= 1000
    await limiter.give_back("k", rate=0.001, burst=10, n=2)
    assert (await limiter.take("k", rate=0.001, burst=10, n=5)).granted == 2


async def test_one_rate_for_all_processes(redis_url: str):
    """Two limiters on one Redis share a key's tokens, whoever asks first."""
    prefix = f"rate:{os.urandom(4).hex()}:"
    clients = [Redis.from_url(redis_url) for _ in range(2)]
    limiters = [Limiter(client, prefix=prefix) for client in clients]
    taken = await asyncio.gather(
        *(limiters[n % 2].take("k", rate=0.001, burst=30, n=3) for n in range(40))
    )
    assert sum(t.granted for t in taken) == 30
    for client in clients:
        await client.aclose()


async def test_keys_do_not_share(limiter: Limiter):
    """An empty key says nothing about another."""
    await limiter.take("a", rate=0.001, burst=1)
    assert (await limiter.take("b", rate=0.001, burst=1)).granted == 1


async def test_without_redis_a_share_is_given():
    """Where no Redis listens, the local share of the rate is granted and nothing is raised."""
    async with Redis.from_url(f"redis://127.0.0.1:{services.free_port()}/0") as redis:
        limiter = Limiter(redis, local_share=0.25)
        taken = await limiter.take("k", rate=0.001, burst=100, n=100)
        assert taken.granted == 25
        assert limiter.away
        assert (await limiter.take("k", rate=0.001, burst=100)).granted == 0


async def test_a_redis_that_hangs_is_not_waited_for():
    """A Redis that takes the connection and says nothing costs the local share, not the caller."""
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        redis = Redis.from_url(f"redis://127.0.0.1:{quiet.getsockname()[1]}/0")
        limiter = Limiter(redis, local_share=0.5)
        async with asyncio.timeout(5):
            taken = await limiter.take("k", rate=0.001, burst=10, n=10)
        assert taken.granted == 5
        assert limiter.away
        await redis.aclose()
