"""Run every benchmark, one process each, and keep what they print in ``benchmarks/results.md``."""

import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PARTS = (
    "erasing",
    "fairness",
    "idle_tick",
    "imports",
    "outage",
    "queue",
    "rate",
    "rendering",
    "scan",
    "send",
    "simulator",
    "start",
    "upsert",
)
RESULTS = Path(__file__).parent / "results.md"


def main() -> int:
    """Run the parts that are named, or all; the exit status is 1 when one could not be measured."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        print(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 2
    machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    report = [f"# Benchmarks\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}. Made by `make bench`.\n"]
    failed = False
    for name in wanted:
        print(f"== {name}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(done.stdout, flush=True)
        failed |= done.returncode != 0
        report.append(f"## {name}\n\n```\n{done.stdout.strip()}\n```\n")
    RESULTS.write_text("\n".join(report))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
