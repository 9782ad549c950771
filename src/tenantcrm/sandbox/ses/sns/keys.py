"""The key that notifications are signed with, and its certificate, made once and kept."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tenantcrm import clock
from tenantcrm.sandbox.ses.sns.canonical import PREFIX

_BITS = 2048
"""As SNS's own; signing costs 1 to 2 ms."""
_EXPONENT = 65537
_LASTS = timedelta(days=3650)
_HOST = "sns.amazonaws.com"


@dataclass(frozen=True)
class Key:
    """A private key and the certificate that names its public half."""

    private: RSAPrivateKey
    certificate: bytes
    """PEM."""

    @cached_property
    def name(self) -> str:
        """The file name that its certificate is served under."""
        digest = hashlib.md5(self.certificate, usedforsecurity=False).hexdigest()
        return f"{PREFIX}{digest}.pem"

    def sign(self, data: bytes, *, version: str) -> str:
        """The signature in base64: SHA-256 for version 2, SHA-1 for version 1."""
        digest = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303 -- version 1 is that
        return b64encode(self.private.sign(data, PKCS1v15(), digest)).decode()


def made() -> Key:
    """A new key with a certificate that it signed itself."""
    private = generate_private_key(_EXPONENT, _BITS)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _HOST)])
    now = clock.real_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LASTS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOST)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    return Key(private, certificate.public_bytes(Encoding.PEM))


def kept(folder: Path) -> Key:
    """The key of this folder; made when there is none."""
    place, certificate = folder / "sns.key.pem", folder / "sns.pem"
    if place.exists() and certificate.exists():
        private = load_pem_private_key(place.read_bytes(), None)
        if isinstance(private, RSAPrivateKey):
            return Key(private, certificate.read_bytes())
    key = made()
    secret = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place.touch(mode=0o600)
    place.write_bytes(secret)
    # Last, so that a certificate without its key is never found.
    certificate.write_bytes(key.certificate)
    return key
