"""Make, list, revoke and recognise API keys."""

from uuid import UUID

from tenantcrm import clock, ids
from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants import rules
from tenantcrm.tenants.keys import hash_key, looks_like_key, new_api_key
from tenantcrm.tenants.models import ApiKey, Mode
from tenantcrm.tenants.repository import keys as stored_keys
from tenantcrm.tenants.schemas import KeyIdentity, KeyRow, NewKey, TenantFacts

PREFIX_LENGTH = len("tcrm_live_") + 4


async def create(
    session: TenantSession,
    *,
    name: str,
    mode: Mode,
    scopes: list[str],
    created_by: UUID | None = None,
) -> NewKey:
    """Make a key. The text is in the result alone: only its SHA-256 is kept.

    Raises:
        InvalidError: the name is empty or a scope is unknown.
    """
    text = new_api_key(mode)
    key = ApiKey(
        tenant_id=session.tenant_id,
        id=ids.new_id(),
        name=rules.check_name(name),
        key_hash=hash_key(text),
        prefix=text[:PREFIX_LENGTH],
        last_four=text[-4:],
        mode=mode,
        scopes=rules.check_scopes(scopes),
        created_by=created_by,
    )
    session.add(key)
    await session.flush()
    return NewKey(id=key.id, key=text)


async def authenticate(session: ControlSession, text: str) -> KeyIdentity | None:
    """Whose key this is; None for no key, a revoked one, or one with a wrong checksum."""
    if not looks_like_key(text):
        return None
    found = await stored_keys.key_by_hash(session, hash_key(text))
    if found is None:
        return None
    key, tenant = found
    await stored_keys.mark_used(session, key, clock.now())
    return KeyIdentity(
        key_id=key.id,
        name=key.name,
        mode=Mode(key.mode),
        scopes=frozenset(key.scopes),
        tenant=TenantFacts.of(tenant),
    )


async def listed(session: TenantSession) -> list[KeyRow]:
    """The tenant's keys, revoked ones last."""
    return await stored_keys.listed(session)


async def revoke(session: TenantSession, key_id: UUID) -> None:
    """Stop a key at once.

    Raises:
        NotFoundError: the tenant has no such key in use.
    """
    if not await stored_keys.revoke_key(session, key_id, clock.now()):
        raise NotFoundError("There is no such key in use")
