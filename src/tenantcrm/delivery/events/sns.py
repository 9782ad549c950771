"""Messages of Amazon SNS: read, and proved to be from a topic of ours.

The topic is looked at before anything else, so that nobody else's message costs more than that.
Signature version 2 alone (RSA, SHA-256). Nothing that a header says is believed. (Amazon SNS
Developer Guide, "Verifying the signatures of Amazon SNS messages".)
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime, timedelta

import httpx
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tenantcrm import clock
from tenantcrm.delivery.events.certificates import Certificates, is_at, origins
from tenantcrm.delivery.events.errors import CertificateAwayError, RefusedNoticeError

LARGEST = 300_000
"""Bytes of a message: SNS takes 262,144 of content, which JSON in JSON makes longer."""
OLDEST = timedelta(days=60)
"""A message that was signed longer ago is refused: the inbox, which would know it again, keeps
90 days. SQS keeps 14 days at most."""
VERSION = "2"
_NOTIFIED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message as SNS posts it; the names are SNS's own."""

    Type: str
    MessageId: str
    TopicArn: str
    Message: str
    Timestamp: str
    SignatureVersion: str
    Signature: str
    SigningCertURL: str
    Subject: str | None = None
    Token: str | None = None
    SubscribeURL: str | None = None

    @property
    def is_notice(self) -> bool:
        """Whether it tells of an event, and not of a subscription."""
        return self.Type == "Notification"

    def canonical(self) -> bytes:
        """What is signed: name and value of each field in order, a newline after every one."""
        names = _NOTIFIED if self.is_notice else _CONFIRMED
        pairs = ((name, getattr(self, name)) for name in names)
        return "".join(f"{name}\n{value}\n" for name, value in pairs if value is not None).encode()


class Topics:
    """The topics that are listened to, and the proof that a message is from one of them."""

    def __init__(
        self, arns: Iterable[str], *, endpoint: str | None, http: httpx.AsyncClient
    ) -> None:
        """Take the allow-list and what stands in for AWS (None: AWS itself)."""
        self._places = {arn: origins(arn, endpoint) for arn in arns}
        self._certificates = Certificates(http)
        self._http = http

    async def read(self, raw: bytes | str) -> Envelope:
        """The message in a body, verified.

        Raises:
            RefusedNoticeError: it is not one of ours; says why.
            CertificateAwayError: it cannot be told at this moment.
        """
        if len(raw) > LARGEST:
            raise RefusedNoticeError("too_large")
        try:
            envelope = msgspec.json.decode(raw, type=Envelope)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise RefusedNoticeError("unreadable") from None
        allowed = self._places.get(envelope.TopicArn)
        if allowed is None:
            raise RefusedNoticeError("topic")
        if envelope.SignatureVersion != VERSION:
            raise RefusedNoticeError("signature_version")
        _check_age(envelope.Timestamp)
        certificate = await self._certificates.get(envelope.SigningCertURL, allowed)
        try:
            signature = base64.b64decode(envelope.Signature, validate=True)
            certificate.key.verify(signature, envelope.canonical(), PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise RefusedNoticeError("signature") from None
        return envelope

    async def confirm(self, envelope: Envelope) -> None:
        """Confirm a subscription that a verified message offers.

        Raises:
            RefusedNoticeError: its address is not where this topic's may be.
            CertificateAwayError: SNS does not answer: it offers again.
        """
        allowed = self._places[envelope.TopicArn]
        if envelope.SubscribeURL is None or not is_at(envelope.SubscribeURL, allowed):
            raise RefusedNoticeError("confirmation_address")
        try:
            answer = await self._http.get(envelope.SubscribeURL, follow_redirects=False)
        except httpx.HTTPError as fault:
            raise CertificateAwayError from fault
        if not answer.is_success:
            raise RefusedNoticeError("confirmation_refused")


def _check_age(stamp: str) -> None:
    try:
        signed_at = datetime.fromisoformat(stamp)
        age = clock.real_now() - signed_at
    except (ValueError, TypeError):
        raise RefusedNoticeError("timestamp") from None
    # Under the time machine SNS's clock may be any of two.
    if age > OLDEST and not clock.has_time_machine():
        raise RefusedNoticeError("too_old")
