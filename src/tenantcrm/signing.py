"""Keys derived from the master secrets, and the signed tokens that links carry.

The first secret signs, all verify: to rotate, put a new one first. The *last* secret, the oldest,
keys the hashes of addresses, which are stored and so must stay comparable; start-up refuses when
it has changed.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tenantcrm import clock

KEY_BYTES, MAC_BYTES, HASH_BYTES, UUID_BYTES, STAMP_BYTES, TIME_BYTES = 32, 16, 32, 16, 32, 8
UNSUBSCRIBE_VERSION, USER_VERSION = b"\x01", b"\x02"
OPEN_VERSION, CLICK_VERSION = b"\x03", b"\x04"
UNSUBSCRIBE_BYTES = 1 + 3 * UUID_BYTES + HASH_BYTES + MAC_BYTES
TRACKED_BYTES = 1 + 2 * UUID_BYTES + MAC_BYTES
"""Of a token that tells of a mail; a click's has the URL besides."""
LONGEST_URL = 2000
"""Bytes of a URL that a token takes: with it, an address stays shorter than browsers allow."""
USER_BYTES = 1 + UUID_BYTES + TIME_BYTES + STAMP_BYTES + MAC_BYTES
NO_STAMP = bytes(STAMP_BYTES)
_NO_SALT = b"tenantcrm"


class UnsubscribeClaim(NamedTuple):
    """What an unsubscribe link says: of which tenant, from which campaign, whom.

    The address's hash makes the link good for years, also after the contact was erased and made
    anew. ``campaign_id`` and ``contact_id`` are the nil UUID where there is none.
    """

    tenant_id: UUID
    campaign_id: UUID
    contact_id: UUID
    email_hash: bytes


class UserClaim(NamedTuple):
    """What a link for a person says. ``stamp``: what it is bound to, such as the old password."""

    user_id: UUID
    expires_at: datetime
    stamp: bytes


class TrackedClaim(NamedTuple):
    """What a tracked link or image says: of which mail, and where it leads (empty: an image)."""

    tenant_id: UUID
    delivery_id: UUID
    url: str = ""


@lru_cache(maxsize=4096)
def _derive(secret: str, salt: bytes, purpose: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=purpose.encode())
    return hkdf.derive(secret.encode())


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:MAC_BYTES]


def _quick_mac(key: bytes, body: bytes) -> bytes:
    """A keyed BLAKE2b (RFC 7693, 2.9): a quarter of an HMAC's time, and a mail has many links."""
    return hashlib.blake2b(body, key=key, digest_size=MAC_BYTES).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str, length: int, version: bytes, *, longest: int = 0) -> bytes | None:
    """The bytes of a token in its one canonical spelling; None for anything else.

    ``length``: of the token in bytes, or with ``longest`` the least that it has.
    """
    longest = longest or length
    if len(token) > 2 * longest:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if not length <= len(raw) <= longest or raw[:1] != version or _encode(raw) != token:
        return None
    return raw


