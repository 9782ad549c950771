"""Server-side sessions in Redis: made at sign-in, never adopted from the client, ended at sign-out.

The cookie holds 256 random bits; Redis knows its SHA-256 alone, so that a copy of Redis signs
nobody in. Losing Redis costs a sign-in.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tenantcrm.errors import TenantCrmError

LIFETIME = timedelta(days=14)
Plane = Literal["dashboard", "operator"]
_PATHS: dict[Plane, str] = {"dashboard": "/", "operator": "/operator"}


class SessionsAwayError(TenantCrmError):
    """Redis does not answer: nobody can sign in, and nothing is lost."""

    status, code, title = 503, "sessions_away", "Signing in is not possible right now"


class SignedIn(Struct, frozen=True, kw_only=True):
    """What a session holds: ids alone. ``tenant_id`` is None on the operator plane."""

    user_id: UUID
    tenant_id: UUID | None = None


class Sessions:
    """The sessions of one plane."""

    def __init__(self, redis: Redis, plane: Plane, *, secure: bool) -> None:
        """Keep sessions of ``plane`` in ``redis``; ``secure``: people come over HTTPS."""
        self._redis = redis
        self._plane = plane
        self._secure = secure

    @property
    def cookie_name(self) -> str:
        """The cookie that carries the session."""
        return f"tcrm_{self._plane}"

    async def start(self, who: SignedIn) -> Cookie:
        """Begin a session under an identifier of our own making; gives its cookie."""
        token = secrets.token_urlsafe(32)
        key, people = self._key(token), self._people(who.user_id)
        seconds = int(LIFETIME.total_seconds())
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(key, msgspec.json.encode(who), ex=seconds)
                pipe.sadd(people, key)
                pipe.expire(people, seconds)
                await pipe.execute()
        except RedisError as fault:
            raise SessionsAwayError from fault
        return self._cookie(token, seconds)

    async def load(self, token: str | None) -> SignedIn | None:
        """Who this is; None for no session, an ended one, or one that never was ours."""
        if not token:
            return None
        key, seconds = self._key(token), int(LIFETIME.total_seconds())
        try:
            found = await self._redis.getex(key, ex=seconds)
            if found is None:
                return None
            who = msgspec.json.decode(found, type=SignedIn)
            # The list by which all of a person's sessions are ended lives as long as they do.
            await self._redis.expire(self._people(who.user_id), seconds)
        except RedisError as fault:
            raise SessionsAwayError from fault
        return who

    async def end(self, token: str | None) -> Cookie:
        """End a session; gives the cookie that forgets it."""
        if token:
            try:
                await self._redis.delete(self._key(token))
            except RedisError as fault:
                raise SessionsAwayError from fault
        return self._cookie("", 0)

    async def end_all(self, user_id: UUID) -> None:
        """End every session of a person: their password changes.

        Raises:
            SessionsAwayError: Redis does not answer; they go on.
        """
        people = self._people(user_id)
        try:
            # redis-py types one method for both of its clients; this one is always awaited.
            keys = await self._redis.smembers(people)  # type: ignore[misc]
            await self._redis.delete(people, *keys)
        except RedisError as fault:
            raise SessionsAwayError from fault

    def _key(self, token: str) -> str:
        return f"session:{self._plane}:{hashlib.sha256(token.encode()).hexdigest()}"

    def _people(self, user_id: UUID) -> str:
        return f"sessions:{self._plane}:{user_id.hex}"

    def _cookie(self, value: str, max_age: int) -> Cookie:
        return Cookie(
            key=self.cookie_name,
            value=value,
            max_age=max_age,
            path=_PATHS[self._plane],
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )
