"""Make, list, replace, revoke and recognise API keys."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from tenantcrm import clock, ids
from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import KeyMadeError, KeyReplacedError
from tenantcrm.tenants.keys import hash_key, looks_like_key, new_api_key
from tenantcrm.tenants.models import ApiKey, Mode
from tenantcrm.tenants.repository import keys as stored_keys
from tenantcrm.tenants.schemas import KeyIdentity, KeyRow, NewKey, TenantFacts
from tenantcrm.tenants.service import audit

PREFIX_LENGTH = len("tcrm_live_") + 4
OVERLAPS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
"""For how long a replaced key works beside the new one."""


async def create(
    session: TenantSession,
    *,
    name: str,
    mode: Mode,
    scopes: list[str],
    created_by: UUID | None = None,
    key_id: UUID | None = None,
) -> NewKey:
    """Make a key. The text is in the result alone: only its SHA-256 is kept.

    ``key_id``: chosen by the form, so that sending it twice makes one key; a new one, if left out.

    Raises:
        InvalidError: the name is empty or a scope is unknown.
        KeyMadeError: there is a key of this id.
    """
    text = new_api_key(mode)
    key = ApiKey(
        tenant_id=session.tenant_id,
        id=key_id or ids.new_id(),
        name=rules.check_name(name),
        key_hash=hash_key(text),
        prefix=text[:PREFIX_LENGTH],
        last_four=text[-4:],
        mode=mode,
        scopes=rules.check_scopes(scopes),
        created_by=created_by,
    )
    session.add(key)
    try:
        await session.flush()
    except IntegrityError as fault:
        raise KeyMadeError from fault
    changes: audit.Changes = {"mode": (None, key.mode), "scopes": (None, key.scopes)}
    await _note(session, "created", key, _actor(created_by), changes)
    return NewKey(id=key.id, key=text)


async def authenticate(session: ControlSession, text: str) -> KeyIdentity | None:
    """Whose key this is; None for none, a revoked or expired one, or one with a bad checksum."""
    if not looks_like_key(text):
        return None
    now = clock.now()
    found = await stored_keys.key_by_hash(session, hash_key(text), now)
    if found is None:
        return None
    key, tenant = found
    await stored_keys.mark_used(session, key, now)
    return KeyIdentity(
        key_id=key.id,
        name=key.name,
        mode=Mode(key.mode),
        scopes=frozenset(key.scopes),
        tenant=TenantFacts.of(tenant),
        expires_at=key.expires_at,
    )


async def listed(session: TenantSession) -> list[KeyRow]:
    """The tenant's keys, revoked ones last."""
    return await stored_keys.listed(session)


async def find(session: TenantSession, key_id: UUID) -> KeyRow:
    """One of the tenant's keys.

    Raises:
        NotFoundError: there is none.
    """
    for row in await stored_keys.listed(session):
        if row.id == key_id:
            return row
    raise NotFoundError("There is no such key")


async def rotate(session: TenantSession, key_id: UUID, *, overlap: str, by: UUID) -> NewKey:
    """Make a key that takes another's place; the old one works on for a while (:data:`OVERLAPS`).

    Raises:
        NotFoundError: the tenant has no such key in use.
        KeyReplacedError: it was replaced already.
        InvalidError: there is no such overlap.
    """
    key = await _in_use(session, key_id, clock.now())
    if key.expires_at is not None:
        raise KeyReplacedError
    if overlap not in OVERLAPS:
        words = f"Expected one of {', '.join(OVERLAPS)}"
        raise InvalidError.of("/overlap", "invalid_value", words)
    key.expires_at = clock.now() + OVERLAPS[overlap]
    made = await create(
        session, name=key.name, mode=Mode(key.mode), scopes=list(key.scopes), created_by=by
    )
    await _note(session, "replaced", key, _actor(by), {"expires_at": (None, key.expires_at)})
    return made


async def revoke(session: TenantSession, key_id: UUID, *, by: UUID | None = None) -> None:
    """Stop a key at once.

    Raises:
        NotFoundError: the tenant has no such key in use.
    """
    now = clock.now()
    key = await _in_use(session, key_id, now)
    key.revoked_at = now
    await session.flush()
    await _note(session, "revoked", key, _actor(by), {})


async def _in_use(session: TenantSession, key_id: UUID, now: datetime) -> ApiKey:
    key = await stored_keys.lock(session, key_id)
    over = key is not None and key.expires_at is not None and key.expires_at <= now
    if key is None or key.revoked_at is not None or over:
        raise NotFoundError("There is no such key in use")
    return key


def _actor(user_id: UUID | None) -> str:
    return f"user:{user_id.hex}" if user_id else "command"


async def _note(
    session: TenantSession, action: str, key: ApiKey, actor: str, changes: audit.Changes
) -> None:
    await audit.record(
        session,
        actor=actor,
        action=action,
        subject="key",
        subject_id=key.id,
        name=f"{key.name} ({key.prefix}…{key.last_four})",
        changes=changes,
    )
