"""The demo of a sandbox: a tenant with a campaign that runs, a few contacts, and a key.

Run as a program in the sandbox's environment; writes ``demo.json`` in the home when all is there.
"""

import argparse
import asyncio
import json
import secrets
from pathlib import Path
from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.models import DayZero, Format
from tenantcrm.campaigns.schemas import MessageInput, NewCampaign
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.database import ControlSession, Database, TenantSession
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.sandbox import private_file
from tenantcrm.settings import load
from tenantcrm.signing import Keyring
from tenantcrm.tenants import passwords
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys, people, tenants

EMAIL = "demo@example.com"
ACTOR = "system"
MAILS = Path(__file__).parent / "demo_mails"
PEOPLE = (
    ("ada@example.com", "Ada Lovelace", "en", "pro", 3),
    ("kurt@example.com", "Kurt Gödel", "de", "free", 1),
    ("chien@example.com", "Chien-Shiung Wu", "en", "free", 2),
)
MESSAGES = (
    (0, "Welcome to Bean & Leaf, {{ contact.name | default: 'friend' }}", "welcome.html"),
    (2, "Three minutes to a better cup", "tip.html"),
    (5, "Your first bag is on us", "offer.html"),
)


async def make(home: Path) -> None:
    """Make the demo, at the first start of a home."""
    settings = load()
    clock.follow(home / "clock.json")
    database = Database(settings, pool_size=2)
    keyring = Keyring(settings.secret_keys)
    password = f"demo-{secrets.token_urlsafe(9)}"
    try:
        async with database.control_unit_of_work() as control:
            tenant_id = await _tenant(control, await passwords.hash_password(password))
        async with database.unit_of_work(tenant_id) as session:
            key = await keys.create(
                session, name="Demo backend", mode=Mode.LIVE, scopes=list(SCOPES)
            )
            await _contacts(session, keyring)
            await _campaign(session, SesSenders(settings))
    finally:
        await database.close()
    private_file.write(
        home / "demo.json",
        json.dumps({"email": EMAIL, "password": password, "api_key": key.key}),
    )


async def _tenant(control: ControlSession, password_hash: str) -> UUID:
    """The demo's tenant; one that a first start had made before it was cut short is taken on."""
    address = normalise(EMAIL)
    made = await people.find(control, address.key)
    if made is None:
        made = await people.sign_up(
            control,
            business="Bean & Leaf",
            email=address.email,
            email_key=address.key,
            password_hash=password_hash,
            timezone="Europe/London",
            postal_address="Bean & Leaf Ltd\n1 Roastery Lane\nLondon E1 6AN",
        )
    else:
        await people.replace_password_hash(control, made.user_id, password_hash)
    await people.verify_email(control, made.user_id)
    return made.tenant_id


async def _contacts(session: TenantSession, keyring: Keyring) -> None:
    salt = (await tenants.facts(session)).salt
    for email, name, language, plan, seats in PEOPLE:
        given = ContactInput(
            name=name, attributes={"language": language, "plan": plan, "seats": seats}
        )
        await contacts.upsert_by_email(
            session,
            email,
            given,
            mode=Mode.LIVE,
            hasher=lambda email_key: keyring.email_hash(salt, email_key),
        )


async def _campaign(session: TenantSession, senders: SesSenders) -> None:
    if (await campaigns.listed(session, limit=1)).rows:
        return
    messages = [
        MessageInput(
            subject=subject,
            send_day=day,
            html_template=(MAILS / name).read_text(),
            format=Format.HTML,
        )
        for day, subject, name in MESSAGES
    ]
    new = NewCampaign(
        name="Welcome mail English",
        contact_filter="language=en",
        preferred_send_time="10:00",
        day_zero=DayZero.IMMEDIATELY,
        messages=messages,
        active=True,
    )
    await campaigns.create(session, new, senders=senders, actor=ACTOR)


def main() -> None:
    """Read the home from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    asyncio.run(make(parser.parse_args().home))


if __name__ == "__main__":
    main()
