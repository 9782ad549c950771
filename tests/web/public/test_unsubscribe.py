"""The pages behind unsubscribe links."""

from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, UnsubscribeClaim
from tenantcrm.tenants.service import tenants
from tests.fixtures.web import Visitor, visiting
from tests.web.dashboard.conftest import add_campaign, add_contact, add_message

NIL = UUID(int=0)


@dataclass
class Recipient:
    """A contact, and the link that a mail carried to them."""

    page: str
    link: str
    claim: UnsubscribeClaim
    salt: bytes


@pytest.fixture
async def recipient(owner: Visitor, database: Database, settings: Settings, tenant_of) -> Recipient:
    page = await add_contact(owner, "ada@example.com", name="Ada")
    tenant_id = await tenant_of(owner)
    async with database.unit_of_work(tenant_id) as session:
        facts = await tenants.facts(session)
    ring = Keyring(settings.secret_keys)
    claim = UnsubscribeClaim(
        tenant_id,
        NIL,
        UUID(hex=page.rsplit("/", 1)[1]),
        ring.email_hash(facts.salt, "ada@example.com"),
    )
    return Recipient(page, f"/u/{ring.sign_unsubscribe(claim, facts.salt)}", claim, facts.salt)


async def post(app: Litestar, link: str, **how: object) -> httpx.Response:
    """As a mailbox provider does: without cookies and without having seen the page."""
    async with visiting(app) as provider:
        return await provider.http.post(link, **how)


async def test_looking_changes_nothing(app: Litestar, owner: Visitor, recipient: Recipient):
    """GET and HEAD, however often, leave the contact as it is, and set no cookie."""
    async with visiting(app) as scanner:
        for _ in range(2):
            shown = await scanner.get(recipient.link)
            peeked = await scanner.http.head(recipient.link)
            assert (shown.status_code, peeked.status_code) == (200, 200)
            assert "set-cookie" not in shown.headers
            assert "set-cookie" not in peeked.headers
    assert "a•••@example.com" in shown.text
    assert "ada@example.com" not in shown.text
    assert "<script" not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "Subscribed" in (await owner.get(recipient.page)).text


async def test_one_button_leaves_twice(app: Litestar, owner: Visitor, recipient: Recipient):
    """The button works without session and token, the second time as well, and sets no cookie."""
    for _ in range(2):
        answer = await post(app, recipient.link)
        assert answer.status_code == 200
        assert "You are unsubscribed" in answer.text
        assert "set-cookie" not in answer.headers
    assert (await owner.get(recipient.page)).status_code == 404
    again = await add_contact(owner, "ADA@example.com")
    assert "Unsubscribed" in (await owner.get(again)).text


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
    ],
)
async def test_one_click(app: Litestar, owner: Visitor, recipient: Recipient, how):
    """The POST of RFC 8058, in both encodings, twice: 200, no redirect, no cookie."""
    for _ in range(2):
        answer = await post(app, recipient.link, **how)
        assert answer.status_code == 200
        assert "location" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert (await owner.get(recipient.page)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"nonsense"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense\r\n\r\n\0"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
        ),
        ("application/json", b"{"),
        ("application/x-www-form-urlencoded", b"&" * 20_000),
        ("text/plain", b"List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded", b"%ff=%00&List-Unsubscribe=a&List-Unsubscribe=b"),
    ],
)
async def test_a_strange_body_leaves_too(
    app: Litestar, owner: Visitor, recipient: Recipient, kind: str, content: bytes
):
    """Whoever asks to leave leaves, whatever their mail program wraps around it."""
    answer = await post(app, recipient.link, content=content, headers={"content-type": kind})
    assert answer.status_code == 200
    assert (await owner.get(recipient.page)).status_code == 404


async def test_bad_links_look_alike(app: Litestar, settings: Settings, recipient: Recipient):
    """Forged, foreign, truncated and empty tokens are one 404 page, for GET and POST."""
    ring, claim = Keyring(settings.secret_keys), recipient.claim
    good = recipient.link
    bad = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good[:-4],
        good + "AAAA",
        "/u/" + ring.sign_unsubscribe(claim, b"another tenants salt"),
        "/u/" + Keyring(["y" * 40]).sign_unsubscribe(claim, recipient.salt),
        "/u/" + ring.sign_unsubscribe(claim._replace(tenant_id=UUID(int=7)), recipient.salt),
        "/u/x",
        "/u/" + "A" * 5000,
        "/u/%00",
        "/u/%ff",
    ]
    pages = set()
    async with visiting(app) as visitor:
        for link in bad:
            for answer in (await visitor.get(link), await visitor.http.post(link)):
                assert answer.status_code == 404, link
                assert "set-cookie" not in answer.headers
                pages.add(answer.text.replace(answer.headers["x-request-id"], ""))
    assert len(pages) == 1


async def test_the_sample_link_unsubscribes_nobody(app: Litestar, owner: Visitor):
    """The link of a preview shows the page, says what it is, and changes nothing."""
    contact = await add_contact(owner, "ada@example.com")
    message = await add_message(owner, await add_campaign(owner))
    mail = (await owner.get(f"{message}/preview?as={contact.rsplit('/', 1)[1]}")).text
    link = "/u/" + mail.split("/u/")[1].split('"')[0]
    async with visiting(app) as visitor:
        shown = await visitor.get(link)
        assert "unsubscribes nobody" in shown.text
        left = await visitor.http.post(link)
        assert left.status_code == 200
        assert "unsubscribes nobody" in left.text
    assert "Subscribed" in (await owner.get(contact)).text
