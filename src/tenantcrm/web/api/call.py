"""One call of the API: who calls, what was sent, and the unit of work that it runs in."""

import re
from collections.abc import AsyncGenerator, Collection
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import unquote
from uuid import UUID

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from msgspec import Struct

from tenantcrm.contacts.filters.literals import as_moment
from tenantcrm.contacts.service import Hasher
from tenantcrm.database import AnyTenantSession, TenantSession
from tenantcrm.errors import InvalidError, NotFoundError, TenantCrmError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import KeyIdentity, TenantFacts
from tenantcrm.web.api.body import read_body
from tenantcrm.web.api.idempotency import IDEMPOTENCY_KEY, Promise, begin
from tenantcrm.web.api.limits import rate_headers
from tenantcrm.web.api.parameters import read_parameters
from tenantcrm.web.dependencies import AnyRequest, services

S = TypeVar("S", bound=Struct)
T = TypeVar("T", bound=AnyTenantSession)
LARGEST_BODY: Final = 1_000_000
"""Bytes, unless a handler says otherwise."""
LARGEST_LIMIT: Final = 200
USUAL_LIMIT: Final = 50
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON = re.compile(
    r"application/(?:json|merge-patch\+json)(?:\s*;\s*charset=\"?utf-8\"?)?\s*", re.IGNORECASE
)


class NotJsonError(TenantCrmError):
    """The body is of a type that no call takes."""

    status, code, title = 415, "not_json", "The body is not application/json"


class Nothing(Struct, forbid_unknown_fields=True):
    """The body of a call that takes none."""


class AnyCall(Generic[T]):
    """What a handler of the API has in its hand; see ``web/api/__init__.py`` for how to write one.

    ``session`` is one unit of work: it commits before the answer starts, and rolls back when the
    handler raises.
    """

    def __init__(
        self, request: AnyRequest, session: T, body: bytes, promise: Promise | None
    ) -> None:
        """Put together by :func:`provide_call`."""
        self.request = request
        self.session = session
        self.key: KeyIdentity = request.user
        self._body = body
        self._promise = promise

    @property
    def tenant(self) -> TenantFacts:
        """The tenant whose key it is."""
        return self.key.tenant

    @property
    def mode(self) -> Mode:
        """Live or test: a key sees the contacts of its mode alone."""
        return self.key.mode

    @property
    def actor(self) -> str:
        """Who does it, as activities name it."""
        return f"key:{self.key.key_id}"

    @property
    def hasher(self) -> Hasher:
        """The keyed hash of the tenant's addresses."""
        keyring, salt = services(self.request).keyring, self.tenant.salt
        return lambda email_key: keyring.email_hash(salt, email_key)

    def read(self, shape: type[S]) -> S:
        """The body as ``shape``.

        Raises:
            NotJsonError: it says that it is something else.
            InvalidError: with every fault of it.
        """
        _check_type(self.request)
        return read_body(self._body, shape)

    def read_optional(self, shape: type[S]) -> S:
        """The body as ``shape``, whose fields all have defaults; no body is an empty one."""
        return self.read(shape) if self._body else shape()

    def read_nothing(self) -> None:
        """Refuse a body that says anything: this call takes none, and would not do what it says.

        Raises:
            InvalidError: it is something other than an empty object.
        """
        self.read_optional(Nothing)

    def parameters(self, *known: str) -> dict[str, str]:
        """The parameters of the query.

        Raises:
            InvalidError: one is not among ``known``, or occurs twice.
        """
        return read_parameters(self.request, *known)

    def tail(self, prefix: str) -> str:
        """What follows ``prefix`` in the path, each character as the client meant it."""
        raw: bytes = self.request.scope.get("raw_path") or b""
        text = raw.partition(b"?")[0].decode("ascii", "replace")
        try:
            return unquote(text.partition(prefix)[2], errors="strict")
        except UnicodeDecodeError:
            raise NotFoundError from None

    async def answer(
        self,
        content: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        about: UUID | None = None,
        people: Collection[UUID] = (),
    ) -> Response[bytes]:
        """The answer, as JSON; kept where the request carried an Idempotency-Key.

        ``about``: the contact whom it shows. ``people``: those whom it shows, where the call
        only reads.
        """
        body = b"" if status == 204 else msgspec.json.encode(content)  # noqa: PLR2004
        headers = headers or {}
        if self._promise is not None:
            await self._promise.keep(status, body, headers, about, people)
        return Response(
            body,
            status_code=status,
            media_type="application/json",
            headers={**rate_headers(self.request), **headers},
        )


