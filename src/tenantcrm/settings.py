"""Every setting, read from the environment once and refused early with a sentence."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from tenantcrm.errors import ConfigurationError
from tenantcrm.proxies import LOOPBACK, read_proxies

T = TypeVar("T")
MINIMUM_SECRET = 32
HIGHEST_PORT = 65535
SMTP_PORTS = {"smtps": 465, "smtp": 587}
"""Where mail is handed over, encrypted from the start or by STARTTLS (RFC 8314, 7.3; RFC 6409)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process needs to know. Secrets are left out of ``repr``."""

    database_url: str = field(repr=False)
    control_database_url: str = field(repr=False)
    owner_database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(repr=False)
    public_url: str = "http://127.0.0.1:8000"
    ses_endpoint_url: str | None = None
    ses_region: str = "us-east-1"
    ses_configuration_set: str | None = None
    sns_topic_arns: tuple[str, ...] = ()
    sqs_queue_url: str | None = None
    """A queue that the topics feed, polled by workers; None: events come over HTTP alone."""
    ses_tenants: bool = False
    """Whether each tenant is one of SES's tenants too, with a reputation of its own."""
    smtp_url: str | None = field(default=None, repr=False)
    """Mail goes to this server instead of SES."""
    smtp_domains: tuple[str, ...] = ()
    """Whose addresses may send through that server; the system sender's domain may in any case."""
    tracking: str = "own"
    """Who rewrites links and adds the pixel, for campaigns that ask for it: ``own`` or ``ses``."""
    system_sender: str = "tenantcrm <no-reply@tenantcrm.invalid>"
    sandbox_home: Path | None = None
    """Set by ``tenantcrm up`` alone: the home whose time machine and inbox this process uses."""
    inbox_url: str | None = None
    web_host: str = "127.0.0.1"
    web_port: int = 8000
    web_workers: int = 1
    trusted_proxies: tuple[str, ...] = LOOPBACK
    """Whose ``X-Forwarded-For`` is believed: attempts are counted by the client's address."""
    metrics_token: str | None = field(default=None, repr=False)
    worker_metrics_port: int | None = None
    """Where a worker answers ``/metrics``, or on the next free port; None: nowhere."""
    worker_metrics_host: str = "127.0.0.1"
    ses_rate: int = 14
    """Mails a second while SES has not said what the account may send."""
    send_concurrency: int = 50
    """SES requests in flight per worker process."""
    worker_processes: int = 1
    """How many worker processes run in all: shares out the rate when Redis is away."""

    @property
    def sandbox(self) -> bool:
        """Whether this process belongs to ``tenantcrm up``."""
        return self.sandbox_home is not None

    @property
    def secure_cookies(self) -> bool:
        """Cookies are ``Secure`` wherever people come over HTTPS."""
        return self.public_url.startswith("https://")


def _url(schemes: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.netloc:
            raise ValueError(f"takes a URL such as {schemes[0]}://host/…")
        return text.rstrip("/")

    return read


def _database(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"postgresql", "postgres", "postgresql+asyncpg"} or not parts.hostname:
        raise ValueError("takes postgresql://user:password@host:port/database")
    return "postgresql+asyncpg://" + text.split("://", 1)[1]


def _secrets(text: str) -> tuple[str, ...]:
    keys = tuple(k.strip() for k in text.split(",") if k.strip())
    if not keys or any(len(k) < MINIMUM_SECRET for k in keys):
        raise ValueError(
            f"takes one or more secrets of at least {MINIMUM_SECRET} characters, comma separated; "
            "the first signs, all verify"
        )
    return keys


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"takes a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"takes {' or '.join(words)}")
        return text

    return read


def _yes(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("takes yes or no")
    return text == "yes"


def _text(text: str) -> str:
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _smtp(text: str) -> str:
    words = "takes smtps://user:password@host:port, or smtp://… for STARTTLS"
    try:
        parts = urlsplit(text)
        good = parts.scheme in SMTP_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(words)
    if parts.username is None and parts.password is not None:
        raise ValueError(words)
    return text.rstrip("/")


def _domains(text: str) -> tuple[str, ...]:
    domains = tuple(domain.lower() for domain in _list(text))
    if not all(domain.isascii() and "." in domain and "@" not in domain for domain in domains):
        raise ValueError("takes domains, comma separated, such as example.com, mail.example.org")
    return domains


def _topics(text: str) -> tuple[str, ...]:
    arns = _list(text)
    if not all(re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+", arn) for arn in arns):
        raise ValueError("takes topics such as arn:aws:sns:us-east-1:123456789012:tenantcrm")
    return arns


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ValueError("takes the folder of a running sandbox")
    return path


_READERS: dict[str, Callable[[str], object]] = {
    "DATABASE_URL": _database,
    "CONTROL_DATABASE_URL": _database,
    "OWNER_DATABASE_URL": _database,
    "REDIS_URL": _url(("redis", "rediss")),
    "SECRET_KEYS": _secrets,
    "PUBLIC_URL": _url(("https", "http")),
    "SES_ENDPOINT_URL": _url(("https", "http")),
    "SES_REGION": _text,
    "SES_CONFIGURATION_SET": _text,
    "SNS_TOPIC_ARNS": _topics,
    "SQS_QUEUE_URL": _url(("https", "http")),
    "SES_TENANTS": _yes,
    "SMTP_URL": _smtp,
    "SMTP_DOMAINS": _domains,
    "TRACKING": _one_of("own", "ses"),
    "SYSTEM_SENDER": _text,
    "SANDBOX_HOME": _folder,
    "INBOX_URL": _url(("http",)),
    "WEB_HOST": _text,
    "WEB_PORT": _whole(1, HIGHEST_PORT),
    "WEB_WORKERS": _whole(1, 64),
    "TRUSTED_PROXIES": read_proxies,
    "METRICS_TOKEN": _text,
    "WORKER_METRICS_PORT": _whole(1, HIGHEST_PORT),
    "WORKER_METRICS_HOST": _text,
    "SES_RATE": _whole(1, 100_000),
    "SEND_CONCURRENCY": _whole(1, 1000),
    "WORKER_PROCESSES": _whole(1, 10_000),
}
REQUIRED = (
    "DATABASE_URL",
    "CONTROL_DATABASE_URL",
    "OWNER_DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEYS",
    "PUBLIC_URL",
)


def load(
    environ: Mapping[str, str] | None = None, *, needs: tuple[str, ...] = REQUIRED
) -> Settings:
    """Read and check the settings.

    Args:
        environ: the environment; the process's own when left out.
        needs: the settings without which this process cannot work (names without prefix).

    Raises:
        ConfigurationError: one line per setting that is missing or malformed.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {
        name.lower(): ""
        for name in ("DATABASE_URL", "CONTROL_DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")
    }
    values["secret_keys"] = ()
    faults = []
    for name, read in _READERS.items():
        text = environ.get(f"TENANTCRM_{name}", "").strip()
        if not text:
            if name in needs:
                faults.append(f"TENANTCRM_{name} is not set: it {_takes(read)}")
            continue
        try:
            values[name.lower()] = read(text)
        except ValueError as fault:
            faults.append(f"TENANTCRM_{name} is malformed: it {fault}")
    if faults:
        raise ConfigurationError("\n".join(faults))
    return Settings(**values)  # type: ignore[arg-type] # each reader gives its field's type


def _takes(read: Callable[[str], object]) -> str:
    try:
        read("?")
    except ValueError as words:
        return str(words)
    return "takes text"
