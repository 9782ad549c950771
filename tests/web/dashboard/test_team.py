"""The team: invitations, roles, leaving, and people with several businesses."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import asyncpg
import pytest
from litestar import Litestar

from tenantcrm import clock
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tests.fixtures.web import PASSWORD, Visitor, visiting
from tests.web.dashboard.conftest import SETTINGS, plain, went_to
from tests.web.posted_forms import forms_of, pressed

TEAM = "/settings/team"


@pytest.fixture
async def past(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection past row-level security: the mailed link is made of what stands there."""
    connection = await asyncpg.connect(f"postgresql://super@{settings.database_url.split('@')[1]}")
    yield connection
    await connection.close()


@pytest.fixture
async def boss(owner: Visitor, past, tenant_of) -> Visitor:
    """An owner who has confirmed their address, and so may invite."""
    await past.execute(
        "UPDATE users u SET email_verified_at = now() FROM memberships m"
        " WHERE m.user_id = u.id AND m.tenant_id = $1",
        await tenant_of(owner),
    )
    return owner


def somebody() -> str:
    return f"{secrets.token_hex(6)}@example.org"


@pytest.fixture
def link(past, settings: Settings) -> Callable[[str], Awaitable[str]]:
    """The address that the mail to somebody leads to."""

    async def link(email: str) -> str:
        row = await past.fetchrow("SELECT id, stamp FROM invites WHERE email = $1", email)
        until = clock.real_now() + timedelta(days=7)
        token = Keyring(settings.secret_keys).sign_user_token(
            "invite", row["id"], until, row["stamp"]
        )
        return f"/invitation/{token}"

    return link


@pytest.fixture
async def joined(app: Litestar, boss: Visitor, link) -> AsyncIterator[Callable]:
    """Lets somebody new into the team in a role; gives them, signed in, and their address."""
    async with AsyncExitStack() as stack:

        async def joined(role: str) -> tuple[Visitor, str]:
            email = somebody()
            assert went_to(await boss.post(TEAM, email=email, role=role)) == TEAM
            visitor = await stack.enter_async_context(visiting(app))
            there = await visitor.post(await link(email), name="Grace", password=PASSWORD)
            assert went_to(there) == "/"
            return visitor, email

        yield joined


async def path_of(boss: Visitor, past, email: str) -> str:
    user = await past.fetchval("SELECT id FROM users WHERE email = $1", email)
    return f"{TEAM}/members/{user.hex}"


async def test_a_new_person_joins(boss: Visitor, visitor: Visitor, link):
    """An invitation says who invites to what; a name and a password later they are in, once."""
    email = somebody()
    await boss.post(TEAM, email=email, role="editor")
    assert email in plain((await boss.get(TEAM)).text)
    address = await link(email)
    page = plain((await visitor.get(address)).text)
    assert "Join Vinr" in page
    assert "Editor" in page
    refused = await visitor.post(address, name="", password="short")
    assert refused.status_code == 422
    assert "Your name is needed" in refused.text
    assert "at least 10" in refused.text
    assert went_to(await visitor.post(address, name="Grace Hopper", password=PASSWORD)) == "/"
    assert "Welcome to Vinr" in (await visitor.get("/")).text
    assert "Grace Hopper" in (await boss.get(TEAM)).text
    assert (await visitor.get(address)).status_code == 404
    assert (await visitor.get("/contacts/new")).status_code == 200
    assert (await visitor.http.post("/settings", data={})).status_code == 403


async def test_somebody_with_an_account_joins_and_switches(
    boss: Visitor, rival: Visitor, past, tenant_of, link
):
    """With an account it takes one click; then the menu leads from one business to the other."""
    theirs = await past.fetchval(
        "SELECT email FROM users JOIN memberships ON user_id = id WHERE tenant_id = $1",
        await tenant_of(rival),
    )
    await boss.post(TEAM, email=theirs, role="admin")
    address = await link(theirs)
    assert f"Join as {theirs}" in (await rival.get(address)).text
    old = await rival.token("/settings")
    assert went_to(await rival.post(address)) == "/"
    stale = await rival.http.post("/settings", data={**SETTINGS, "_csrf_token": old})
    assert stale.status_code == 403, "a form of the one business is not saved to the other"
    page = (await rival.get("/")).text
    assert "Welcome to Vinr" in page
    old = await rival.token("/settings")
    other = re.search(r'name="tenant" value="([0-9a-f]{32})"', page)
    assert other
    answer = await rival.post("/settings/account/switch", page="/", tenant=other.group(1))
    assert went_to(answer) == "/"
    assert "You are in Rival now." in (await rival.get("/")).text
    # A form that was open before is of the other business, and is not saved to this one.
    stale = await rival.http.post("/settings", data={**SETTINGS, "_csrf_token": old})
    assert stale.status_code == 403
    answer = await rival.post("/settings/account/switch", page="/", tenant="0" * 32)
    assert "do not belong" in (await rival.get(went_to(answer))).text