class ApiCall(AnyCall[TenantSession]):
    """A call whose unit of work may do anything."""


class ApiQuickCall(AnyCall[AnyTenantSession]):
    """A call that mostly runs on the driver itself."""


Call: TypeAlias = NamedDependency[ApiCall]
"""What a handler names the type of its parameter ``call``."""
QuickCall: TypeAlias = NamedDependency[ApiQuickCall]
"""The same for ``quick``."""


async def provide_call(request: AnyRequest) -> AsyncGenerator[ApiCall, None]:
    """The call, in its unit of work.

    The body is read first, so that a slow client holds no connection to the database.
    """
    key: KeyIdentity = request.user
    writes = request.method not in _READING
    body = await _body_of(request) if writes else b""
    async with services(request).database.unit_of_work(key.tenant.id) as session:
        promise = await begin(request, session, key.mode, body) if writes else None
        yield ApiCall(request, session, body, promise)


async def provide_quick_call(request: AnyRequest) -> AsyncGenerator[ApiQuickCall, None]:
    """The call in a unit of work on the driver itself, unless its answer is to be kept."""
    key: KeyIdentity = request.user
    body = await _body_of(request)
    database = services(request).database
    if IDEMPOTENCY_KEY in request.headers:
        async with database.unit_of_work(key.tenant.id) as session:
            promise = await begin(request, session, key.mode, body)
            yield ApiQuickCall(request, session, body, promise)
    else:
        async with database.direct_unit_of_work(key.tenant.id) as direct:
            yield ApiQuickCall(request, direct, body, None)


async def _body_of(request: AnyRequest) -> bytes:
    """The whole body. Litestar calls a client that went away a fault of the server's; it is none.

    Raises:
        TenantCrmError: the client went away in the middle of it.
    """
    try:
        return await request.body()
    except InternalServerException as fault:
        raise TenantCrmError("The body ended before its end") from fault


def _check_type(request: AnyRequest) -> None:
    given = request.headers.get("Content-Type", "")
    if not _JSON.fullmatch(given):
        said = f", not {given[:100]}" if given else ""
        raise NotJsonError(f"Send the body as Content-Type: application/json{said}")
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.casefold() != "identity":
        raise NotJsonError(f"Send the body without Content-Encoding, not as {coding[:40]}")


def read_limit(parameters: dict[str, str]) -> int:
    """How many rows a page has.

    Raises:
        InvalidError: it is no whole number from 1 to :data:`LARGEST_LIMIT`.
    """
    text = parameters.get("limit", str(USUAL_LIMIT))
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= LARGEST_LIMIT:
        raise InvalidError.of(
            "/limit", "out_of_range", f"limit is a whole number from 1 to {LARGEST_LIMIT}"
        )
    return int(text)


def read_moment(parameters: dict[str, str], name: str) -> datetime | None:
    """The moment that a parameter names, in UTC; a date is its first instant.

    Raises:
        InvalidError: there is no such date or time.
    """
    text = parameters.get(name)
    if text is None:
        return None
    # A plus sign that was not escaped arrives as a space.
    moment = as_moment(re.sub(r" (?=\d\d:\d\d$)", "+", text))
    if moment is None:
        raise InvalidError.of(
            f"/{name}",
            "invalid_time",
            "Expected a time such as 2026-01-31T09:30:00Z, or a date",
        )
    return moment.start
