"""``tenantcrm up`` as a person starts it, and what it consists of."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.sandbox.support import gone, runs, until

PARTS = {
    "postgres": ("pginstall18", " -D "),
    "valkey": ("valkey-server",),
    "ses": ("-m tenantcrm.sandbox.ses",),
    "web": ("-m tenantcrm.cli web",),
    "worker": ("-m tenantcrm.cli worker",),
}
"""What the command line of each part's first process has in it."""


class Instance:
    """One run of ``tenantcrm up`` in ``home``."""

    def __init__(self, home: Path, *arguments: str, **how: Any) -> None:
        """Start it; ``how``: further arguments of Popen, and ``python``, the interpreter."""
        self.home = home
        self._told = home.parent / f"{home.name}.told"
        python = how.pop("python", sys.executable)
        command = [python, "-m", "tenantcrm.cli", "up", "--home", str(home), *arguments]
        with self._told.open("wb") as told:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=told, stderr=told, cwd="/", **how
            )

    @property
    def told(self) -> str:
        """What it wrote on the terminal so far."""
        return self._told.read_text()

    async def ready(self) -> dict[str, Any]:
        """Wait until it is ready; gives its ready.json."""
        place = self.home / "ready.json"
        await until(lambda: place.exists() or self.process.poll() is not None, patience=300)
        assert self.process.poll() is None, self.told
        return json.loads(place.read_text())

    def family(self) -> list[int]:
        """Every process of it, guards and all."""
        me = psutil.Process(self.process.pid)
        return [me.pid, *(child.pid for child in me.children(recursive=True))]

    def pid(self, part: str) -> int:
        """The process id of a part; 0 while it has none."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                line = " ".join(process.cmdline())
                above = " ".join(process.parent().cmdline())  # type: ignore[union-attr] # or Error
            except (psutil.Error, AttributeError):
                continue
            if "guard.py" in above and all(word in line for word in PARTS[part]):
                return process.pid
        return 0

    async def end(self, number: int = signal.SIGINT) -> int:
        """Send it a signal and wait for its end; gives the exit status. Nothing of it is left."""
        family = self.family() if runs(self.process.pid) else []
        self.process.send_signal(number)
        status = await asyncio.to_thread(self.process.wait, 120)
        await gone(family)
        return status


@asynccontextmanager
async def instance(home: Path, *arguments: str, **how: Any) -> AsyncIterator[Instance]:
    """A run that is ready; ended at the end if it is not by then."""
    started = Instance(home, *arguments, **how)
    try:
        await started.ready()
        yield started
    finally:
        if runs(started.process.pid):
            await started.end()


async def command(home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """The output of a ``tenantcrm`` command that speaks to the instance in ``home``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tenantcrm.cli", *arguments, "--home", str(home),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
