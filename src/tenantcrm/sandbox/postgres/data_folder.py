"""Where PostgreSQL's data lie, and how they come to be."""

import hashlib
import os
import secrets
import shutil
from pathlib import Path

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.postgres.installation import MAJOR, SHELF
from tenantcrm.sandbox.service_user import ServiceUser, can_use


def found(folder: Path, user: ServiceUser | None) -> bool:
    """Whether there are data in ``folder`` already.

    Raises:
        ConfigurationError: they are of another version, or PostgreSQL's user cannot reach them.
    """
    if folder.is_symlink() and not folder.exists():
        raise ConfigurationError(f"{folder} points to {folder.readlink()}, which is gone")
    if not folder.exists():
        return False
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ConfigurationError(f"cannot read {folder}: it is another user's")
    version = folder / "PG_VERSION"
    if not version.exists():
        if any(folder.iterdir()):
            raise ConfigurationError(f"{folder} has something else than a database in it")
        return False
    major = version.read_text().strip()
    if major != MAJOR:
        raise ConfigurationError(
            f"{folder} is of PostgreSQL {major}, this is {MAJOR}: dump it with the release that "
            "made it, or remove it to begin anew"
        )
    if user is not None and not can_use(user, folder.resolve(), "-w"):
        raise ConfigurationError(
            f"PostgreSQL cannot run as root, and its user (id {user.uid}) cannot reach {folder}"
        )
    return True


def draft(folder: Path, user: ServiceUser | None) -> Path:
    """An empty folder that is to become ``folder``, see :func:`settle`; its user can write it.

    Half-made data of a start that was killed are thrown away with the draft they are in.
    """
    made = folder.with_name(folder.name + ".new")
    _empty(made, user)
    if user is None or can_use(user, made, "-w"):
        return made
    # The home is below a folder that PostgreSQL's user may not enter, such as /root (mode 0700):
    # opening that to everybody is not ours to do, so the data go where system services keep theirs.
    made.rmdir()
    # With the device: a home that is missing because its disk is not mounted is not a new one.
    place = f"{folder.absolute()} {folder.parent.stat().st_dev}"
    home = hashlib.sha256(place.encode()).hexdigest()[:16]
    shelf = SHELF / "data"
    shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
    for old in shelf.glob(f"{home}-*"):
        # The home at this path is new, so these belong to one that was removed.
        shutil.rmtree(old)
    made = shelf / f"{home}-{secrets.token_hex(4)}"
    _empty(made, user)
    if not can_use(user, made, "-w"):
        raise ConfigurationError(
            f"PostgreSQL cannot run as root, and its user (id {user.uid}) can use neither "
            f"{folder.parent} nor {shelf}: start the sandbox as an ordinary user"
        )
    return made


def settle(made: Path, folder: Path) -> None:
    """Put the finished draft in its place: from here on there are data."""
    if made.parent == folder.parent:
        made.rename(folder)
    else:
        folder.symlink_to(made)


def _empty(folder: Path, user: ServiceUser | None) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