async def test_a_form_is_repeated_in_its_own_business_alone(
    boss: Visitor, rival: Visitor, past, tenant_of, link
):
    """Signing in again leads back into the business of the form, unless one is not in it now."""
    own, other = await tenant_of(rival), await tenant_of(boss)
    me, theirs = await past.fetchrow(
        "SELECT id, email FROM users JOIN memberships ON user_id = id WHERE tenant_id = $1", own
    )

    async def repeated() -> int:
        form = {**SETTINGS, "_csrf_token": await rival.token("/settings")}
        rival.http.cookies.delete("tcrm_dashboard")
        asked = await rival.http.post("/settings", data=form)
        assert (asked.status_code, "What you sent is kept" in asked.text) == (401, True)
        assert went_to(await rival.post("/sign-in", email=theirs, password=PASSWORD)) == "/"
        return (await rival.http.post("/settings", data=form)).status_code

    assert await repeated() == 303, "whoever has one business loses nothing"
    await boss.post(TEAM, email=theirs, role="admin")
    assert went_to(await rival.post(await link(theirs))) == "/"
    assert await repeated() == 303, "the younger business, to which the form belongs"
    await rival.get("/settings")
    form = {**SETTINGS, "_csrf_token": await rival.token("/settings"), "name": "Typed"}
    await past.execute("DELETE FROM memberships WHERE tenant_id = $1 AND user_id = $2", other, me)
    asked = await rival.http.post("/settings", data=form)
    door = next(one for one in forms_of(asked) if one.action == "/sign-in")
    typed = dict(door.values()) | {"email": theirs, "password": PASSWORD}
    shown = await rival.http.post("/sign-in", data=typed)
    assert "You are in another business" in shown.text
    assert "Typed" in shown.text, "it can be copied"
    assert [one.action for one in forms_of(shown)] == [], "and is sent to no other business"
    assert (await rival.http.post("/settings", data=form)).status_code == 403


async def test_an_account_needs_its_password(boss: Visitor, visitor: Visitor, joined, link, past):
    """Whoever finds somebody's link cannot join as them."""
    _, email = await joined("viewer")
    await boss.post((await path_of(boss, past, email)) + "/remove", page=TEAM)
    await boss.post(TEAM, email=email, role="viewer")
    address = await link(email)
    assert "You have an account already" in (await visitor.get(address)).text
    assert (await visitor.post(address, password="not the password")).status_code == 422
    assert (await visitor.get("/")).status_code == 303
    for answer in await pressed(visitor, address, password=PASSWORD):
        assert went_to(answer) == "/", "and joins once, however often it is pressed"


async def test_links_end(boss: Visitor, visitor: Visitor, past, link):
    """A link ends when the invitation is sent again, withdrawn, or a week old."""
    email = somebody()
    await boss.post(TEAM, email=email, role="viewer")
    first = await link(email)
    invite = await past.fetchval("SELECT id FROM invites WHERE email = $1", email)
    path = f"{TEAM}/invites/{invite.hex}"
    assert went_to(await boss.post(f"{path}/resend", page=TEAM)) == TEAM
    second = await link(email)
    assert (await visitor.get(first)).status_code == 404
    assert (await visitor.get(second)).status_code == 200
    await past.execute("UPDATE invites SET expires_at = now() WHERE id = $1", invite)
    assert (await visitor.get(second)).status_code == 404
    assert "Expired" in (await boss.get(TEAM)).text
    await boss.post(f"{path}/resend", page=TEAM)
    third = await link(email)
    assert (await visitor.get(third)).status_code == 200
    assert went_to(await boss.post(f"{path}/withdraw", page=TEAM)) == TEAM
    assert (await visitor.get(third)).status_code == 404
    assert (await boss.post(f"{path}/withdraw", page=TEAM)).status_code == 404


@pytest.mark.parametrize(
    ("email", "role", "words"),
    [
        ("", "editor", "is needed"),
        ("nobody", "editor", "Expected an address"),
        ("a@example.org", "king", "Expected one of owner, admin"),
    ],
)
async def test_refused_with_words(boss: Visitor, email: str, role: str, words: str):
    """What cannot be invited is 422, with what was typed."""
    answer = await boss.post(TEAM, email=email, role=role)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{email}"' in answer.text


