"""Where the parts of one run answer, and how its processes are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tenantcrm.sandbox.passwords import Passwords
from tenantcrm.sandbox.ports import LOOPBACK, Ports
from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.wires import NAME, QUEUE

DATABASE = "tenantcrm"
Events = Literal["http", "sqs"]
REGION = "us-east-1"
ANYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 -- recognised, not listened on
"""Addresses to listen on that are none to go to."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of one run answers."""

    passwords: Passwords
    ports: Ports
    host: str
    events: Events = "http"
    """How the events of mails come: posted by SNS to web, or fetched from a queue by workers."""

    def database(self, role: str, password: str) -> str:
        """The URL of the database for one role."""
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.ports.postgres}/{DATABASE}"

    @property
    def reach(self) -> str:
        """The host to go to, for what listens on ``host``."""
        return ANYWHERE.get(self.host, self.host)

    def _public(self, port: int) -> str:
        host = f"[{self.reach}]" if ":" in self.reach else self.reach
        return f"http://{host}:{port}"

    @property
    def ready(self) -> dict[str, str | int]:
        """What ``ready.json`` says."""
        return {
            "url": self.url,
            "inbox_url": self.inbox,
            "ses_endpoint_url": self.ses,
            "database_url": self.app_database,
            "redis_url": self.redis,
            "pid": os.getpid(),
        }

    @property
    def url(self) -> str:
        """The dashboard and the API."""
        return self._public(self.ports.web)

    @property
    def ses(self) -> str:
        """The SES simulator."""
        return self._public(self.ports.ses)

    @property
    def webhook(self) -> str:
        """Where SNS posts the events of mails."""
        return f"{self.url}/webhooks/ses"

    @property
    def inbox(self) -> str:
        """The page with every mail that was sent."""
        return f"{self.ses}/inbox"

    @property
    def app_database(self) -> str:
        """The database as the role that the application works as."""
        return self.database("tenantcrm_app", self.passwords.app)

    @property
    def redis(self) -> str:
        """Valkey."""
        return f"redis://:{self.passwords.redis}@{LOOPBACK}:{self.ports.redis}/0"

    def environment(self, home: Path) -> dict[str, str]:
        """The settings of every process of the sandbox, see :mod:`tenantcrm.settings`."""
        theirs = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
        # No proxy stands between the parts of one machine.
        direct = ",".join(filter(None, (LOOPBACK, "localhost", "::1", self.host, theirs)))
        queue = f"{self.ses}/{ACCOUNT}/{QUEUE}" if self.events == "sqs" else ""
        return {
            "NO_PROXY": direct,
            "no_proxy": direct,
            "TENANTCRM_DATABASE_URL": self.app_database,
            "TENANTCRM_CONTROL_DATABASE_URL": self.database(
                "tenantcrm_control", self.passwords.control
            ),
            "TENANTCRM_OWNER_DATABASE_URL": self.database("tenantcrm_owner", self.passwords.owner),
            "TENANTCRM_REDIS_URL": self.redis,
            "TENANTCRM_SECRET_KEYS": self.passwords.secret_key,
            "TENANTCRM_PUBLIC_URL": self.url,
            "TENANTCRM_SES_ENDPOINT_URL": self.ses,
            "TENANTCRM_SES_REGION": REGION,
            "TENANTCRM_SES_CONFIGURATION_SET": NAME,
            "TENANTCRM_SNS_TOPIC_ARNS": f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}",
            "TENANTCRM_SQS_QUEUE_URL": queue,
            "TENANTCRM_SANDBOX_HOME": str(home),
            "TENANTCRM_INBOX_URL": self.inbox,
            "TENANTCRM_WEB_HOST": self.host,
            "TENANTCRM_WEB_PORT": str(self.ports.web),
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": REGION,
            # A person's own AWS profile must not leak into the sandbox, nor be asked for.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def merged(ours: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with ``ours`` in place of whatever else speaks to the product.

    Whatever a person has in the shell, a sandbox must never reach the real database or real SES.
    """
    theirs = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TENANTCRM_", "AWS_", "PG"))
    }
    # With "python -m" a file in the current folder would come before the packages.
    return {**theirs, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", **ours}
