"""Tracked links and images, by HTTP."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from sqlalchemy import select

from tenantcrm import clock, ids
from tenantcrm.app import create_app
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery, MailEvent
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tests.fixtures.web import serving, visiting

URL = "https://shop.example/offer?a=1&b=%C3%BC#part"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0"}


class Sent:
    """A mail of a tenant that was handed over, long ago for a reader."""

    def __init__(self, database: Database, settings: Settings, tenant_id: UUID) -> None:
        self.database, self.tenant_id, self.id = database, tenant_id, ids.new_id()
        self.signer = Keyring(settings.secret_keys).signer(tenant_id, self.id)
        self.link, self.image = f"/c/{self.signer.link(URL)}", f"/o/{self.signer.image()}"

    async def keep(self) -> None:
        now = clock.now()
        row = Delivery(
            tenant_id=self.tenant_id,
            id=self.id,
            kind="test",
            state="sent",
            recipient="ada@example.com",
            content={},
            due_at=now,
            sent_at=now,
        )
        async with self.database.unit_of_work(self.tenant_id) as session:
            session.add(row)

    async def seen(self) -> list[str]:
        async with self.database.unit_of_work(self.tenant_id) as session:
            query = select(MailEvent.kind).where(MailEvent.tenant_id == self.tenant_id)
            return list((await session.execute(query)).scalars())


@pytest.fixture
async def sent(database: Database, settings: Settings, tenant_id: UUID) -> Sent:
    mail = Sent(database, settings, tenant_id)
    await mail.keep()
    return mail


async def test_a_link_leads_where_its_author_wrote(app: Litestar, sent: Sent):
    """302 to exactly the address, with no cookie, nothing stored and no referrer; it is noted."""
    async with visiting(app) as reader:
        answer = await reader.http.get(sent.link, headers=BROWSER)
    assert answer.status_code == 302
    assert answer.headers["location"] == URL
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert await sent.seen() == ["click"]


async def test_the_image(app: Litestar, sent: Sent):
    """One transparent pixel, which pages of others may show; it is noted."""
    async with visiting(app) as reader:
        answer = await reader.http.get(sent.image, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/gif"
    assert answer.content.startswith(b"GIF89a\x01\x00\x01\x00")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in answer.headers
    assert await sent.seen() == ["open"]


async def test_looking_ahead_is_not_noted(app: Litestar, sent: Sent):
    """HEAD is answered as GET is and counts nothing."""
    async with visiting(app) as scanner:
        link, image = await scanner.http.head(sent.link), await scanner.http.head(sent.image)
    assert (link.status_code, link.headers["location"]) == (302, URL)
    assert (image.status_code, image.content) == (200, b"")
    assert await sent.seen() == []


async def test_a_bad_token_is_not_found(app: Litestar, sent: Sent, settings: Settings):
    """Changed, foreign, for something else, too long: one and the same page, and no way out."""
    stranger = Keyring(("x" * 40,)).signer(sent.tenant_id, sent.id)
    token = sent.signer.link(URL)
    bad = [
        f"/c/{token[:-1]}", f"/c/{token}A", f"/c/{sent.signer.image()}", f"/o/{token}", "/c/x",
        f"/c/{stranger.link(URL)}", f"/o/{stranger.image()}", f"/c/{'A' * 5000}",
        f"/c/{sent.signer.link('https://x.example/' + 'y' * 2000)}",
    ]  # fmt: skip
    pages = set()
    async with visiting(app) as visitor:
        for path in bad:
            answer = await visitor.http.get(path, headers=BROWSER)
            assert answer.status_code == 404, path
            assert "location" not in answer.headers
            assert "set-cookie" not in answer.headers
            pages.add(answer.text.replace(answer.headers["x-request-id"], ""))
    assert len(pages) == 1
    assert await sent.seen() == []


async def test_a_mail_that_is_gone_still_leads(app: Litestar, settings: Settings, tenant_id: UUID):
    """The token alone says where to: what we know of the mail does not matter."""
    signer = Keyring(settings.secret_keys).signer(tenant_id, uuid4())
    async with visiting(app) as reader:
        answer = await reader.http.get(f"/c/{signer.link(URL)}", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, URL)


async def test_the_database_is_away(settings: Settings, sent: Sent):
    """People are sent on, and see the image, while nothing can be noted."""
    away = settings.database_url.rsplit("@", 1)[0] + "@127.0.0.1:1/none"
    app = create_app(replace(settings, database_url=away, control_database_url=away))
    async with serving(app), visiting(app) as reader:
        link = await reader.http.get(sent.link, headers=BROWSER)
        image = await reader.http.get(sent.image, headers=BROWSER)
    assert (link.status_code, link.headers["location"]) == (302, URL)
    assert image.status_code == 200
    assert await sent.seen() == []
