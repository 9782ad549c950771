"""Every form of every page: an ended session loses nothing of it, and sent twice it works once.

The forms are read from the pages, and the pages follow from the routes: a new form is walked by
itself. One that nobody finds, because it stands on a page in a state that is missing here, fails.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from tests.fixtures.web import PASSWORD, Visitor, visiting
from tests.isolation import routes
from tests.web.dashboard.actions import ROUTES
from tests.web.posted_forms import TOKEN, Form, completed, forms_of, typed_into

TYPED = {"Content-Type": "application/x-www-form-urlencoded"}
ASKS = "/messages/draft"
"""Shows what is typed, and does nothing."""
GOES_AWAY = {"/settings/team/leave", "/settings/account/switch"}
"""Whoever has sent it is somewhere else: what they sent belongs to no page any more."""
NOT_SEEN = {"/settings/account", "/settings/account/switch", "/settings/domains/{domain:str}/check"}
"""What changes nothing of the business, or not always."""
PASSING = ("idempotent_responses", "domain_checks", "tenant_stats", "lanes")
"""Tables that change by themselves."""


async def _found(owner: Visitor, places: list[str]) -> dict[str, list[tuple[str, Form]]]:
    """The forms of each route, and the pages where they stand."""
    patterns = {
        path: re.compile(routes.PARAMETER.sub("[^/]+", path) + r"(\?.*)?")
        for method, path in sorted(ROUTES, key=lambda route: "{" in route[1])
        if method == "POST"
    }
    found: dict[str, list[tuple[str, Form]]] = {}
    for page in places:
        answer = await owner.get(page)
        # Whoever comes after a sign-out finds nothing by the Back button.
        assert answer.headers["cache-control"] == "no-store", page
        for form in forms_of(answer) if "html" in answer.headers.get("content-type", "") else []:
            route = next((p for p, known in patterns.items() if known.fullmatch(form.action)), "")
            found.setdefault(route, []).append((page, form))
    return found


def _every_route() -> list[str]:
    """In an order in which what destroys comes last."""
    return [path for method, path in ROUTES if method == "POST" and not path.endswith(ASKS)]


async def _send(visitor: Visitor, form: Form, sent: list[tuple[str, str]]) -> httpx.Response:
    if form.has_file():
        files = {"file": ("people.csv", b"email\nlast@example.com\n")}
        return await visitor.http.post(form.action, data=dict(sent), files=files)
    return await visitor.http.post(form.action, content=urlencode(sent), headers=TYPED)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


async def test_every_form(
    app: Litestar,
    owner: Visitor,
    places: list[str],
    owners: asyncpg.Connection,
    redis: Redis,
    tenant_of,
):
    """Without script: nothing typed is lost with a session, and nothing is done twice."""
    found = await _found(owner, places)
    missing = [route for route in _every_route() if route not in found]
    assert missing == [], "no page has their forms"
    faults, email = [], await _email(owner)
    for route in _every_route():
        unlike = {tuple(one.name for one in form.controls): form for _, form in found[route]}
        for form in unlike.values():
            faults += [f"{route}: {fault}" for fault in await _lost(app, owner, email, form, redis)]
    faults += await _done_twice(owner, found, owners, await tenant_of(owner))
    assert "\n".join(faults) == ""


async def _email(owner: Visitor) -> str:
    found = re.search(r'data-email="([^"]+)"', (await owner.get("/settings/account")).text)
    assert found
    return found.group(1)


async def _lost(app: Litestar, owner: Visitor, email: str, form: Form, redis: Redis) -> list[str]:
    """What is wrong with a form that is sent after the session has ended."""
    mark = f"typed-{secrets.token_hex(4)}"
    sent = typed_into(form, mark)
    async with visiting(app) as stranger:
        for cookie in owner.http.cookies.jar:
            if cookie.name != "tcrm_dashboard":
                stranger.http.cookies.set(cookie.name, cookie.value or "")
        answer = await _send(stranger, form, sent)
        if form.has_file():
            there = answer.headers.get("location", "")
            return [] if there.startswith("/sign-in") else [f"led to {there}"]
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return [f"is answered {answer.status_code}"]
        door = next(one for one in forms_of(answer) if one.action == "/sign-in")
        typed = {"email": email, "password": PASSWORD}
        # Nobody signs in sixty times within seconds, and nobody may.
        async for key in redis.scan_iter(f"*sign-in:account:{email}"):
            await redis.delete(key)
        again = await _send(stranger, door, list((dict(door.values()) | typed).items()))
        last = next((one for one in forms_of(again) if one.action == form.action), None)
        if last is None or _own(last.values()) != _own(sent):
            return [f"{last and last.values()} is kept of {sent}"]
        if mark in str(sent) and again.text.count(mark) < 2:
            return ["nothing of what was typed is to be seen"]
        if form.action == "/campaigns/starters":
            taken = await _send(stranger, last, last.values())
            made = await owner.get(taken.headers.get("location", "/nowhere"))
            return [] if made.status_code == httpx.codes.OK else ["is not taken"]
    return []


def _own(sent: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pair for pair in sent if pair[0] != TOKEN)


async def _done_twice(
    owner: Visitor,
    found: dict[str, list[tuple[str, Form]]],
    owners: asyncpg.Connection,
    tenant: UUID,
) -> list[str]:
    """What is wrong with forms of which two presses come at once, and a third behind them."""
    faults = []
    for route in _every_route():
        for page, form in found[route]:
            # As it is now: up and down go to one address, and the first message can only go down.
            there = [one for one in forms_of(await owner.get(page)) if one.action == form.action]
            if there:
                faults += await _pressed(owner, route, there[-1], owners, tenant)
                break
        else:
            faults.append(f"{route}: no page has its form any more")
        if route == "/settings/account/switch":
            await owner.post(route, page="/", tenant=tenant.hex)
        elif route == "/settings/account/verify":
            # Only now is its form gone; whoever invites has confirmed their address.
            await owners.execute(
                "UPDATE users SET email_verified_at = now() WHERE id IN"
                " (SELECT user_id FROM memberships WHERE tenant_id = $1)",
                tenant,
            )
    return faults


async def _pressed(
    owner: Visitor, route: str, form: Form, owners: asyncpg.Connection, tenant: UUID
) -> list[str]:
    """What is wrong with a form that is sent three times, twice of them at once."""
    mark = f"x{secrets.token_hex(5)}"
    sent, before = completed(form, mark), await _state(owners, tenant)
    log = await owners.fetchval("SELECT count(*) FROM audit_entries WHERE tenant_id = $1", tenant)
    mails = await _mails(owners, tenant)
    answers = await asyncio.gather(*(_send(owner, form, sent) for _ in range(2)))
    after = await _state(owners, tenant)
    answers.append(await _send(owner, form, sent))
    faults = []
    if await _state(owners, tenant) != after:
        faults.append("the third press does it again")
    if route not in NOT_SEEN and before == after:
        faults.append("nothing was done")
    led = {(one.status_code, one.headers.get("location")) for one in answers}
    if route not in GOES_AWAY and (len(led) > 1 or answers[0].status_code != 303):
        faults.append(f"led to {led}")
    entries = await owners.fetch(
        "SELECT subject, action, count(*) FROM audit_entries WHERE tenant_id = $1 AND id IN"
        " (SELECT id FROM audit_entries WHERE tenant_id = $1 ORDER BY at, id OFFSET $2)"
        " GROUP BY 1, 2",
        tenant,
        log,
    )
    faults += [
        f"{subject} {action} {times} times" for subject, action, times in entries if times > 1
    ]
    if await _mails(owners, tenant) > mails + 1:
        faults.append("mails twice")
    return [f"{route}: {fault}" for fault in faults]


async def _mails(owners: asyncpg.Connection, tenant: UUID) -> int:
    return int(
        await owners.fetchval("SELECT count(*) FROM deliveries WHERE tenant_id = $1", tenant)
    )


async def _state(owners: asyncpg.Connection, tenant: UUID) -> list[tuple[str, str]]:
    """Everything that a tenant has, each table in a few letters."""
    tables = await owners.fetch(
        "SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
        " AND a.attname = 'tenant_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND NOT c.relname = ANY($1) ORDER BY 1",
        PASSING,
    )
    each = [
        f"SELECT '{name}' AS name, md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), ''))"
        f" AS held FROM {name} t WHERE tenant_id = $1"
        for (name,) in tables
    ]
    each.append("SELECT 'tenants', md5(t::text) FROM tenants t WHERE id = $1")
    return [tuple(row) for row in await owners.fetch(" UNION ALL ".join(each), tenant)]
