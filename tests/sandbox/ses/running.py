"""A simulator in a process of its own, and the client that the product uses."""

import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aioboto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fixtures.programs import Program
from tests.fixtures.services import free_port

PATIENCE = 30.0


class Running:
    """A simulator that runs."""

    def __init__(self, home: Path | None, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = ["--port", str(self.port), *options]
        if home is not None:
            arguments += ["--home", str(home)]
        self.process = Program("tenantcrm.sandbox.ses", *arguments)
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, "the simulator ended at its start"
            try:
                if self.http.get("/healthz").text == "ok":
                    return
            except httpx.TransportError:
                assert time.monotonic() < end, "the simulator does not answer"
                time.sleep(0.05)

    def messages(self, **asked: Any) -> list[dict[str, Any]]:
        """What a script reads."""
        answer = self.http.get("/inbox/messages", params=asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Have it end; gives its exit status."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def running(home: Path | None = None, *options: str) -> Iterator[Running]:
    """A simulator, stopped at the end if it still runs."""
    simulator = Running(home, *options)
    try:
        yield simulator
    finally:
        simulator.http.close()
        if simulator.process.poll() is None:
            simulator.end()
        simulator.process.close()


@asynccontextmanager
async def client_of(simulator: Running, *, connections: int = 10) -> AsyncIterator[Any]:
    """The real client. It asks once: a retry would send a mail again."""
    session = aioboto3.Session(
        aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1"
    )
    config = Config(
        retries={"total_max_attempts": 1}, max_pool_connections=connections, read_timeout=PATIENCE
    )
    async with session.client("sesv2", endpoint_url=simulator.url, config=config) as client:
        yield client


@contextmanager
def refused(kind: str, words: str = "", status: int = 400) -> Iterator[None]:
    """The body is refused by SES with this kind of error, in these words."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    assert answer["Error"]["Code"] == kind
    assert words in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["ResponseMetadata"]["RequestId"]


def simple(to: str, subject: str = "Hello", text: str = "It works.") -> dict[str, Any]:
    """The arguments of a send that SES takes."""
    return {
        "FromEmailAddress": "Vinr <hi@example.com>",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}},
    }


def raw(data: bytes, to: str | None = None) -> dict[str, Any]:
    """The arguments of a raw send; ``to`` left out: to whom the mail's own headers say."""
    arguments: dict[str, Any] = {"Content": {"Raw": {"Data": data}}}
    return arguments if to is None else arguments | {"Destination": {"ToAddresses": [to]}}
