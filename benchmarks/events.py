"""What telling of mails costs the SES simulator, and how quickly everybody is told.

The baseline is the same simulator, asked for the same mails under a configuration set that nobody
listens to. Sends are measured first, and then how long what is left takes. The endpoint answers
and does nothing else. Printed, not asserted.

``python -m benchmarks.events [MAILS]``
"""

import asyncio
import sys
import tempfile
import time

import httpx
import psutil
import uvloop
from tests.fixtures.services import free_port

from benchmarks.simulator import (
    CONNECTIONS,
    LINES,
    MAIL,
    Asking,
    cpu_of,
    request,
    served,
    tag,
    wait_for,
)

EACH = 2
"""Events of a mail: Send and Delivery."""


def under(configuration_set: str, number: int) -> bytes:
    """A request for one mail under a configuration set."""
    to = f"p{number}@example.net"
    return request(
        "outbound-emails",
        {
            "FromEmailAddress": "Hi <hi@example.com>",
            "Destination": {"ToAddresses": [to]},
            "Content": {"Raw": {"Data": (MAIL.format(to=to) + LINES).encode()}},
            "EmailTags": [tag("d", f"{number:032x}"), tag("a", "1"), tag("t", "0" * 32)],
            "ConfigurationSetName": configuration_set,
        },
    )


async def ask_all(port: int, configuration_set: str, first: int, mails: int) -> float:
    """Ask for the mails over all connections; how long it took."""
    made = {number: under(configuration_set, number) for number in range(first, first + mails)}
    left, loop = iter(made), asyncio.get_running_loop()
    begun = time.perf_counter()
    asking = [
        (await loop.create_connection(lambda: Asking(made, left, 1), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(one.done for one in asking))
    return time.perf_counter() - begun


def quiet(url: str) -> int:
    """How much waits to be told."""
    return sum(httpx.get(f"{url}/_events/state", trust_env=False).json().values())


def posting_of(process: psutil.Process) -> float:
    """The CPU time of the process that signs and posts."""
    return sum(cpu_of(child) for child in process.children())


def measure(name: str, mails: int, port: int, process: psutil.Process, under_set: str) -> None:
    """Print the line of one way to tell."""
    url = f"http://127.0.0.1:{port}"
    uvloop.run(ask_all(port, under_set, 0, max(mails // 10, 64)))
    while quiet(url):
        time.sleep(0.05)
    cpu, posting = cpu_of(process), posting_of(process)
    begun = time.perf_counter()
    took = uvloop.run(ask_all(port, under_set, mails, mails))
    sending = (cpu_of(process) - cpu) / mails * 1000
    while quiet(url):
        time.sleep(0.05)
    told = time.perf_counter() - begun
    posting = (posting_of(process) - posting) / mails / EACH * 1000
    print(
        f"{name:<14}{mails / took:>10,.0f}{sending:>18.3f}{mails * EACH / told:>12,.0f}"
        f"{posting:>22.3f}"
    )


def main() -> None:
    """Measure each way to tell in a simulator of its own."""
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{mails:,} mails of 12 KB, {CONNECTIONS} connections, {EACH} events each\n")
    print(f"{'':<14}{'mails/s':>10}{'CPU ms a mail':>18}{'events/s':>12}{'CPU ms a post':>22}")
    endpoint, nobody = free_port(), "nobody"
    ways = {
        "nobody": ([], nobody),
        "to a queue": (["--queue", "tenantcrm-events"], "tenantcrm"),
        "to a webhook": (["--webhook", f"http://127.0.0.1:{endpoint}/"], "tenantcrm"),
    }
    with served("benchmarks.endpoint", str(endpoint)):
        wait_for(endpoint)
        for name, (wired, configuration_set) in ways.items():
            port = free_port()
            with tempfile.TemporaryDirectory() as home:
                arguments = ["--port", str(port), "--home", home, "--max-send-rate", "1000000"]
                with served(
                    "tenantcrm.sandbox.ses", *arguments, "--verified", "example.com", *wired
                ) as process:
                    wait_for(port)
                    if configuration_set == nobody:
                        httpx.post(
                            f"http://127.0.0.1:{port}/v2/email/configuration-sets",
                            json={"ConfigurationSetName": nobody},
                            trust_env=False,
                        ).raise_for_status()
                    measure(name, mails, port, process, configuration_set)


if __name__ == "__main__":
    main()
