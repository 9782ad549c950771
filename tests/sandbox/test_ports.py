"""Ports are chosen, kept, and taken by nobody else."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox import ports
from tenantcrm.sandbox.ports import INNER, Claims, any_free, can_listen, choose, read

HOST = "127.0.0.1"


@contextmanager
def occupied(port: int = 0) -> Iterator[int]:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, port))
        server.listen()
        yield server.getsockname()[1]


@contextmanager
def claims() -> Iterator[Claims]:
    made = Claims()
    try:
        yield made
    finally:
        made.release()


def test_the_last_ports_again(folder: Path):
    """A home keeps its ports from run to run."""
    place = folder / "ports.json"
    with claims() as first:
        chosen = choose(place, first, host=HOST, web=any_free())
    with claims() as second:
        assert choose(place, second, host=HOST, web=None) == chosen
    assert read(place) == chosen


def test_another_one_for_a_port_that_is_taken(folder: Path):
    """A port of the last run that somebody else has by now is replaced; the others stay."""
    place = folder / "ports.json"
    with claims() as first:
        before = choose(place, first, host=HOST, web=any_free())
    with occupied(before.postgres), occupied(before.web), claims() as second:
        after = choose(place, second, host=HOST, web=None)
        assert after.postgres != before.postgres
        assert after.web != before.web
        assert (after.redis, after.ses) == (before.redis, before.ses)


def test_a_port_that_was_asked_for_and_is_taken(folder: Path):
    """It is refused with one line; nothing else is chosen in its place."""
    with occupied() as port, claims() as made:
        with pytest.raises(ConfigurationError, match=f"^port {port} is taken: give another"):
            choose(folder / "ports.json", made, host=HOST, web=port)
        assert not (folder / "ports.json").exists()


def test_the_next_free_one_after_8000(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the default port is taken, the next free one serves."""
    with occupied() as port, claims() as made:
        monkeypatch.setattr(ports, "WEB", port)
        assert choose(folder / "ports.json", made, host=HOST, web=None).web > port


def test_two_homes_at_the_same_moment(folder: Path):
    """Two that choose before either listens get different ports, and a freed one is had again."""
    with claims() as first, claims() as second:
        one = choose(folder / "one.json", first, host=HOST, web=None)
        two = choose(folder / "two.json", second, host=HOST, web=None)
        used = [one.web, one.ses, one.postgres, one.redis, two.web, two.ses, two.postgres]
        assert len({*used, two.redis}) == 8
        with pytest.raises(ConfigurationError, match="is taken"):
            choose(folder / "three.json", second, host=HOST, web=one.web)
    with claims() as third:
        assert choose(folder / "one.json", third, host=HOST, web=None) == one


def test_a_folder_of_claims_that_is_somebody_elses(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Where claims cannot be written, ports are still found; only the moment's race is back."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (folder / f"tenantcrm-ports-{os.getuid()}").write_text("not a folder")
    with claims() as made:
        assert choose(folder / "ports.json", made, host=HOST, web=None).web


def test_inner_ports_are_not_those_of_outgoing_connections():
    """An outgoing connection never has the port of a part that is being started again."""
    assert INNER[-1] < 32_768
    assert any_free() in INNER


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"web": 1}', '{"web": "x"}', "null"])
def test_damaged_ports_are_chosen_anew(folder: Path, text: str):
    """Nothing hangs on the last ports, so a damaged file costs new ones only."""
    place = folder / "ports.json"
    place.write_text(text)
    assert read(place) is None
    with claims() as made:
        choose(place, made, host=HOST, web=None)
    assert set(json.loads(place.read_text())) == {"web", "ses", "postgres", "redis"}


@pytest.mark.parametrize(
    ("host", "words"),
    [("192.0.2.1", "is not an address of this machine"), ("no such host", "--host no such host")],
)
def test_a_host_that_is_not_here(host: str, words: str):
    """An address of another machine, or none at all, is one line."""
    with pytest.raises(ConfigurationError, match=words):
        can_listen(host, any_free())


def test_a_port_with_winding_down_connections_is_free():
    """A server that just stopped does not keep its own port from its next start."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            server.accept()[0].close()
            client.recv(1)
    assert can_listen(HOST, port)
