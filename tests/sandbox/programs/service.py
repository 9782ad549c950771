"""A small server: python service.py NAME FOLDER. It answers while FOLDER/NAME.up exists.

Every start adds a line to FOLDER/starts, every SIGTERM one to FOLDER/ends. It fails at once while
FOLDER/NAME.broken exists.
"""

import os
import signal
import sys
import time
from pathlib import Path

name, folder = sys.argv[1], Path(sys.argv[2])


def add(file: str) -> None:
    with (folder / file).open("a") as lines:
        lines.write(name + "\n")


def end(*_: object) -> None:
    (folder / f"{name}.up").unlink(missing_ok=True)
    add("ends")
    sys.exit(0)


add("starts")
if (folder / f"{name}.broken").exists():
    sys.stderr.write(f"{name} is broken\n")
    sys.exit(3)
signal.signal(signal.SIGTERM, end)
(folder / f"{name}.up").write_text(str(os.getpid()))
while True:
    time.sleep(600)
