"""What the SES simulator carries: mails of 12 KB, one a request and fifty a request.

The baseline is a server that reads the same requests and answers, and does nothing else. All run
in processes of their own, and the client that asks them knows its requests beforehand: what is
measured is the simulator, which keeps every mail before it answers. Printed, not asserted.

``python -m benchmarks.simulator [MAILS]``
"""

import asyncio
import base64
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import httpx
import msgspec
import psutil
import uvloop
from tests.fixtures.services import free_port

BODY = 12_000
CONNECTIONS = 32
BULK_CONNECTIONS = 8
ENTRIES = 50
HEAD = (
    "POST /v2/email/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
    "Content-Type: application/json\r\nUser-Agent: benchmark\r\nX-Amz-Date: 20270301T090000Z\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=a/20270301/us-east-1/ses/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, Signature=0000\r\nContent-Length: {length}\r\n\r\n"
)
MAIL = (
    "From: Hi <hi@example.com>\r\nTo: {to}\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
    "Feedback-ID: 1:2:3:tenantcrm\r\nList-Id: <news.example.com>\r\n"
    "List-Unsubscribe: <https://example.com/u/0123456789abcdef>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
)
LINES = (base64.b64encode(b"<p>Hello</p>" * 5).decode() + "\r\n") * (BODY // 82)
HTML = "<p>Words that fill a mail to its size, again and again.</p>\n" * (BODY // 60)


def single(number: int) -> bytes:
    to = f"p{number}@example.net"
    raw = (MAIL.format(to=to) + LINES).encode()
    return request(
        "outbound-emails",
        {
            "FromEmailAddress": "Hi <hi@example.com>",
            "Destination": {"ToAddresses": [to]},
            "Content": {"Raw": {"Data": raw}},
            "EmailTags": [tag("d", f"{number:032x}"), tag("a", "1"), tag("t", "0" * 32)],
        },
    )


def bulk(number: int) -> bytes:
    return request(
        "outbound-bulk-emails",
        {
            "FromEmailAddress": "Hi <hi@example.com>",
            "DefaultContent": {
                "Template": {
                    "TemplateContent": {
                        "Subject": "{{s}}",
                        "Text": "{{t}}",
                        "Html": "{{h}}",
                    },
                    "TemplateData": "{}",
                }
            },
            "BulkEmailEntries": [entry(number * ENTRIES + place) for place in range(ENTRIES)],
        },
    )


def entry(number: int) -> dict[str, object]:
    data = msgspec.json.encode({"s": f"Hello {number}", "t": "Hello", "h": HTML}).decode()
    return {
        "Destination": {"ToAddresses": [f"p{number}@example.net"]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        "ReplacementTags": [tag("d", f"{number:032x}"), tag("a", "1"), tag("t", "0" * 32)],
        "ReplacementHeaders": [
            {"Name": "List-Unsubscribe", "Value": f"<https://example.com/u/{number:032x}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ],
    }


def tag(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def request(path: str, document: dict[str, object]) -> bytes:
    body = msgspec.json.encode(document)
    return HEAD.format(path=path, length=len(body)).encode() + body


class Asking(asyncio.Protocol):
    """One connection: asks again as soon as it is answered."""

    def __init__(self, made: Mapping[int, bytes], left: Iterator[int], expected: int) -> None:
        self.made, self.left, self.expected = made, left, expected
        self.buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.ask()

    def ask(self) -> None:
        number = next(self.left, None)
        if number is None:
            self.transport.close()
            self.done.set_result(None)
        else:
            self.transport.write(self.made[number])

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            assert head.startswith(b"HTTP/1.1 200"), self.buffer
            assert body.count(b'"MessageId"') in {1, self.expected}, body
            self.buffer = body[length:]
            self.ask()

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(fault or ConnectionError("the server hung up"))


async def ask_all(port: int, make: Callable[[int], bytes], first: int, times: int) -> float:
    """Ask ``times`` times over all connections; how long it took."""
    connections, expected = (CONNECTIONS, 1) if make is single else (BULK_CONNECTIONS, ENTRIES)
    made = {number: make(number) for number in range(first, first + times)}
    left = iter(made)
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    asking = [
        (await loop.create_connection(lambda: Asking(made, left, expected), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(one.done for one in asking))
    return time.perf_counter() - begun


@contextmanager
def served(*arguments: str) -> Iterator[psutil.Process]:
    """A server in a process of its own, until it answers and while it is needed."""
    process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server does not answer")


def cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure(name: str, mails: int, port: int, process: psutil.Process) -> None:
    """Print the lines of one server."""
    for shown, make, in_one in (("single", single, 1), ("bulk of 50", bulk, ENTRIES)):
        first = 0
        # A first turn warms caches, connections and the file system, and is not counted.
        for times in (max(mails // in_one // 10, 8), max(mails // in_one, 8)):
            cpu = cpu_of(process)
            took = uvloop.run(ask_all(port, make, first, times))
            first += times
        cpu = (cpu_of(process) - cpu) / times / in_one * 1000
        figures = f"{times / took:>12,.0f}{times * in_one / took:>10,.0f}{cpu:>16.3f}"
        print(f"{name:<12}{shown:<12}{figures}", flush=True)


def main() -> None:
    """Measure both servers."""
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    connections = f"{CONNECTIONS} connections ({BULK_CONNECTIONS} in bulk)"
    print(f"{mails:,} mails of {BODY / 1000:.0f} KB, {connections}\n")
    print(f"{'':<24}{'requests/s':>12}{'mails/s':>10}{'CPU ms a mail':>16}")
    port = free_port()
    with served("benchmarks.bare_server", str(port)) as process:
        wait_for(port)
        measure("bare server", mails, port, process)
    with tempfile.TemporaryDirectory() as home:
        port = free_port()
        arguments = ["--port", str(port), "--home", home, "--max-send-rate", "1000000"]
        with served("tenantcrm.sandbox.ses", *arguments, "--verified", "example.com") as process:
            wait_for(port)
            measure("simulator", mails, port, process)


if __name__ == "__main__":
    main()
