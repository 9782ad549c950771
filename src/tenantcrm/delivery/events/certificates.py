"""The certificates that SNS signs with: where they may come from, and what they must be.

An address in a notice is an invitation to fetch from anywhere. So it is followed to one place
alone, the SNS of the topic's own region, or the endpoint that stands in for AWS; no redirect, no
other port, no query, a small answer. (Amazon SNS Developer Guide, "Verifying the signatures of
Amazon SNS messages".)
"""

import asyncio
import re
import time
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tenantcrm import clock
from tenantcrm.delivery.events.errors import CertificateAwayError, RefusedNoticeError

LARGEST = 20_000
"""Bytes of a certificate; SNS's have about 2,000."""
KEPT = 16
"""Certificates in memory; SNS has one or two a region."""
FETCHES, PER_SECONDS = 10, 60.0
"""Fetches that a process does at most in that time: nobody makes it fetch without end."""
SECONDS = 5.0
SMALLEST_KEY = 2048
_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem")


class Certificate(NamedTuple):
    """A key and the time in which it may sign."""

    key: rsa.RSAPublicKey
    begins: datetime
    ends: datetime


def origins(topic_arn: str, endpoint: str | None) -> frozenset[str]:
    """Where a topic's certificates and confirmations may be (scheme and host, with a port).

    Args:
        topic_arn: one of the configured topics.
        endpoint: what stands in for AWS, such as a sandbox; None: AWS itself.
    """
    _, partition, _, region = topic_arn.split(":")[:4]
    domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    found = {f"https://sns.{region}.{domain}"}
    if endpoint is not None:
        found.add(_origin(endpoint) or "")
    return frozenset(found - {""})


def is_at(url: str, allowed: frozenset[str]) -> bool:
    """Whether an address is in one of the places: exactly that scheme, host and port."""
    return _origin(url) in allowed


def _origin(url: str) -> str | None:
    """Scheme, host and port as they are written; None for what is no plain address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}"


class Certificates:
    """The certificates that one process knows."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """``http`` follows no redirects."""
        self._http = http
        self._kept: dict[str, Certificate] = {}
        self._lock = asyncio.Lock()
        self._fetched: list[float] = []

    async def get(self, url: str, allowed: frozenset[str]) -> Certificate:
        """The certificate at an address, valid now (on the machine's clock).

        Raises:
            RefusedNoticeError: it may not come from there, or is not what it must be.
            CertificateAwayError: it cannot be had at this moment.
        """
        parts = urlsplit(url) if is_at(url, allowed) else None
        if parts is None or not _PATH.fullmatch(parts.path) or parts.query or parts.fragment:
            raise RefusedNoticeError("certificate_address")
        async with self._lock:
            found = self._kept.get(url)
            if found is None:
                found = _read(await self._fetch(url))
                while len(self._kept) >= KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[url] = found
        if not found.begins <= clock.real_now() <= found.ends:
            raise RefusedNoticeError("certificate_expired")
        return found

    async def _fetch(self, url: str) -> bytes:
        now = time.monotonic()
        self._fetched = [at for at in self._fetched if now - at < PER_SECONDS]
        if len(self._fetched) >= FETCHES:
            raise CertificateAwayError
        self._fetched.append(now)
        try:
            async with (
                asyncio.timeout(SECONDS),
                self._http.stream("GET", url, follow_redirects=False) as answer,
            ):
                if answer.status_code >= 500:  # noqa: PLR2004 - it may be there in a moment
                    raise CertificateAwayError
                if answer.status_code != 200:  # noqa: PLR2004 - a redirect is one of these
                    raise RefusedNoticeError("certificate_not_there")
                return await _limited(answer)
        except (httpx.HTTPError, TimeoutError) as fault:
            raise CertificateAwayError from fault


async def _limited(answer: httpx.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > LARGEST:
            raise RefusedNoticeError("certificate_too_large")
    return body


def _read(pem: bytes) -> Certificate:
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
    except ValueError:
        raise RefusedNoticeError("certificate_unreadable") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise RefusedNoticeError("certificate_key")
    return Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc)
