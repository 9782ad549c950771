"""An SNS of the tests' own: signs what it is told to, and serves its certificate."""

import base64
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

TOPIC = "arn:aws:sns:us-east-1:000000000000:tenantcrm"
PEM = "/SimpleNotificationService-0123456789abcdef.pem"
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@cache
def key(name: str = "sns") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(name: str = "sns", *, begins: int = -1, ends: int = 1) -> bytes:
    """A certificate of a key, valid between so many days from now."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .sign(key(name), SHA256())
    )
    return made.public_bytes(Encoding.PEM)


class Sns:
    """Signs and serves; ``fetched`` are the paths that were asked for."""

    def __init__(self) -> None:
        self.url = ""
        self.fetched: list[str] = []
        self.pages: dict[str, web.Response] = {}
        self.pem = certificate()

    def envelope(self, message: Any, **more: Any) -> dict[str, Any]:
        """A signed message; ``more`` replaces fields before it is signed."""
        version = more.get("SignatureVersion", "2")
        signer = more.pop("signer", "sns")
        fields = {
            "Type": "Notification",
            "MessageId": secrets.token_hex(16),
            "TopicArn": TOPIC,
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "SignatureVersion": version,
            "SigningCertURL": self.url + PEM,
        } | more
        names = SIGNED.get(fields["Type"], SIGNED[""])
        text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields).encode()
        digest = SHA1() if version == "1" else SHA256()
        signature = key(signer).sign(text, PKCS1v15(), digest)
        return {**fields, "Signature": base64.b64encode(signature).decode()}

    async def _serve(self, request: web.Request) -> web.Response:
        self.fetched.append(request.path_qs)
        if request.path in self.pages:
            return self.pages[request.path]
        if request.path == PEM:
            return web.Response(body=self.pem)
        if request.query.get("Action") == "ConfirmSubscription":
            return web.Response(text="<ConfirmSubscriptionResponse/>")
        return web.Response(status=404)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Sns"]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()
