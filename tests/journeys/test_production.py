"""The production processes, set up by environment alone: no sandbox, no time machine."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.fixtures import services
from tests.fixtures.sandbox import wait_for
from tests.fixtures.services import free_port


@dataclass
class Installation:
    """An installation by environment, and what it is made of."""

    environment: dict[str, str]
    url: str
    inbox: str
    folder: Path

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tenantcrm.cli", *arguments],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=180,
        )

    @contextmanager
    def process(self, *module: str) -> Iterator["subprocess.Popen[bytes]"]:
        log = self.folder / f"{module[-1]}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *module], env=self.environment, stdout=out, stderr=out
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(40) == 0, log.read_text()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("production")
    with ExitStack() as stack:
        postgres = stack.enter_context(services.postgres())
        redis_url = stack.enter_context(services.valkey())
        _make_owner(postgres)
        web, ses = free_port(), free_port()
        place = f"127.0.0.1:{postgres}/crm"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TENANTCRM_")} | {
            "TENANTCRM_DATABASE_URL": f"postgresql://some_app:pw-a@{place}",
            "TENANTCRM_CONTROL_DATABASE_URL": f"postgresql://some_control:pw-c@{place}",
            "TENANTCRM_OWNER_DATABASE_URL": f"postgresql://some_owner:pw-o@{place}",
            "TENANTCRM_REDIS_URL": redis_url,
            "TENANTCRM_SECRET_KEYS": "production-secret-of-more-than-thirty-two-characters",
            "TENANTCRM_PUBLIC_URL": f"http://127.0.0.1:{web}",
            "TENANTCRM_WEB_PORT": str(web),
            "TENANTCRM_SES_ENDPOINT_URL": f"http://127.0.0.1:{ses}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        made = Installation(
            environment, f"http://127.0.0.1:{web}", f"http://127.0.0.1:{ses}/inbox", folder
        )
        simulator = ("tenantcrm.sandbox.ses", "--host", "127.0.0.1", "--port", str(ses))
        stack.enter_context(made.process(*simulator, "--home", str(folder)))
        wait_for(lambda: _answers(f"http://127.0.0.1:{ses}/healthz"), 150, "the simulator")
        yield made


def _make_owner(port: int) -> None:
    import asyncio

    async def make() -> None:
        super_user = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/postgres")
        await super_user.execute("CREATE ROLE some_owner LOGIN CREATEROLE PASSWORD 'pw-o'")
        await super_user.execute("CREATE DATABASE crm OWNER some_owner")
        await super_user.close()

    asyncio.run(make())


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_main_job_by_environment(installation: Installation):
    """Migrated, doctored and started by environment, web and worker do the main job."""
    behind = installation.run("web")
    assert behind.returncode == 1
    assert "tenantcrm migrate" in behind.stderr or "refused" in behind.stderr
    assert "Traceback" not in behind.stderr

    migrated = installation.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert installation.run("migrate").returncode == 0
    with (
        installation.process("tenantcrm.cli", "web"),
        installation.process("tenantcrm.cli", "worker"),
    ):
        wait_for(lambda: _answers(f"{installation.url}/readyz"), 150, "web")
        made = json.loads(
            installation.run(
                "tenants", "create", "Vinr", "--owner", "owner@example.com",
                "--postal-address", "1 Main Street, London", "--json",
            ).stdout
        )  # fmt: skip
        assert re.fullmatch(r"ten_[0-9a-f]{32}", made["id"])
        key = json.loads(
            installation.run(
                "keys", "create", "--tenant", made["id"], "--name", "k", "--json"
            ).stdout
        )["key"]
        with httpx.Client(
            base_url=installation.url, headers={"Authorization": f"Bearer {key}"}, timeout=30
        ) as client:
            put = client.put("/v1/contacts/by-email/ada@example.com", json={"name": "Ada"})
            assert put.status_code == 201, put.text
            campaign = {
                "name": "Welcome",
                "contact_filter": "",
                "preferred_send_time": "10:00",
                "timezone": "Europe/London",
                "sender": {"name": "Vinr", "email": "hi@example.com"},
                "day_zero": "immediately",
                "active": True,
                "messages": [{"subject": "Hi", "send_day": 0, "html_template": "<p>Hi</p>"}],
            }
            answer = client.post("/v1/campaigns", json=campaign)
            assert answer.status_code == 201, answer.text
        mails = wait_for(
            lambda: httpx.get(
                f"{installation.inbox}/messages", params={"to": "ada@example.com"}
            ).json()["data"],
            40,
            "the mail",
        )
        link = mails[0]["headers"]["List-Unsubscribe"].strip("<>")
        assert link.startswith(installation.url)
        assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        assert httpx.get(f"{installation.url}/sandbox/skip").status_code in {404, 405}


def test_the_doctor_names_each_fault(installation: Installation):
    """A fault is one line that names the setting and says what to do; never a traceback."""
    assert installation.run("migrate").returncode == 0
    ill = Installation(
        installation.environment
        | {
            "TENANTCRM_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
            "TENANTCRM_SECRET_KEYS": "another-secret-of-more-than-thirty-two-characters-x",
        },
        installation.url,
        installation.inbox,
        installation.folder,
    )
    first = installation.run("doctor")
    assert "Traceback" not in first.stderr
    found = ill.run("doctor")
    assert found.returncode == 1
    assert "TENANTCRM_REDIS_URL" in found.stderr
    assert "TENANTCRM_SECRET_KEYS" in found.stderr
    assert "Traceback" not in found.stderr


def test_missing_settings_stop_the_start(installation: Installation):
    """What is missing or malformed stops the start, with one line each that names it."""
    changed = {"TENANTCRM_DATABASE_URL": "nonsense", "TENANTCRM_SECRET_KEYS": "short"}
    ill = Installation(
        {k: v for k, v in installation.environment.items() if k != "TENANTCRM_REDIS_URL"} | changed,
        installation.url,
        installation.inbox,
        installation.folder,
    )
    for process in ("web", "worker"):
        found = ill.run(process)
        assert found.returncode == 1
        lines = found.stderr.strip().splitlines()
        assert [line.split()[1].rstrip(":") for line in lines] == [
            "TENANTCRM_DATABASE_URL",
            "TENANTCRM_REDIS_URL",
            "TENANTCRM_SECRET_KEYS",
        ]


def test_an_unsafe_role_stops_the_start(installation: Installation):
    """Neither web nor worker starts on a role that row-level security does not hold."""
    assert installation.run("migrate").returncode == 0
    owner = installation.environment["TENANTCRM_OWNER_DATABASE_URL"]
    ill = Installation(
        installation.environment | {"TENANTCRM_DATABASE_URL": owner},
        installation.url,
        installation.inbox,
        installation.folder,
    )
    for process in ("web", "worker"):
        found = ill.run(process)
        assert found.returncode == 1
        assert "owns tables" in found.stderr
        assert "Traceback" not in found.stderr
