"""A program that starts two more: one in its own group, one that leaves it, as daemons do.

Writes the process ids of all three to the file in its first argument, then waits. With "stubborn"
as the second argument, none of them heeds SIGTERM.
"""

import os
import signal
import sys
import time
from pathlib import Path

place, stubborn = Path(sys.argv[1]), "stubborn" in sys.argv[2:]
if stubborn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pids = [os.getpid()]
for leaves in (False, True):
    child = os.fork()
    if child == 0:
        if leaves:
            os.setsid()
        time.sleep(600)
    pids.append(child)
part = place.with_suffix(".part")
part.write_text(" ".join(map(str, pids)))
part.rename(place)
time.sleep(600)