async def test_nobody_is_invited_twice(boss: Visitor, joined):
    """Neither who is in the team already, nor who has an invitation."""
    _, email = await joined("viewer")
    assert "in the team already" in (await boss.post(TEAM, email=email, role="editor")).text
    email = somebody()
    await boss.post(TEAM, email=email, role="editor")
    answer = await boss.post(TEAM, email=email.upper(), role="viewer")
    assert "invited already" in answer.text


async def test_a_stranger_invites_nobody(owner: Visitor):
    """Whoever has not confirmed an address cannot have us write to others."""
    words = "Confirm your own address first"
    assert words in (await owner.get(TEAM)).text, "said before a form is filled in for nothing"
    answer = await owner.post(TEAM, email=somebody(), role="editor")
    assert answer.status_code == 422
    assert words in answer.text


async def test_roles_change_at_once(boss: Visitor, joined, past):
    """A changed role counts from the next click; whoever is removed is out."""
    grace, email = await joined("viewer")
    path = await path_of(boss, past, email)
    assert (await grace.get("/contacts/new")).status_code == 403
    await boss.post(f"{path}/role", page=TEAM, role="editor")
    assert "Grace is editor now." in (await boss.get(TEAM)).text
    # A page from before, as the Back button shows it, does not undo that without a word.
    await boss.post(f"{path}/role", page=TEAM, was="viewer", role="admin")
    assert "Grace has become editor meanwhile" in (await boss.get(TEAM)).text
    assert (await grace.get("/contacts/new")).status_code == 200
    await boss.post(f"{path}/remove", page=TEAM)
    assert (await grace.get("/contacts")).status_code == 303
    answer = await grace.post("/sign-in", email=email, password=PASSWORD)
    assert answer.status_code == 422
    assert "You belong to no team any more" in answer.text


async def test_admins_leave_owners_alone(boss: Visitor, joined, past, tenant_of):
    """An admin makes no owner, and neither demotes nor removes one."""
    admin, _ = await joined("admin")
    owner = await past.fetchval(
        "SELECT user_id FROM memberships WHERE tenant_id = $1 AND role = 'owner'",
        await tenant_of(boss),
    )
    path = f"{TEAM}/members/{owner.hex}"
    assert (await admin.post(f"{path}/role", page=TEAM, role="viewer")).status_code == 403
    assert (await admin.post(f"{path}/remove", page=TEAM)).status_code == 403
    assert (await admin.post(TEAM, email=somebody(), role="owner")).status_code == 403
    page = (await admin.get(TEAM)).text
    assert path not in page
    assert 'value="owner"' not in page


async def test_there_is_always_an_owner(boss: Visitor, joined, past, tenant_of):
    """The last owner cannot leave, be demoted or removed, not even two of them by each other."""
    tenant = await tenant_of(boss)
    me = await past.fetchval("SELECT user_id FROM memberships WHERE tenant_id = $1", tenant)
    path = f"{TEAM}/members/{me.hex}"
    for button, fields in (("leave", {}), (f"members/{me.hex}/role", {"role": "viewer"})):
        await boss.post(f"{TEAM}/{button}", page=TEAM, **fields)
        assert "An account needs an owner" in (await boss.get(TEAM)).text
    other, email = await joined("owner")
    answers = await asyncio.gather(
        boss.post(f"{await path_of(boss, past, email)}/role", page=TEAM, role="editor"),
        other.post(f"{path}/role", page=TEAM, role="editor"),
        other.post(f"{TEAM}/leave", page=TEAM),
    )
    assert {answer.status_code for answer in answers} <= {303, 403, 404}
    owners = await past.fetchval(
        "SELECT count(*) FROM memberships WHERE tenant_id = $1 AND role = 'owner'", tenant
    )
    assert owners == 1


async def test_leaving(joined):
    """Anybody may leave, in any role, and is out."""
    grace, _ = await joined("viewer")
    assert went_to(await grace.post(f"{TEAM}/leave", page=TEAM)) == "/sign-in"
    assert (await grace.get("/")).status_code == 303


async def test_what_one_is_called(boss: Visitor):
    """One's name is one's own to change; it stands in the team and in the menu."""
    assert went_to(await boss.post("/settings/account", name="Ada Lovelace")) == "/settings/account"
    assert plain((await boss.get(TEAM)).text).count("Ada Lovelace") >= 2
    answer = await boss.post("/settings/account", name="x" * 201)
    assert answer.status_code == 422
    assert "at most 200" in answer.text
