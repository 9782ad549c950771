"""Facts of the installation that must not change under its data."""

from tenantcrm.database import ControlSession
from tenantcrm.errors import ConfigurationError
from tenantcrm.tenants.repository import operators as stored_operators

HASH_KEY = "hash_key_fingerprint"


async def check_hash_key(session: ControlSession, fingerprint: str) -> None:
    """Refuse to start with another key than the one that suppressions were hashed with.

    With another key nobody's unsubscription would be recognised any more.

    Raises:
        ConfigurationError: the last of TENANTCRM_SECRET_KEYS is not the one used so far.
    """
    kept = await stored_operators.remember(session, HASH_KEY, fingerprint)
    if kept != fingerprint:
        raise ConfigurationError(
            "TENANTCRM_SECRET_KEYS: the last key is not the one that this database's suppressions "
            f"were hashed with (expected fingerprint {kept}, got {fingerprint}). To rotate, put "
            "the new key first and leave the old one last."
        )
