"""A port for metrics: who is answered, and where it is when the port is taken."""

import subprocess
import sys
from dataclasses import replace

import httpx
import pytest

from tenantcrm.errors import ConfigurationError
from tenantcrm.exposition import admits, exposition
from tenantcrm.metrics_port import exposed
from tenantcrm.settings import Settings, load
from tests.fixtures.services import free_port

ADDING_UP = """
import os, multiprocessing
from prometheus_client import Counter
from tenantcrm.exposition import exposition

counted = Counter("tenantcrm_test", "Of a test")

def count():
    counted.inc()

if __name__ == "__main__":
    for _ in range(3):
        process = multiprocessing.get_context("spawn").Process(target=count)
        process.start()
        process.join()
    print(exposition().decode())
"""


def with_metrics(settings: Settings, **more: object) -> Settings:
    return replace(settings, worker_metrics_port=free_port(), **more)


async def ask(port: int, path: str = "/metrics", token: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://127.0.0.1:{port}{path}", headers=headers)


async def test_answers_on_loopback(settings: Settings):
    """Without a token the port of the machine itself answers anybody there."""
    async with exposed(with_metrics(settings)) as port:
        answer = await ask(port)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert "python_info" in answer.text
        assert (await ask(port, "/healthz")).text == "ok"
    with pytest.raises(httpx.ConnectError):
        await ask(port)


async def test_asks_for_the_token(settings: Settings):
    """With a token there is nothing to see without it, and the whole with it."""
    async with exposed(with_metrics(settings, metrics_token="a-secret")) as port:
        assert (await ask(port)).status_code == 404
        assert (await ask(port, token="another")).status_code == 404
        assert (await ask(port, token="a-secret")).status_code == 200


async def test_workers_beside_each_other(settings: Settings):
    """Each takes the next free port: the settings of all are the same."""
    same = with_metrics(settings)
    async with exposed(same) as first, exposed(same) as second:
        assert first == same.worker_metrics_port
        assert second > first
        assert (await ask(second)).status_code == 200


async def test_no_port_no_answer(settings: Settings):
    """Where no port is set, nothing listens."""
    async with exposed(settings) as port:
        assert port is None


async def test_the_network_needs_a_token(settings: Settings):
    """Numbers are not open to the network."""
    with pytest.raises(ConfigurationError, match="TENANTCRM_METRICS_TOKEN is not set"):
        async with exposed(with_metrics(settings, worker_metrics_host="0.0.0.0")):
            pass


def test_settings():
    """A port that is none is named, with what it takes."""
    with pytest.raises(ConfigurationError, match="TENANTCRM_WORKER_METRICS_PORT is malformed"):
        load({"TENANTCRM_WORKER_METRICS_PORT": "many"}, needs=())


def test_odd_authorization_is_refused():
    """A header that is no ASCII is no token, and no fault either."""
    assert not admits("Bearer ünïcode", "a-secret")


def test_processes_behind_one_port_add_up(tmp_path):
    """Each of several processes shows the numbers of all, those that have ended too."""
    (tmp_path / "counting.py").write_text(ADDING_UP)
    shared = tmp_path / "numbers"
    shared.mkdir()
    done = subprocess.run(
        [sys.executable, "counting.py"],
        cwd=tmp_path,
        env={"PROMETHEUS_MULTIPROC_DIR": str(shared), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "tenantcrm_test_total 3.0" in done.stdout


def test_this_process_alone():
    """Without a shared folder a process shows its own."""
    assert b"python_info" in exposition()
