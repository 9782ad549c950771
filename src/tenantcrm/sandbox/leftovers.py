"""Servers that a run left behind although its guards should have ended them.

It takes a guard and its master killed in the same moment, where the kernel does not tell a child
of its parent's death (macOS). A second server on the same data would ruin them.
"""

import asyncio
import contextlib
from pathlib import Path

import psutil

from tenantcrm.errors import ConfigurationError

PATIENCE = 10.0
"""Seconds to end by itself, then again as many after a kill."""


def leftover(pid_file: Path, program: str, folder: Path) -> psutil.Process | None:
    """The process of ``pid_file``, when it is a ``program`` that works in ``folder``.

    Numbers are used again: what has the number of a dead server may be anybody's.
    """
    try:
        number = int(pid_file.read_text().split()[0])
        process = psutil.Process(number)
        ours = process.name() == program and Path(process.cwd()).samefile(folder)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if ours else None


async def end_leftover(pid_file: Path, program: str, folder: Path, stop: int) -> None:
    """End that server, then forget its pid file.

    Raises:
        ConfigurationError: it will not end.
    """
    process = leftover(pid_file, program, folder)
    if process is not None:
        await asyncio.to_thread(_end, process, stop)
        if leftover(pid_file, program, folder) is not None:
            raise ConfigurationError(
                f"a {program} of an earlier run (pid {process.pid}) will not end"
            )
    # A server refuses to start on the word of this file, even if its number is by now another's.
    await asyncio.to_thread(pid_file.unlink, missing_ok=True)


def _end(process: psutil.Process, stop: int) -> None:
    with contextlib.suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        process.send_signal(stop)
        _, alive = psutil.wait_procs(family, PATIENCE)
        for member in alive:
            with contextlib.suppress(psutil.Error):
                member.kill()
        psutil.wait_procs(alive, PATIENCE)
