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


async def until(
    what: Callable[[], object], words: str = "it did not happen", patience: float = PATIENCE
) -> None:
    end = time.monotonic() + patience
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


@contextmanager
def ordinary_python() -> Iterator[str]:
    """This Python where an ordinary user can run it: a copy, when it lies below root's own home."""
    user, found = ServiceUser(NOBODY, NOBODY), Path(sys.executable).resolve()
    if can_use(user, found, "-x"):
        yield str(found)
        return
    library = Path(sysconfig.get_paths()["stdlib"])
    with open_folder(name="python") as folder:
        copied = folder / "lib" / library.name
        ignored = shutil.ignore_patterns("site-packages", "test", "config-*", "idlelib")
        shutil.copytree(library, copied, ignore=ignored)
        for shared in library.parent.glob("libpython*.so*"):
            shutil.copy(shared, copied.parent)
        (folder / "bin").mkdir()
        yield str(shutil.copy(found, folder / "bin" / found.name))


def ordinary_environment(python: str) -> dict[str, str]:
    """The environment in which the interpreter of :func:`ordinary_python` finds all it needs."""
    packages = [str(Path(tenantcrm.__file__).parents[1]), sysconfig.get_paths()["purelib"]]
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/",
        "PYTHONPATH": os.pathsep.join(packages),
        "LD_LIBRARY_PATH": str(Path(python).parents[1] / "lib"),
    }
