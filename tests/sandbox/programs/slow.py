"""A module that is loaded once there is the file that LOADED_WITH names."""

import os
import time
from pathlib import Path

while not Path(os.environ["LOADED_WITH"]).exists():
    time.sleep(0.02)
