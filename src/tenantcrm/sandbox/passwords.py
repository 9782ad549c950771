"""The passwords of one home: made once, kept in a file that its owner alone may read."""

import json
import re
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox import private_file

_SAFE = re.compile(r"[A-Za-z0-9_-]{24,}")
"""What needs no quoting in a URL, an SQL literal or Valkey's settings."""


def _new() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, repr=False)
class Passwords:
    """PostgreSQL's superuser and the three roles, Valkey, and the key that signs links."""

    superuser: str = field(default_factory=_new)
    owner: str = field(default_factory=_new)
    app: str = field(default_factory=_new)
    control: str = field(default_factory=_new)
    redis: str = field(default_factory=_new)
    secret_key: str = field(default_factory=_new)


def read(path: Path) -> Passwords:
    """Read the file.

    Raises:
        ConfigurationError: it is damaged.
        OSError: it is not there or may not be read.
    """
    try:
        found = json.loads(path.read_text())
    except ValueError as fault:
        raise _damaged(path) from fault
    names = {entry.name for entry in fields(Passwords)}
    if not isinstance(found, dict) or set(found) != names:
        raise _damaged(path)
    if not all(isinstance(value, str) and _SAFE.fullmatch(value) for value in found.values()):
        raise _damaged(path)
    return Passwords(**found)


def _damaged(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is damaged and the data cannot be opened without it: put it back from a copy, "
        f"or remove {path.parent} to begin anew"
    )


def make(path: Path) -> Passwords:
    """Make new ones and write them, whole or not at all."""
    made = Passwords()
    private_file.write(path, json.dumps(asdict(made), indent=1))
    return made
