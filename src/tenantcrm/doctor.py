"""What stands between this installation and its work: one line a fault, and what to do."""

import os
from collections.abc import Callable
from email.utils import parseaddr

from botocore.exceptions import BotoCoreError, ClientError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tenantcrm import schema
from tenantcrm.database import AWAY, Database
from tenantcrm.delivery.identities.examining import examine_senders
from tenantcrm.delivery.ses import open_ses
from tenantcrm.delivery.smtp.answers import SmtpError
from tenantcrm.delivery.smtp.sender import try_out
from tenantcrm.errors import ConfigurationError
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import installation

Tell = Callable[[str], None]


async def examine(settings: Settings, tell: Tell) -> list[str]:
    """Look at everything; tell what is well, give what is not."""
    faults: list[str] = []
    faults += await _database(settings, tell)
    faults += await _redis(settings, tell)
    faults += await (_ses if settings.smtp_url is None else _smtp)(settings, tell)
    faults += await _senders(settings, tell)
    faults += _settings(settings, tell)
    return faults


async def _database(settings: Settings, tell: Tell) -> list[str]:
    database = Database(settings, pool_size=2)
    try:
        await schema.check(database)
        async with database.control_unit_of_work() as control:
            fingerprint = Keyring(settings.secret_keys).fingerprint_of_hash_key()
            await installation.check_hash_key(control, fingerprint)
    except ConfigurationError as fault:
        return [str(fault)]
    finally:
        await database.close()
    tell("database: answers, roles are safe, migrations are up to date, the hash key is the same")
    return []


async def _redis(settings: Settings, tell: Tell) -> list[str]:
    redis = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    try:
        found = await redis.info("server")
    except (RedisError, OSError) as fault:
        return [f"TENANTCRM_REDIS_URL: Redis does not answer ({type(fault).__name__})"]
    finally:
        await redis.aclose()
    tell(f"redis: answers, version {found.get('redis_version', 'unknown')}")
    return []


async def _ses(settings: Settings, tell: Tell) -> list[str]:
    try:
        async with open_ses(settings) as ses:
            quota = await ses.quota()
    except (ClientError, BotoCoreError, OSError, TimeoutError) as fault:
        return [f"SES does not answer or does not let us in: {fault}"]
    tell(
        f"ses: {quota.sent_last_day:,.0f} of {quota.a_day:,.0f} mails of the day used, "
        f"{quota.a_second:g} a second"
    )
    faults = []
    if not quota.enabled:
        faults.append("SES: sending is paused or suspended for this account")
    if not quota.production:
        faults.append("SES: the account is in SES's sandbox and mails verified addresses alone")
    return faults


async def _senders(settings: Settings, tell: Tell) -> list[str]:
    database = Database(settings, pool_size=2)
    try:
        return await examine_senders(settings, database, tell)
    except (ClientError, BotoCoreError, *AWAY):
        return []  # That the one or the other does not answer is a fault already.
    finally:
        await database.close()


async def _smtp(settings: Settings, tell: Tell) -> list[str]:
    try:
        words = await try_out(settings)
    except SmtpError as fault:
        return [f"TENANTCRM_SMTP_URL: {fault.outcome.detail or fault.outcome.reason}"]
    tell(f"smtp: {words}")
    system = parseaddr(settings.system_sender)[1].rpartition("@")[2]
    domains = ", ".join(sorted({system, *settings.smtp_domains}))
    tell(f"smtp: senders of {domains} may use it; nobody verifies them")
    if settings.tracking == "ses":
        tell("settings: TENANTCRM_TRACKING=ses counts nothing where mail goes over another server")
    return []


def _settings(settings: Settings, tell: Tell) -> list[str]:
    faults = []
    local = settings.sandbox or settings.ses_endpoint_url is not None
    if not local and not settings.public_url.startswith("https://"):
        faults.append(
            "TENANTCRM_PUBLIC_URL: mailbox providers ask for https:// in unsubscribe links"
        )
    if not os.environ.get("AWS_ACCESS_KEY_ID") and settings.ses_endpoint_url is not None:
        tell("settings: AWS credentials come from the machine's role or profile")
    if not faults:
        tell("settings: complete")
    return faults
