"""The home of a sandbox: one folder that holds all of it.

```
HOME/
  lock           who runs it           ready.json     where it answers, while it runs
  secrets.json   passwords, made once  ports.json     the ports of the last run
  clock.json     the time machine      demo.json      the demo's sign-in, once it is made
  postgres/ valkey/ ses/               data
  logs/          one file a process
```
"""

import os
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox import lock, passwords, ports
from tenantcrm.sandbox.addresses import Addresses
from tenantcrm.sandbox.passwords import Passwords


class Home:
    """One home's files."""

    def __init__(self, root: Path) -> None:
        """Name the folder; nothing is touched yet."""
        self.root = root.expanduser().absolute()
        self.lock = self.root / "lock"
        self.secrets = self.root / "secrets.json"
        self.ports = self.root / "ports.json"
        self.clock = self.root / "clock.json"
        self.ready = self.root / "ready.json"
        self.demo = self.root / "demo.json"
        self.logs = self.root / "logs"
        self.postgres = self.root / "postgres"
        self.valkey = self.root / "valkey"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Make the folder where there is none.

        Raises:
            ConfigurationError: it cannot be made or written.
        """
        try:
            # For root's PostgreSQL, which runs as somebody else, the folder is a passage.
            if not self.root.exists():
                self.root.mkdir(parents=True)
                self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self.valkey.mkdir(mode=0o700, exist_ok=True)
            if not os.access(self.root, os.W_OK | os.X_OK):
                raise PermissionError(None, "Permission denied")
        except (FileExistsError, NotADirectoryError) as fault:
            raise ConfigurationError(f"cannot use {self.root}: it is not a folder") from fault
        except OSError as fault:
            raise cannot_use(self.root, fault) from fault

    def passwords(self) -> Passwords:
        """The home's passwords; made when the home is new.

        Raises:
            ConfigurationError: they are damaged, or missing while there are data.
        """
        if self.secrets.exists():
            return passwords.read(self.secrets)
        if (self.postgres / "PG_VERSION").exists():
            raise ConfigurationError(
                f"{self.secrets} is missing and the data cannot be opened without it: put it back "
                f"from a copy, or remove {self.root} to begin anew"
            )
        return passwords.make(self.secrets)


def cannot_use(root: Path, fault: OSError) -> ConfigurationError:
    """One line for a folder that the system keeps from us."""
    return ConfigurationError(f"cannot use {root}: {fault.strerror or fault}")


def settings_environment(root: Path) -> dict[str, str]:
    """The ``TENANTCRM_*`` and ``AWS_*`` variables that speak to the sandbox running in ``root``.

    Raises:
        ConfigurationError: nothing runs there, or its files cannot be read.
    """
    home = Home(root)
    try:
        run = lock.holder(home.lock)
        found = ports.read(home.ports)
        if run is None or found is None or not run.get("url"):
            raise ConfigurationError(
                f"nothing runs in {home.root}: start it with tenantcrm up --home {home.root}"
            )
        addresses = Addresses(passwords.read(home.secrets), found, str(run["host"]))
        return addresses.environment(home.root)
    except OSError as fault:
        raise cannot_use(home.root, fault) from fault
