"""What the tests of the sandbox look at processes and folders with."""

import asyncio
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import tenantcrm
from tenantcrm.sandbox.service_user import ServiceUser, can_use

PROGRAMS = Path(__file__).with_name("programs")
NOBODY = 65534
PATIENCE = 60.0
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(what: Callable[[], object], words: str = "it did not happen") -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, words
        await asyncio.sleep(0.02)


async def pids_in(place: Path) -> list[int]:
    await until(place.exists, f"{place} never came")
    return [int(word) for word in place.read_text().split()]


async def gone(pids: list[int]) -> None:
    await until(lambda: not any(runs(pid) for pid in pids), f"{pids} still run")


@contextmanager
def open_folder(mode: int = 0o755, name: str = "a home ") -> Iterator[Path]:
    """A folder that other users may (0755) or may not (0700) enter, with a space in its name."""
    folder = Path(tempfile.mkdtemp(prefix=name, dir="/tmp"))
    folder.chmod(mode)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ordinary_python() -> list[str]:
    """A Python that an ordinary user of this machine can run with our packages, as argv.

    The one that runs the tests may lie below root's own home.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    user = ServiceUser(NOBODY, NOBODY)
    for found in (Path(sys.executable), Path("/usr/bin") / name, Path("/usr/local/bin") / name):
        if found.exists() and can_use(user, found, "-x"):
            return [str(found)]
    pytest.skip("no Python of this version that an ordinary user can run")


def ordinary_environment() -> dict[str, str]:
    """The environment in which :func:`ordinary_python` finds our packages."""
    packages = [str(Path(tenantcrm.__file__).parents[1]), sysconfig.get_paths()["purelib"]]
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(packages), "HOME": "/"}
