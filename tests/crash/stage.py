"""What the workers work with: a database, Redis, the simulator of SES and the time machine."""

import random
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
from redis.asyncio import Redis

from tenantcrm import clock
from tenantcrm.clock import Reading
from tenantcrm.database import Database
from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.wires import NAME, QUEUE
from tenantcrm.settings import Settings
from tests.conftest import SECRET, create_database, prepare, settings_for
from tests.fixtures import services
from tests.fixtures.programs import Program

READY_WITHIN = 60.0
PAGE = 5_000
JSON = {"Content-Type": "application/x-amz-json-1.0"}
WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class RedisServer:
    """A Valkey that can be taken away and given back, on one port."""

    def __init__(self) -> None:
        self.port = services.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._stack: ExitStack | None = None

    def start(self) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(services.valkey(self.port))

    def stop(self) -> None:
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    async def flush(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()


class TimeMachine:
    """The clock that everybody follows. It jumps ahead, never back."""

    def __init__(self, home: Path) -> None:
        self.path = home / "clock.json"
        now = time.time()
        clock.write(self.path, Reading(now, now, 1.0))
        clock.follow(self.path)
        self.ahead = 0.0

    def jump(self, seconds: float) -> None:
        self.ahead += seconds
        now = time.time()
        clock.write(self.path, Reading(now, now + self.ahead, 1.0))


class Simulator:
    """The simulator of SES in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.url = f"http://127.0.0.1:{services.free_port()}"
        port = self.url.rpartition(":")[2]
        self.process = Program(
            "tenantcrm.sandbox.ses", "--port", port, "--home", str(home),
            "--verified", "example.com", "--max-send-rate", "100000",
            "--queue", QUEUE, "--url", self.url,
        )  # fmt: skip
        self.http = httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False)

    async def ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while True:
            try:
                if (await self.http.get("/healthz")).is_success:
                    return
            except httpx.TransportError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
            time.sleep(0.05)

    async def go_wrong(self, plan: dict[str, Any]) -> None:
        (await self.http.put("/_faults", json=plan)).raise_for_status()

    async def go_right(self) -> None:
        (await self.http.delete("/_faults")).raise_for_status()

    async def faults(self) -> dict[str, int]:
        """How often it went wrong, by kind."""
        counted: dict[str, int] = (await self.http.get("/_faults/injected")).json()
        return counted

    async def told_all(self) -> bool:
        """Whether everything that it had to tell of mails has been taken out of the queue."""
        state: dict[str, int] = (await self.http.get("/_events/state")).json()
        if any(state.values()):
            return False
        headers = {"X-Amz-Target": "AmazonSQS.GetQueueAttributes"} | JSON
        asked = {"QueueUrl": f"{self.url}/{ACCOUNT}/{QUEUE}", "AttributeNames": ["All"]}
        answer = await self.http.post("/", content=msgspec.json.encode(asked), headers=headers)
        waiting: dict[str, str] = answer.raise_for_status().json()["Attributes"]
        return all(waiting[name] == "0" for name in WAITING)

    async def ledger(self) -> list[dict[str, Any]]:
        """Every mail that it took, oldest first."""
        return await self._read("/_ledger")

    async def events(self) -> list[dict[str, Any]]:
        """Every event of them that it made, with what went wrong with it."""
        return await self._read("/_events")

    async def _read(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            answer = await self.http.get(path, params={"after": after, "limit": PAGE})
            answer.raise_for_status()
            page = [msgspec.json.decode(line) for line in answer.content.splitlines() if line]
            if not page:
                return found
            found += page
            after = page[-1]["id"]

    async def close(self) -> None:
        await self.http.aclose()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.close()


class Stage:
    """All of it, opened together."""

    def __init__(self, home: Path, settings: Settings, redis: RedisServer, ses: Simulator) -> None:
        self.home = home
        self.settings = settings
        self.redis = redis
        self.ses = ses
        self.clock = TimeMachine(home)
        self.database = Database(settings, pool_size=8)
        self.dice = random.Random()

    @property
    def super_url(self) -> str:
        place = self.settings.database_url.partition("@")[2]
        return f"postgresql://super@{place}"

    async def super_user(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.super_url, server_settings={"application_name": "crash"})

    def environment(self) -> dict[str, str]:
        """Of a worker."""
        plain = {
            name: getattr(self.settings, name.lower()).replace("+asyncpg", "")
            for name in ("DATABASE_URL", "CONTROL_DATABASE_URL", "OWNER_DATABASE_URL")
        } | {
            "REDIS_URL": self.redis.url,
            "SECRET_KEYS": SECRET,
            "PUBLIC_URL": self.settings.public_url,
            "SES_ENDPOINT_URL": self.ses.url,
            "SES_CONFIGURATION_SET": NAME,
            "SNS_TOPIC_ARNS": f"arn:aws:sns:us-east-1:{ACCOUNT}:{NAME}",
            "SQS_QUEUE_URL": f"{self.ses.url}/{ACCOUNT}/{QUEUE}",
            "SANDBOX_HOME": str(self.home),
            "WORKER_PROCESSES": "4",
        }
        return {f"TENANTCRM_{name}": value for name, value in plain.items()} | {
            "AWS_ACCESS_KEY_ID": "crash",
            "AWS_SECRET_ACCESS_KEY": "crash",
            "NO_PROXY": "127.0.0.1",
        }


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Stage]:
    """Everything runs; at the end, all of it is stopped."""
    async with AsyncExitStack() as stack:
        port = stack.enter_context(services.postgres())
        await prepare(port)
        redis = RedisServer()
        redis.start()
        stack.callback(redis.stop)
        settings = settings_for(port, await create_database(port), redis.url)
        ses = Simulator(home)
        stack.push_async_callback(ses.close)
        stage = Stage(home, settings, redis, ses)
        stack.callback(clock.follow, None)
        stack.push_async_callback(stage.database.close)
        await ses.ready()
        yield stage


@contextmanager
def folder(keep: Path | None = None) -> Iterator[Path]:
    """A folder for logs and ledgers; ``keep``: one that stays."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="tcrm-crash-", dir="/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made)
