"""The programs that a sandbox consists of."""

import importlib.util
import sys
from pathlib import Path

from tenantcrm.sandbox.addresses import Addresses, merged
from tenantcrm.sandbox.embedded import Embedded
from tenantcrm.sandbox.home import Home
from tenantcrm.sandbox.ports import LOOPBACK
from tenantcrm.sandbox.postgres import EmbeddedPostgres
from tenantcrm.sandbox.process import Program, rotate
from tenantcrm.sandbox.readiness import http_ok, redis_says
from tenantcrm.sandbox.ses.wires import QUEUE
from tenantcrm.sandbox.supervisor import Child
from tenantcrm.sandbox.valkey import EmbeddedValkey

SERVERS = ("postgres", "valkey", "ses")
"""What web and worker cannot work without."""
SCHEMA, SES, WORKER, WEB = (
    "tenantcrm.schema",
    "tenantcrm.sandbox.ses.serving",
    "tenantcrm.worker",
    "tenantcrm.serving",
)
PRELOADED = (SCHEMA, SES, WORKER, WEB)
"""What the programs consist of, in the order in which they are wanted."""
DEMO = "tenantcrm.sandbox.demo"
"""The module that makes the demo and writes ``demo.json``: ``{"email", "password", "api_key"}``."""


class Parts:
    """The programs of one home at their addresses."""

    def __init__(self, home: Home, addresses: Addresses) -> None:
        """Describe them; nothing starts."""
        self._home = home
        self._addresses = addresses
        self._environment = merged(addresses.environment(home.root))

    def _log(self, name: str) -> Path:
        log = self._home.log(name)
        rotate(log)
        return log

    def _python(self, name: str, *arguments: str, preload: str, grace: float = 10.0) -> Program:
        return Program(
            name=name,
            argv=[sys.executable, "-m", *arguments],
            log=self._log(name),
            environment=self._environment,
            folder=self._home.root,
            grace=grace,
            preload=preload,
        )

    def postgres(self) -> Child:
        """All truth."""
        return _server(
            "postgres",
            EmbeddedPostgres(
                self._home.postgres,
                log=self._log("postgres"),
                port=self._addresses.ports.postgres,
                passwords=self._addresses.passwords,
            ),
        )

    def valkey(self) -> Child:
        """Queue, rates, sessions."""
        return _server(
            "valkey",
            EmbeddedValkey(
                self._home.valkey,
                log=self._log("valkey"),
                port=self._addresses.ports.redis,
                password=self._addresses.passwords.redis,
            ),
        )

    def ses(self) -> Child:
        """What takes the place of Amazon SES, with the inbox."""
        host, port = self._addresses.host, self._addresses.ports.ses
        arguments = ["--host", host, "--port", str(port), "--home", str(self._home.root)]
        arguments += ["--url", self._addresses.ses]
        if self._addresses.events == "sqs":
            arguments += ["--queue", QUEUE]
        else:
            arguments += ["--webhook", self._addresses.webhook]
        program = self._python("ses", "tenantcrm.sandbox.ses", *arguments, preload=SES, grace=5.0)
        return Child(
            "ses",
            lambda: program,
            ready=lambda: http_ok(self._addresses.reach, port, "/healthz"),
        )

    def web(self) -> Child:
        """Dashboard, API, public pages."""
        program = self._python("web", "tenantcrm.cli", "web", preload=WEB)
        return Child(
            "web",
            lambda: program,
            ready=lambda: http_ok(self._addresses.reach, self._addresses.ports.web, "/readyz"),
            needs=SERVERS,
        )

    def worker(self) -> Child:
        """Scans, enrolment, sending."""
        # Longer than the others: it finishes the mails that it is in the middle of.
        program = self._python("worker", "tenantcrm.cli", "worker", preload=WORKER, grace=20.0)
        return Child(
            "worker",
            lambda: program,
            ready=self._worker_ready,
            needs=SERVERS,
            before=self._forget_worker,
        )

    async def _worker_ready(self) -> bool:
        # arq notes that it is alive in a key whose name ends so, once its start is through.
        return (await self._redis("KEYS *health-check*")) not in {"", "*0"}

    async def _forget_worker(self) -> None:
        # The note of the worker before would pass for this one's.
        await self._redis(
            "EVAL \"for _, k in ipairs(redis.call('KEYS', '*health-check*')) do "
            "redis.call('DEL', k) end\" 0"
        )

    async def _redis(self, question: str) -> str:
        port, password = self._addresses.ports.redis, self._addresses.passwords.redis
        return await redis_says(LOOPBACK, port, password, question)

    def migrate(self) -> Program:
        """Brings the database to the newest schema, and ends."""
        return self._python("migrate", "tenantcrm.cli", "migrate", preload=SCHEMA)

    def demo(self) -> Program | None:
        """Makes the demo, and ends; None where it is made already or there is none to make."""
        if self._home.demo.exists() or importlib.util.find_spec(DEMO) is None:
            return None
        return self._python("demo", DEMO, "--home", str(self._home.root), preload=WEB)


def _server(name: str, server: Embedded) -> Child:
    return Child(
        name, server.program, server.ready, before=server.prepare, patience=server.patience
    )
