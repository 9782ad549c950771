"""How long ``tenantcrm up`` takes from nothing to ready, and the memory that it has then; printed.

Ready is when ``ready.json`` is there: everything answers, and the demo is made. Memory is what
psutil calls PSS: pages that several processes share count once, in parts.

``python -m benchmarks.start [RUNS]``
"""

import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

RUNS = 5
READY_WITHIN = 300.0
MB = 1_000_000


def start(home: Path) -> tuple[float, float]:
    """Start it in a home that is not there yet and stop it; seconds to ready, and MB by then."""
    argv = [sys.executable, "-m", "tenantcrm.cli", "up", "--home", str(home)]
    with (home.parent / "told").open("wb") as told:
        begun = time.monotonic()
        up = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=told, stderr=told)
    try:
        while not (home / "ready.json").exists():
            if up.poll() is not None or time.monotonic() - begun > READY_WITHIN:
                raise SystemExit((home.parent / "told").read_text())
            time.sleep(0.01)
        took = time.monotonic() - begun
        family = [psutil.Process(up.pid), *psutil.Process(up.pid).children(recursive=True)]
        return took, sum(one.memory_full_info().pss for one in family) / MB
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)


def main(runs: int) -> None:
    """Start it so often, each time anew."""
    took, memory = [], []
    for _ in range(runs):
        folder = Path(tempfile.mkdtemp(prefix="tenantcrm-start-"))
        # The user that PostgreSQL runs as has to reach its files.
        folder.chmod(0o755)
        try:
            seconds, megabytes = start(folder / "home")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        took.append(seconds)
        memory.append(megabytes)
        print(f"ready after {seconds:.1f} s, {megabytes:.0f} MB", flush=True)
    print(f"the median of {runs}: {statistics.median(took):.1f} s, ", end="")
    print(f"{statistics.median(memory):.0f} MB in all")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
