"""Whom PostgreSQL runs as when the sandbox is started by root: it refuses to be root itself."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tenantcrm.errors import ConfigurationError

CANDIDATES = ("nobody", "daemon")
"""Unprivileged users that every system has; none is made."""


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """An unprivileged user by number."""

    uid: int
    gid: int


def service_user(data: Path) -> ServiceUser | None:
    """Whom to run as, or None for the user who runs this.

    Data that an ordinary user's run has made stay that user's, so that they work for both.

    Raises:
        ConfigurationError: this is root and the system knows no unprivileged user.
    """
    if os.geteuid() != 0:
        return None
    if data.is_dir() and data.stat().st_uid != 0:
        return ServiceUser(data.stat().st_uid, data.stat().st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        # macOS writes nobody as -2; the system calls take it as unsigned, as stat() gives it.
        return ServiceUser(entry.pw_uid % 2**32, entry.pw_gid % 2**32)
    raise ConfigurationError(
        "PostgreSQL cannot run as root, and this system has no user called "
        + " or ".join(CANDIDATES)
        + ": start the sandbox as an ordinary user"
    )


def can_use(user: ServiceUser, path: Path, test: str) -> bool:
    """Whether ``user`` passes the shell's ``test`` ("-x", "-w") on ``path``, all folders counted.

    It is tried, not computed: modes are only a part of it (ACLs, mount options, user namespaces).
    """
    tried = subprocess.run(  # noqa: S603 -- a fixed program; the path is an argument of it
        ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        check=False,
        capture_output=True,
    )
    return tried.returncode == 0
