"""The operator console: a sign-in of its own, counts, suspend with a reason, resume."""

import re
import secrets

import pytest
from litestar import Litestar

from tenantcrm.database import Database
from tenantcrm.tenants.service import operators
from tests.fixtures.web import PASSWORD, Visitor, visiting
from tests.web.dashboard.conftest import plain, went_to

HTMX = {"HX-Request": "true"}


async def key_of(owner: Visitor) -> dict[str, str]:
    return {"Authorization": f"Bearer {await owner.make_key('contacts:read')}"}


async def test_signs_in_apart(operator: Visitor, owner: Visitor):
    """An operator's session opens no dashboard, a tenant's no console, by either cookie."""
    assert (await operator.get("/operator")).status_code == 200
    assert (await operator.get("/")).headers["location"].startswith("/sign-in")
    stolen = operator.http.cookies["tcrm_operator"]
    answer = await owner.http.get("/contacts", headers={"Cookie": f"tcrm_dashboard={stolen}"})
    assert answer.headers["location"].startswith("/sign-in")
    assert (await owner.get("/operator")).headers["location"].startswith("/operator/sign-in")


async def test_the_sessions_cookie_stays_on_its_path(operator: Visitor):
    """The operator's cookie is sent to the console alone, and read by no script."""
    cookie = next(c for c in operator.http.cookies.jar if c.name == "tcrm_operator")
    assert cookie.path == "/operator"
    assert cookie.has_nonstandard_attr("HttpOnly")


async def test_signing_out_ends_the_session(operator: Visitor):
    """After signing out, the old cookie opens nothing."""
    old = operator.http.cookies["tcrm_operator"]
    answer = await operator.post("/operator/sign-out", page="/operator")
    assert went_to(answer) == "/operator/sign-in"
    answer = await operator.http.get("/operator", headers={"Cookie": f"tcrm_operator={old}"})
    assert answer.status_code == 303


@pytest.mark.parametrize("target", ["/contacts", "//evil.example", "/operatorevil", ""])
async def test_next_stays_in_the_console(app: Litestar, database: Database, target: str):
    """Signing in to the console leads into the console."""
    email = f"{secrets.token_hex(6)}@operators.example"
    async with database.control_unit_of_work() as control:
        made = await operators.create(control, email=email, email_key=email)
        await operators.set_password(control, made, PASSWORD)
    async with visiting(app) as visitor:
        answer = await visitor.post(
            "/operator/sign-in", email=email, password=PASSWORD, next=target
        )
    assert went_to(answer) == "/operator"


async def test_a_wrong_password_is_refused(app: Litestar, owner: Visitor):
    """A tenant's own password is no operator's."""
    page = (await owner.get("/settings/account")).text
    email = re.search(r"[0-9a-f]{12}@example\.com", page)
    assert email
    async with visiting(app) as visitor:
        answer = await visitor.post("/operator/sign-in", email=email.group(), password=PASSWORD)
    assert answer.status_code == 422
    assert "tcrm_operator" not in answer.headers.get("set-cookie", "")


async def test_tenants_with_their_counts(operator: Visitor, owner: Visitor, tenant: str):
    """The console lists tenants by name, with numbers and owners, and never content."""
    name = secrets.token_hex(6)
    await owner.post("/contacts/new", email="hidden@example.com")
    fields = {"timezone": "UTC", "sender_email": "a@example.com", "sender_name": "x"}
    await owner.post("/settings", name=f"Cellar {name}", **fields)
    for page in (
        await operator.get(f"/operator/tenants?q={name}"),
        await operator.get(tenant),
        await operator.get("/operator"),
    ):
        assert page.status_code == 200
        assert f"Cellar {name}" in page.text
        assert "hidden@example.com" not in page.text
    assert "No tenants here" in (await operator.get(f"/operator/tenants?q=no{name}")).text
    part = (await operator.get(f"/operator/tenants?q={name}", headers=HTMX)).text
    assert "<html" not in part
    whole = await operator.get("/operator/tenants", headers=HTMX | {"HX-Boosted": "true"})
    assert "<html" in whole.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/operator/tenants/x", 404),
        ("/operator/tenants/" + "0" * 32, 404),
        ("/operator/tenants?after=x", 404),
        ("/operator/tenants?q=%00%25_", 200),
    ],
)
async def test_strange_addresses_do_no_harm(operator: Visitor, path: str, status: int):
    """What is no tenant is not found; any text may be searched for."""
    assert (await operator.get(path)).status_code == status


async def test_suspending_needs_a_reason(operator: Visitor, tenant: str):
    """Without a reason, or with a very long one, nobody is suspended; what was typed stays."""
    for reason in ("", "   ", "x" * 501):
        answer = await operator.post(f"{tenant}/suspend", page=tenant, reason=reason)
        assert answer.status_code == 422
        assert "500 characters" in answer.text
        assert 'id="f-reason-error"' in answer.text
    assert "Suspend, " not in (await operator.get(tenant)).text
    assert "Suspended" not in plain((await operator.get(tenant)).text)


async def test_suspended_and_resumed(operator: Visitor, owner: Visitor, tenant: str):
    """A suspended tenant's keys are 403 with the reason, its pages show it; resuming ends it."""
    headers = await key_of(owner)
    reason = "Complaints <over> 0.5 %"
    answer = await operator.post(f"{tenant}/suspend", page=tenant, reason=reason)
    assert went_to(answer) == tenant
    refused = await owner.get("/v1/contacts", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["code"] == "tenant_suspended"
    assert reason in refused.json()["detail"]
    for path in ("/", "/contacts", "/campaigns"):
        page = (await owner.get(path)).text
        assert "This account is suspended" in page
        assert "Complaints &lt;over&gt; 0.5 %" in page
    shown = plain((await operator.get(tenant)).text)
    assert "Complaints &lt;over&gt; 0.5 %" in shown
    assert tenant in (await operator.get("/operator/tenants?state=suspended")).text
    again = await operator.post(f"{tenant}/suspend", page=FORM, reason="again")
    assert went_to(again) == tenant
    assert "suspended already" in (await operator.get(tenant)).text

    assert went_to(await operator.post(f"{tenant}/resume", page=tenant)) == tenant
    assert (await owner.get("/v1/contacts", headers=headers)).status_code == 200
    assert "This account is suspended" not in (await owner.get("/")).text
    assert went_to(await operator.post(f"{tenant}/resume", page=FORM)) == tenant
    assert "not suspended" in (await operator.get(tenant)).text


FORM = "/operator"
"""A page with a token: that of signing out."""
