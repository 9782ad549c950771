"""Mails of what is being written, kept a while for the preview's frame and nowhere else."""

import re
import secrets
import zlib
from uuid import UUID

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

KEPT = 1800
"""Seconds. A tab writes over its own, so it has one however much is typed."""
_TOKEN = re.compile(r"[0-9a-f]{32}")


class Draft(Struct, frozen=True):
    """A mail as a chosen contact would get it."""

    html: str
    text: str


def new_token(given: str = "") -> str:
    """The token of a tab: the one that it has, or a new one."""
    return given if _TOKEN.fullmatch(given) else secrets.token_hex(16)


async def keep(redis: "Redis", tenant_id: UUID, token: str, draft: Draft) -> None:
    """Keep a draft for its frame. Without Redis the frame says that it is gone."""
    data = zlib.compress(msgspec.json.encode(draft), 1)
    try:
        await redis.set(_key(tenant_id, token), data, ex=KEPT)
    except RedisError:
        return


async def find(redis: "Redis", tenant_id: UUID, token: str) -> Draft | None:
    """The draft; None: there is none of this tenant, or it was kept too long ago."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        data = await redis.get(_key(tenant_id, token))
    except RedisError:
        return None
    return None if data is None else msgspec.json.decode(zlib.decompress(data), type=Draft)


def _key(tenant_id: UUID, token: str) -> str:
    return f"draft:{tenant_id.hex}:{token}"
