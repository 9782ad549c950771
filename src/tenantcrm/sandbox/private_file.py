"""Files with secrets in them: their owner's alone, and always whole."""

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write it with mode 0600; a reader, or a run after a crash, finds the old or the new text."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