class Keyring:
    """The master secrets of this installation."""

    def __init__(self, secret_keys: tuple[str, ...]) -> None:
        """Keep the secrets in their order."""
        if not secret_keys:
            raise ValueError("a keyring needs at least one secret")
        self._secrets = secret_keys

    def derive(self, salt: bytes, purpose: str) -> list[bytes]:
        """The 32-byte keys of a tenant for a purpose (HKDF-SHA256, RFC 5869), newest first."""
        return [_derive(secret, salt, purpose) for secret in self._secrets]

    def fingerprint_of_hash_key(self) -> str:
        """Tells the key that hashes addresses from another, without telling the key."""
        key = _derive(self._secrets[-1], _NO_SALT, "fingerprint")
        return hashlib.sha256(key).hexdigest()[:16]

    def email_hash_key(self, salt: bytes) -> bytes:
        """The key of :meth:`email_hash`, for whoever hashes addresses by the million."""
        return _derive(self._secrets[-1], salt, "email-hash")

    def email_hash(self, salt: bytes, email_key: str) -> bytes:
        """The keyed hash (32 bytes) that a tenant's suppressions know an address by."""
        return hmac.digest(self.email_hash_key(salt), email_key.encode(), hashlib.sha256)

    def sign_unsubscribe(self, claim: UnsubscribeClaim, salt: bytes) -> str:
        """The token of an unsubscribe link, signed with the tenant's key; it never expires."""
        body = b"".join(
            (
                UNSUBSCRIBE_VERSION,
                claim.tenant_id.bytes,
                claim.campaign_id.bytes,
                claim.contact_id.bytes,
                claim.email_hash,
            )
        )
        return _encode(body + _mac(self.derive(salt, "unsubscribe")[0], body))

    @staticmethod
    def tenant_of(token: str) -> UUID | None:
        """The tenant that a token names, not yet verified: whose salt to verify it with."""
        raw = _decode(token, UNSUBSCRIBE_BYTES, UNSUBSCRIBE_VERSION)
        return None if raw is None else UUID(bytes=raw[1:17])

    def read_unsubscribe(self, token: str, salt: bytes) -> UnsubscribeClaim | None:
        """What the token says, or None when it was not signed with a key of this tenant."""
        raw = _decode(token, UNSUBSCRIBE_BYTES, UNSUBSCRIBE_VERSION)
        if raw is None or not self._signed(raw, salt, "unsubscribe"):
            return None
        tenant, campaign, contact = (UUID(bytes=raw[at : at + UUID_BYTES]) for at in (1, 17, 33))
        return UnsubscribeClaim(tenant, campaign, contact, raw[49:81])

    def sign_user_token(
        self, purpose: str, user_id: UUID, expires_at: datetime, stamp: bytes = NO_STAMP
    ) -> str:
        """A token for one person and purpose, until ``expires_at`` (machine time)."""
        until = int(expires_at.timestamp()).to_bytes(TIME_BYTES, "big")
        body = USER_VERSION + user_id.bytes + until + stamp
        return _encode(body + _mac(self.derive(_NO_SALT, f"user:{purpose}")[0], body))

    def read_user_token(self, purpose: str, token: str) -> UserClaim | None:
        """What the token says, or None when it is not ours, not for this, or too old."""
        raw = _decode(token, USER_BYTES, USER_VERSION)
        if raw is None or not self._signed(raw, _NO_SALT, f"user:{purpose}"):
            return None
        until = int.from_bytes(raw[17:25], "big")
        if until < clock.real_now().timestamp():
            return None
        return UserClaim(UUID(bytes=raw[1:17]), datetime.fromtimestamp(until, UTC), raw[25:57])

    def signer(self, tenant_id: UUID, delivery_id: UUID) -> "TrackedSigner":
        """What signs the links and the image of one mail; their tokens never expire.

        The key is the tenant's by its id, not by its salt: a click is sent on, and was made by
        us, also while the database that keeps the salts is away.
        """
        return TrackedSigner(self.derive(tenant_id.bytes, "track")[0], tenant_id, delivery_id)

    def read_open(self, token: str) -> TrackedClaim | None:
        """What the token of an image says, or None when it was not signed here."""
        return self._tracked(_decode(token, TRACKED_BYTES, OPEN_VERSION))

    def read_click(self, token: str) -> TrackedClaim | None:
        """What the token of a link says, or None: then there is nowhere to lead to."""
        longest = TRACKED_BYTES + LONGEST_URL
        return self._tracked(_decode(token, TRACKED_BYTES + 1, CLICK_VERSION, longest=longest))

    def _tracked(self, raw: bytes | None) -> TrackedClaim | None:
        if raw is None:
            return None
        body, given = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        keys = self.derive(raw[1:17], "track")
        matches = [hmac.compare_digest(_quick_mac(key, body), given) for key in keys]
        if not any(matches):
            return None
        tenant, delivery = (UUID(bytes=raw[at : at + UUID_BYTES]) for at in (1, 17))
        return TrackedClaim(tenant, delivery, body[33:].decode("ascii"))

    def _signed(self, raw: bytes, salt: bytes, purpose: str) -> bool:
        body, given = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        matches = [hmac.compare_digest(_mac(k, body), given) for k in self.derive(salt, purpose)]
        return any(matches)


class TrackedSigner:
    """Signs the links and the image of one mail."""

    __slots__ = ("_key", "_mail")

    def __init__(self, key: bytes, tenant_id: UUID, delivery_id: UUID) -> None:
        """Keep what all tokens of the mail share."""
        self._key = key
        self._mail = tenant_id.bytes + delivery_id.bytes

    def image(self) -> str:
        """The token of the image."""
        body = OPEN_VERSION + self._mail
        return _encode(body + _quick_mac(self._key, body))

    def link(self, url: str) -> str:
        """The token of a link that leads to ``url``: in ASCII, of :data:`LONGEST_URL` at most."""
        body = CLICK_VERSION + self._mail + url.encode("ascii")
        return _encode(body + _quick_mac(self._key, body))
