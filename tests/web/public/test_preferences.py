"""What a recipient may choose behind the link of a mail, and in which language it is said."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import select, update

from tenantcrm import clock, languages
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.contacts.models import Contact
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery, Departure
from tenantcrm.delivery.service import scan_tenant
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, UnsubscribeClaim
from tenantcrm.tenants.service import tenants
from tests.fixtures.web import Visitor, visiting
from tests.web.dashboard.conftest import SETTINGS, activated, add_contact, plain, went_to


@dataclass
class Reader:
    """A contact in a campaign, with mail waiting, and the link of an earlier mail."""

    app: Litestar
    owner: Visitor
    database: Database
    claim: UnsubscribeClaim
    link: str
    page: str

    async def look(self, path: str = "", **headers: str) -> Any:
        async with visiting(self.app) as visitor:
            return await visitor.http.get(self.link + path, headers=headers)

    async def choose(self, choice: str, query: str = "") -> str:
        async with visiting(self.app) as visitor:
            path = f"{self.link}/preferences{query}"
            answer = await visitor.http.post(path, data={"choice": choice})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        return answer.text

    async def leave(self) -> str:
        async with visiting(self.app) as visitor:
            return (await visitor.http.post(self.link)).text

    async def mails(self) -> list[tuple[str, str | None]]:
        async with self.database.unit_of_work(self.claim.tenant_id) as session:
            query = select(Delivery.state, Delivery.reason).where(
                Delivery.tenant_id == self.claim.tenant_id,
                Delivery.contact_id == self.claim.contact_id,
            )
            return [(state, reason) for state, reason in await session.execute(query)]

    async def entry(self) -> tuple[str, str | None]:
        async with self.database.unit_of_work(self.claim.tenant_id) as session:
            query = select(Enrollment.state, Enrollment.exit_reason).where(
                Enrollment.tenant_id == self.claim.tenant_id,
                Enrollment.contact_id == self.claim.contact_id,
            )
            state, reason = (await session.execute(query)).one()
            return state, reason

    async def snapshot(self) -> list[Any]:
        async with self.database.unit_of_work(self.claim.tenant_id) as session:
            query = select(Contact.status, Contact.paused_until, Contact.changed).where(
                Contact.tenant_id == self.claim.tenant_id
            )
            found = [tuple(row) for row in await session.execute(query)]
        return [*found, await self.mails(), await self.entry()]


@pytest.fixture
async def reader(
    app: Litestar, owner: Visitor, database: Database, settings: Settings, tenant_of
) -> Reader:
    page = await add_contact(owner, "ada@example.com", name="Ada", attributes="language: en")
    campaign = await activated(owner, day_zero="immediately")
    tenant_id = await tenant_of(owner)
    await scan_tenant(database, tenant_id)
    async with database.unit_of_work(tenant_id) as session:
        facts = await tenants.facts(session)
    ring = Keyring(settings.secret_keys)
    claim = UnsubscribeClaim(
        tenant_id,
        UUID(hex=campaign.rsplit("/", 1)[1]),
        UUID(hex=page.rsplit("/", 1)[1]),
        ring.email_hash(facts.salt, "ada@example.com"),
    )
    token = ring.sign_unsubscribe(claim, facts.salt)
    return Reader(app, owner, database, claim, f"/u/{token}", page)


async def test_looking_at_preferences_changes_nothing(reader: Reader):
    """GET and HEAD of both pages leave every row as it is."""
    before = await reader.snapshot()
    assert before[-2:] == [[("pending", None)], ("active", None)]
    for path in ("", "/preferences", "?lang=de", "/preferences?choice=pause"):
        shown = await reader.look(path)
        assert shown.status_code == 200
        async with visiting(reader.app) as visitor:
            assert (await visitor.http.head(reader.link + path)).status_code == 200
    assert await reader.snapshot() == before


async def test_undo_right_after(reader: Reader):
    """The page after leaving offers a way back for an hour; it brings back person and mail."""
    left = await reader.leave()
    assert "a•••@example.com" in left
    assert "For one hour" in plain(left).replace("for one hour", "For one hour")
    assert (await reader.owner.get(reader.page)).status_code == 404
    assert "Undo" in (await reader.look()).text
    back = await reader.choose("undo")
    assert "You are subscribed again" in back
    shown = (await reader.owner.get(reader.page)).text
    assert "Subscribed" in shown
    assert "Resubscribed" in shown
    assert await reader.mails() == [("pending", None)]
    assert "You are subscribed again" in await reader.choose("undo")


async def test_too_late_to_undo(reader: Reader, database: Database):
    """After the hour nobody is brought back, and the page says so."""
    await reader.leave()
    async with database.control_unit_of_work() as control:
        await control.execute(
            update(Departure)
            .where(Departure.tenant_id == reader.claim.tenant_id)
            .values(undo_until=clock.real_now())
        )
    assert "too late" in await reader.choose("undo")
    assert (await reader.owner.get(reader.page)).status_code == 404


async def test_one_campaign_less(reader: Reader):
    """Leaving one campaign skips its mail and keeps the contact; the way back undoes both."""
    for _ in range(2):
        assert "You left this campaign" in await reader.choose("leave")
        assert await reader.entry() == ("exited", "left")
        assert await reader.mails() == [("skipped", "left")]
    shown = plain((await reader.owner.get(reader.page)).text)
    assert "Subscribed" in shown
    assert "the recipient asked to leave it" in shown
    for _ in range(2):
        assert "You are back" in await reader.choose("return")
        assert await reader.entry() == ("active", None)
        assert await reader.mails() == [("pending", None)]


async def test_whoever_left_does_not_come_in_again(reader: Reader, database: Database):
    """Neither a scan nor a change of the contact takes in again who asked to leave."""
    await reader.choose("leave")
    await reader.owner.post(f"{reader.page}/edit", email="ada@example.com", name="Countess",
                            attributes="language: en")  # fmt: skip
    await scan_tenant(database, reader.claim.tenant_id)
    assert await reader.entry() == ("exited", "left")


async def test_a_pause_and_its_end(reader: Reader, database: Database):
    """For 30 days nothing is due; the contact page says why, and ending it says so, too."""
    paused = await reader.choose("pause", "?lang=de")
    day = (clock.now() + timedelta(days=30)).date()
    days = [languages.language("de").day(day + timedelta(days=n)) for n in (-1, 0, 1)]
    assert any(f"Pause bis zum {shown}" in plain(paused) for shown in days)
    assert "Pause" in (await reader.look("/preferences?lang=de")).text
    shown = plain((await reader.owner.get(reader.page)).text)
    assert "Paused by the recipient" in shown
    assert "The pause is over" in await reader.choose("resume")
    shown = plain((await reader.owner.get(reader.page)).text)
    assert "Paused by the recipient until" not in shown


async def test_strange_choices_do_nothing(reader: Reader):
    """What no button posts shows the page and changes nothing."""
    before = await reader.snapshot()
    for choice in ("", "resubscribe", "UNDO", "x" * 9999, "resume", "return", "undo"):
        await reader.choose(choice)
    assert await reader.snapshot() == before


async def test_every_language(reader: Reader):
    """Each language is chosen by address, says what it is, and offers all others by links."""
    for code in languages.CODES:
        shown = await reader.look(f"?lang={code}", **{"Accept-Language": "fr"})
        words = languages.language(code)
        assert f'<html lang="{code}" dir="{words.direction}">' in shown.text
        assert shown.headers["content-language"] == code
        assert words.page["button"] in shown.text
        for other in languages.CODES:
            assert f'href="{reader.link}?lang={other}"' in shown.text
        assert f'action="{reader.link}?lang={code}"' in shown.text


async def test_whose_language(reader: Reader, owner: Visitor):
    """The address comes first, then the contact, the browser, the tenant, and English at last."""
    german = {"Accept-Language": "de-AT,de;q=0.9"}
    assert (await reader.look("?lang=es", **german)).headers["content-language"] == "es"
    assert (await reader.look(**german)).headers["content-language"] == "en"
    assert (await reader.look("?lang=xx", **german)).headers["content-language"] == "en"
    await owner.post(f"{reader.page}/edit", email="ada@example.com", attributes="language: tlh")
    assert (await reader.look(**german)).headers["content-language"] == "de"
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    saved = await owner.post("/settings", **SETTINGS | {"sender_email": sender, "language": "sv"})
    assert went_to(saved) == "/settings"
    assert (await reader.look()).headers["content-language"] == "sv"
