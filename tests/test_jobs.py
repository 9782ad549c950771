"""Wake-ups: rung after commit, once a bucket, never lost to a running job, never raised."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from arq.worker import Worker, func

from tenantcrm import ids, jobs
from tenantcrm.database import Database
from tenantcrm.jobs import ArqDoorbell, Silence, WakeUp
from tests.fixtures import services


@pytest.fixture
async def doorbell(redis_url: str) -> AsyncIterator[ArqDoorbell]:
    doorbell = ArqDoorbell(redis_url)
    await doorbell._queue.delete(jobs.QUEUE)
    jobs.use(doorbell)
    yield doorbell
    jobs.use(Silence())
    await doorbell.close()


async def queued(doorbell: ArqDoorbell) -> int:
    if doorbell._ringing:
        await asyncio.wait(doorbell._ringing)
    return int(await doorbell._queue.zcard(jobs.QUEUE))


async def in_a_fresh_bucket() -> None:
    await asyncio.sleep(jobs.BUCKET - time.time() % jobs.BUCKET + 0.01)


async def run(redis_url: str, seen: list[str], seconds: float) -> None:
    async def scan(_ctx: object, tenant_id: str) -> None:
        await asyncio.sleep(0.2)
        seen.append(tenant_id)

    queue = jobs.connect_queue(redis_url)
    worker = Worker(
        functions=[func(scan, name="scan")],
        redis_pool=queue,
        queue_name=jobs.QUEUE,
        handle_signals=False,
        keep_result=0,
        poll_delay=0.05,
        job_serializer=queue.job_serializer,
        job_deserializer=queue.job_deserializer,
    )
    task = asyncio.create_task(worker.async_run())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    await worker.close()


async def test_rings_after_commit_alone(doorbell: ArqDoorbell, database: Database, tenant_id: UUID):
    """A wake-up waits for the commit, and a rollback drops it."""
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work(tenant_id) as session:
            jobs.wake(session, "scan")
            raise ZeroDivisionError
    assert await queued(doorbell) == 0
    async with database.unit_of_work(tenant_id) as session:
        jobs.wake(session, "scan")
        assert await queued(doorbell) == 0
    assert await queued(doorbell) == 1


async def test_many_rings_are_one_job(doorbell: ArqDoorbell):
    """Within a bucket a tenant's equal wake-ups make one job; another tenant's make another."""
    await in_a_fresh_bucket()
    tenants = [ids.new_id(), ids.new_id()]
    for _ in range(50):
        await doorbell.ring([WakeUp("scan", tenants[0]), WakeUp("scan", tenants[1])])
    assert await queued(doorbell) == 2


async def test_a_ring_during_the_run_runs_again(doorbell: ArqDoorbell, redis_url: str):
    """What is rung while the job of an earlier ring runs is a job of its own."""
    tenant, seen = ids.new_id(), []
    await in_a_fresh_bucket()
    await doorbell.ring([WakeUp("scan", tenant)])
    running = asyncio.create_task(run(redis_url, seen, 2.5))
    await asyncio.sleep(jobs.BUCKET + 0.1)
    await doorbell.ring([WakeUp("scan", tenant)])
    await running
    assert seen == [str(tenant)] * 2


async def test_without_redis_nothing_is_raised():
    """Where no Redis listens a wake-up is dropped: the sweeps find the work."""
    doorbell = ArqDoorbell(f"redis://127.0.0.1:{services.free_port()}/0")
    await doorbell.ring([WakeUp("scan", ids.new_id())])
    await doorbell.close()
