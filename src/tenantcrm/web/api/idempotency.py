"""``Idempotency-Key``: the first answer to a write is kept for 24 hours and given again.

The answer is kept in the transaction of the work itself: either both are there or neither. A
refusal changes nothing and is not kept, so a corrected request may carry the same key. An answer
that shows a contact goes when the contact does.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm import clock
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.errors import ConflictError, InvalidError, NotFoundError
from tenantcrm.tenants.models import IdempotentResponse
from tenantcrm.tenants.repository import answers
from tenantcrm.tenants.repository.answers import SEVERAL
from tenantcrm.web.dependencies import AnyRequest

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 255
IDEMPOTENCY_KEY = "Idempotency-Key"


class InProgressError(ConflictError):
    """A request with the same key is under way."""

    code, title = "idempotency_in_progress", "A request with this Idempotency-Key is under way"

    def __init__(self) -> None:
        """Say when to ask again."""
        super().__init__("The first request with this key has no answer yet; try again in a second")
        self.headers = {"Retry-After": "1"}


class KeyReusedError(InvalidError):
    """The key came with another request before."""

    code, title = "idempotency_key_reused", "This Idempotency-Key belongs to another request"


class ReplayedError(Exception):
    """Ends a request whose answer is there already; rolls back nothing but a lock."""

    def __init__(self, kept: IdempotentResponse) -> None:
        """Carry the answer to the exception handler."""
        super().__init__()
        self.kept = kept


@dataclass(frozen=True, slots=True)
class Promise:
    """A request whose answer shall be kept."""

    session: TenantSession
    mode: str
    key: str
    request_hash: bytes

    async def keep(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        about: UUID | None = None,
        people: Collection[UUID] = (),
    ) -> None:
        """Keep the answer, in the transaction of the work. ``about``: the contact it shows;
        ``people``: those whom a call shows that only reads, and can read again. They are held from
        here on: an erasure either finds the answer, or was before it.
        """
        for one in sorted(people):
            if await contacts.lock(self.session, one) is None:
                return
        if about is not None and await contacts.lock(self.session, about) is None:
            status, body, headers, about = NotFoundError.status, b"", {}, None
        now = clock.real_now()
        values: dict[str, Any] = {
            "mode": self.mode,
            "key": self.key,
            "request_hash": self.request_hash,
            "status": status,
            "body": body,
            "headers": headers,
            "created_at": now,
            "contact_id": SEVERAL if people else about,
        }
        await answers.keep(self.session, values, until=now - KEPT_FOR)


class RequestHash:
    """Tells a request from another: by its method, address and body, which is fed as it comes."""

    def __init__(self, request: AnyRequest) -> None:
        """No body has come yet."""
        path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        head = b" ".join((request.method.encode(), path, request.scope["query_string"]))
        self._hash = hashlib.sha256(hashlib.sha256(head).digest())

    def update(self, body: bytes) -> None:
        """The next bytes of the body."""
        self._hash.update(body)

    def digest(self) -> bytes:
        """The hash of all of it."""
        return self._hash.digest()


async def begin(
    request: AnyRequest, session: TenantSession, mode: str, body: bytes
) -> Promise | None:
    """What the request promises to keep; None where it carries no key.

    Raises:
        ReplayedError: the same request was answered before.
        InvalidError: the key is malformed, or came with another request before.
        InProgressError: a request with this key is under way.
    """
    hashed = RequestHash(request)
    hashed.update(body)
    return await begin_with(request, session, mode, hashed)


async def begin_with(
    request: AnyRequest, session: TenantSession, mode: str, hashed: RequestHash
) -> Promise | None:
    """The same of a request whose body was hashed as it came."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidError.of(
            "",
            "invalid_idempotency_key",
            f"An {IDEMPOTENCY_KEY} has 1 to {LONGEST_KEY} printable ASCII characters",
        )
    promise = Promise(session, mode, key, hashed.digest())
    if not await answers.lock(session, number_of(session.tenant_id, mode, key)):
        raise InProgressError
    kept = await answers.kept(session, mode, key)
    if kept is not None and kept.created_at > clock.real_now() - KEPT_FOR:
        if kept.request_hash == promise.request_hash:
            raise ReplayedError(kept)
        raise KeyReusedError.of(
            "",
            KeyReusedError.code,
            "This Idempotency-Key came with another request; take a new key for a new request",
        )
    return promise


def replay(kept: IdempotentResponse, headers: dict[str, str]) -> Response[bytes]:
    """The kept answer, marked as such, with the headers of today."""
    return Response(
        kept.body,
        status_code=kept.status,
        media_type="application/json",
        headers={**kept.headers, **headers, "Idempotent-Replayed": "true"},
    )


def number_of(tenant_id: UUID, mode: str, key: str) -> int:
    """What is locked for a key while its first request is under way."""
    text = f"idempotency:{tenant_id}:{mode}:{key}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
