"""The home's folder, its passwords, and what others learn from it."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.addresses import Addresses, merged
from tenantcrm.sandbox.home import Home, settings_environment
from tenantcrm.sandbox.lock import HomeLock
from tenantcrm.sandbox.passwords import Passwords
from tenantcrm.sandbox.ports import Claims, Ports, choose
from tenantcrm.settings import load
from tests.sandbox.support import NOBODY, needs_root, ordinary_environment

ADDRESSES = Addresses(Passwords(), Ports(web=1, ses=2, postgres=3, redis=4), "127.0.0.1")


def made(folder: Path) -> Home:
    home = Home(folder / "home")
    home.make()
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_passwords_are_made_once(folder: Path):
    """A home's passwords are long, its own, kept, and readable by their owner alone."""
    home = made(folder)
    first = home.passwords()
    assert home.passwords() == first
    assert Passwords() != first
    assert mode(home.secrets) == 0o600
    assert all(len(value) >= 32 for value in json.loads(home.secrets.read_text()).values())
    assert first.app not in repr(first)


def test_nobody_else_reads_the_home(folder: Path):
    """Others may pass through a home that root made, as PostgreSQL must; none may read it."""
    home = made(folder)
    assert mode(home.root) == (0o711 if os.geteuid() == 0 else 0o700)
    assert mode(home.logs) == mode(home.valkey) == 0o700


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"app": "x"}', b"\xff\xfe".decode("latin-1"), "null"]
)
def test_damaged_passwords_are_one_line(folder: Path, text: str):
    """Damaged passwords are never replaced: the data could not be opened any more."""
    home = made(folder)
    home.secrets.write_text(text)
    with pytest.raises(ConfigurationError, match=r"secrets.json is damaged") as refused:
        home.passwords()
    assert "\n" not in str(refused.value)
    assert home.secrets.read_text() == text


def test_a_password_that_needs_quoting_is_damage(folder: Path):
    """No password can smuggle text into a URL, a statement or a settings file."""
    home = made(folder)
    found = json.loads((home.passwords(), home.secrets)[1].read_text())
    home.secrets.write_text(json.dumps(found | {"app": "x' SUPERUSER --" + "x" * 30}))
    with pytest.raises(ConfigurationError, match="is damaged"):
        home.passwords()


def test_missing_passwords_of_old_data_are_one_line(folder: Path):
    """Without the passwords of data that exist, nothing is made in their place."""
    home = made(folder)
    home.postgres.mkdir()
    (home.postgres / "PG_VERSION").write_text("18\n")
    with pytest.raises(ConfigurationError, match=r"secrets.json is missing"):
        home.passwords()
    assert not home.secrets.exists()


def test_a_home_that_is_a_file(folder: Path):
    """A file in the home's place is one line."""
    (folder / "home").write_text("x")
    with pytest.raises(ConfigurationError, match="it is not a folder"):
        made(folder)


@needs_root
@pytest.mark.parametrize("exists", [True, False])
def test_a_read_only_home_is_one_line(folder: Path, exists: bool, python_for_all: str):
    """A home that may not be written is one line on standard error, and exit status 1."""
    home = folder / "home"
    if exists:
        home.mkdir(mode=0o555)
    script = f"import sys; from pathlib import Path; from tenantcrm.sandbox.up import run; \
sys.exit(run(Path({str(home)!r})))"
    ended = subprocess.run(
        [python_for_all, "-c", script],
        user=NOBODY, group=NOBODY, extra_groups=[],
        env=ordinary_environment(python_for_all), cwd="/",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == f"✗ cannot use {home}: Permission denied\n"
    assert ended.stdout == ""


def test_the_environment_is_a_complete_one(folder: Path):
    """The settings that the home gives are all that a process of the product needs."""
    home = made(folder)
    settings = load(ADDRESSES.environment(home.root))
    assert settings.sandbox_home == home.root
    assert settings.public_url == "http://127.0.0.1:1"
    assert settings.ses_endpoint_url == "http://127.0.0.1:2"
    assert settings.inbox_url == "http://127.0.0.1:2/inbox"
    assert settings.database_url.endswith("@127.0.0.1:3/tenantcrm")
    assert (settings.web_host, settings.web_port) == ("127.0.0.1", 1)


def test_a_sandbox_never_reaches_the_real_thing(monkeypatch: pytest.MonkeyPatch):
    """Whatever the shell says of the product, AWS, PostgreSQL or a proxy, the sandbox is closed."""
    monkeypatch.setenv("TENANTCRM_SNS_TOPIC_ARNS", "arn:aws:sns:us-east-1:1:real")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PGHOST", "db.example.com")
    monkeypatch.setenv("NO_PROXY", "intranet")
    found = merged(ADDRESSES.environment(Path("/home")))
    assert not {"AWS_PROFILE", "PGHOST"} & set(found)
    assert "real" not in found["TENANTCRM_SNS_TOPIC_ARNS"]
    assert found["AWS_CONFIG_FILE"] == os.devnull
    assert found["NO_PROXY"].split(",") == [
        "127.0.0.1", "localhost", "::1", "127.0.0.1", "intranet",
    ]  # fmt: skip


def test_an_address_to_listen_on_is_not_one_to_go_to():
    """A sandbox that listens everywhere is reached on the loopback."""
    addresses = Addresses(Passwords(), ADDRESSES.ports, "0.0.0.0")
    assert addresses.url == "http://127.0.0.1:1"
    assert Addresses(Passwords(), ADDRESSES.ports, "::").url == "http://[::1]:1"
    assert Addresses(Passwords(), ADDRESSES.ports, "::1").reach == "::1"


def test_others_speak_to_the_instance_that_runs(folder: Path):
    """`--home` gives the settings of the instance that runs there, and one line when none does."""
    home = made(folder)
    with pytest.raises(ConfigurationError, match=r"nothing runs in .*: start it with tenantcrm up"):
        settings_environment(home.root)
    with pytest.raises(ConfigurationError, match="nothing runs in"):
        settings_environment(folder / "no such home")
    lock, claims = HomeLock.take(home.lock, lambda _: None), Claims()
    try:
        ports = choose(home.ports, claims, host="127.0.0.1", web=None)
        addresses = Addresses(home.passwords(), ports, "127.0.0.1")
        lock.describe(addresses.url, "127.0.0.1")
        assert settings_environment(home.root) == addresses.environment(home.root)
    finally:
        claims.release()
        lock.release()
    with pytest.raises(ConfigurationError, match="nothing runs in"):
        settings_environment(home.root)
