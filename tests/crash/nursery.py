"""Bears workers: it has loaded everything already, so that a new one works within a moment.

Reads a plan a line, forks a worker for it, and tells of births and deaths a line. When its own
master is gone, it ends all of them.
"""

import asyncio
import os
import select
import signal
import sys
import traceback
from functools import cache

import aioboto3
import msgspec

from tenantcrm.delivery.events.poller import open_queue
from tenantcrm.delivery.opening import open_sender
from tenantcrm.settings import Settings, load
from tests.crash import worker
from tests.crash.points import Plan

LOOK_SECONDS = 0.02


def _bear(plan: Plan) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        log = os.open(plan.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        worker.live(plan)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the log says so, and this process ends
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(status)


def _tell(**words: int) -> None:
    os.write(1, msgspec.json.encode(words) + b"\n")


async def _warm_up(settings: Settings) -> None:
    """Have the clients of SES and SQS read their descriptions, once for all lives."""
    aioboto3.Session = cache(aioboto3.Session)
    async with open_sender(settings), open_queue(settings.sqs_queue_url or "", "us-east-1"):
        pass


def main() -> None:
    """Bear and bury until standard input ends."""
    asyncio.run(_warm_up(load()))
    _tell(ready=os.getpid())
    living: dict[int, int] = {}
    rest = b""
    open_still = True
    while open_still or living:
        readable, _, _ = select.select([0] if open_still else [], [], [], LOOK_SECONDS)
        if readable:
            read = os.read(0, 65_536)
            if not read:
                open_still = False
                for pid in living:
                    os.kill(pid, signal.SIGKILL)
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                plan = msgspec.json.decode(line, type=Plan)
                pid = _bear(plan)
                living[pid] = plan.life
                _tell(life=plan.life, pid=pid)
        while living:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            _tell(life=living.pop(pid), ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
