"""Who may do what: every route of the dashboard, in every role, against the one table."""

import re
from uuid import UUID

import asyncpg

from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Role
from tests.fixtures.web import Visitor
from tests.isolation import routes
from tests.web.dashboard.actions import BY_HAND, ONESELF, ROUTES, SHOWS_WHAT_IS_STORED
from tests.web.dashboard.conftest import FORM

TABLES = (
    "tenants", "contacts", "campaigns", "messages", "api_keys", "suppressions", "activities",
    "memberships", "invites", "audit_entries",
)  # fmt: skip
REFUSED = "Your role does not allow this"


async def everything(connection: asyncpg.Connection, tenant: UUID) -> dict[str, list[str]]:
    return {
        table: [
            row[0]
            for row in await connection.fetch(
                f"SELECT to_jsonb(t)::text FROM {table} t"
                f" WHERE {'id' if table == 'tenants' else 'tenant_id'} = $1 ORDER BY 1",
                tenant,
            )
        ]
        for table in TABLES
    }


async def become(connection: asyncpg.Connection, tenant: UUID, role: Role) -> None:
    """Give this role to the owner, who is not called Grace."""
    await connection.execute(
        "UPDATE memberships SET role = $1 WHERE tenant_id = $2 AND user_id NOT IN"
        " (SELECT id FROM users WHERE name = 'Grace')",
        str(role),
        tenant,
    )


def test_every_route_is_in_the_table():
    """A new route has a line that names what it does, in a word that the table knows."""
    there = {route for route in routes.on("dashboard") if route[1] not in BY_HAND}
    assert there == ROUTES.keys()
    known = set().union(*rules.ACTIONS.values()) | {ONESELF}
    assert set(ROUTES.values()) <= known


async def test_pages_and_their_buttons(owner: Visitor, things, owners, tenant_of):
    """In each role just the allowed pages open, and they have no button that would be refused."""
    tenant = await tenant_of(owner)
    patterns = {
        re.compile(routes.PARAMETER.sub("[^/]+", path).replace(".", r"\.") + r"(\?.*)?"): action
        for (method, path), action in ROUTES.items()
        if method == "POST"
    }
    for role in reversed(list(Role)):
        await become(owners, tenant, role)
        for (method, path), action in ROUTES.items():
            if method != "GET":
                continue
            page = await owner.get(routes.filled(path, things), follow_redirects=True)
            allowed = action == ONESELF or rules.may(role, action)
            assert page.status_code == (200 if allowed else 403), f"{role}: {path}"
            if not allowed:
                assert REFUSED in page.text
                continue
            buttons = re.findall(
                r'(?:method="post" action|formaction|hx-post)="([^"]+)"', page.text
            )
            if path in SHOWS_WHAT_IS_STORED and ">Save" not in page.text:
                buttons = [button for button in buttons if not path.endswith(button)]
                resting = re.search(r"<fieldset[^>]* disabled>", page.text)
                assert resting, f"{path} lets {role} type what cannot be saved"
            for button in {"" if button == "/sign-out" else button for button in buttons} - {""}:
                needed = [one for pattern, one in patterns.items() if pattern.fullmatch(button)]
                assert needed, f"{path} has a button that leads to no route: {button}"
                assert any(one == ONESELF or rules.may(role, one) for one in needed) or (
                    path in SHOWS_WHAT_IS_STORED and ">Save" not in page.text
                ), f"{role} may not press {button} on {path}"


async def test_buttons_and_forms(owner: Visitor, things, owners, tenant_of):
    """In each role what is not allowed is 403 and changes nothing; what is allowed is not."""
    tenant = await tenant_of(owner)
    token = await owner.token(FORM)
    for role in reversed(list(Role)):
        await become(owners, tenant, role)
        before = await everything(owners, tenant)
        posts = [(path, action) for (method, path), action in ROUTES.items() if method == "POST"]
        refused = [path for path, a in posts if a != ONESELF and not rules.may(role, a)]
        for path in refused:
            answer = await owner.http.post(
                routes.filled(path, things), data={"_csrf_token": token, "name": "Changed"}
            )
            assert answer.status_code == 403, f"{role}: POST {path}"
            assert REFUSED in answer.text, path
        assert await everything(owners, tenant) == before
        for path, action in posts:
            if path in refused or action == ONESELF:
                continue
            answer = await owner.http.post(routes.filled(path, things), data={"_csrf_token": token})
            assert answer.status_code not in {403, 405, 500}, f"{role}: POST {path}"
