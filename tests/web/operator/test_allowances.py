"""What an operator lets a tenant send: rate, cap, ramp, and going on after bounces."""

import pytest

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.repository import hours
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Standing, Tenant
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import plain, went_to

GOOD = {"send_rate": "25", "daily_cap": "", "warm_up_from": "", "allowances_reason": "Asked for it"}


async def save(operator: Visitor, tenant: str, **fields: str):
    return await operator.post(f"{tenant}/allowances", page=tenant, **(GOOD | fields))


async def key_of(owner: Visitor) -> dict[str, str]:
    return {"Authorization": f"Bearer {await owner.make_key('contacts:read')}"}


async def test_allowances_are_set_and_recorded(operator: Visitor, owner: Visitor, tenant: str):
    """What is saved shows on the page, in the record with its reason, and to the tenant's key."""
    headers = await key_of(owner)
    limits = (await owner.get("/v1/me", headers=headers)).json()["limits"]
    assert (limits["mails_per_day"], limits["mails_left_today"]) == (None, None)
    answer = await save(operator, tenant, daily_cap="5000", allowances_reason="New, and small")
    assert went_to(answer) == tenant
    page = plain((await operator.get(tenant)).text)
    assert "at most 5,000 mails of campaigns in 24 hours" in page
    assert "rate 10 → 25 a second; daily cap none → 5,000. New, and small" in page
    limits = (await owner.get("/v1/me", headers=headers)).json()["limits"]
    assert limits["mails_per_second"] == 25
    assert (limits["mails_per_day"], limits["mails_left_today"]) == (5000, 5000)
    assert went_to(await save(operator, tenant, daily_cap="5000")) == tenant
    assert "Nothing was changed" in (await operator.get(tenant)).text


async def test_what_is_left_falls(
    operator: Visitor, owner: Visitor, tenant: str, database: Database
):
    """A key is told how many mails of the day are left, and never fewer than none."""
    headers = await key_of(owner)
    await save(operator, tenant, daily_cap="100")
    for asked, left in ((30, 70), (90, 0)):
        async with database.unit_of_work(read_hex(tenant.rpartition("/")[2])) as session:
            await hours.add(session, "drip", asked=asked)
        limits = (await owner.get("/v1/me", headers=headers)).json()["limits"]
        assert limits["mails_left_today"] == left


async def test_a_ramp_begins(operator: Visitor, tenant: str):
    """A tenant whose ramp begins today may send the first day's mails."""
    today = clock.now().date().isoformat()
    assert went_to(await save(operator, tenant, warm_up_from=today)) == tenant
    page = plain((await operator.get(tenant)).text)
    assert "at most 200 mails of campaigns in 24 hours, by its ramp" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("send_rate", ""),
        ("send_rate", "0"),
        ("send_rate", "fast"),
        ("send_rate", "-1"),
        ("send_rate", "1e9"),
        ("send_rate", "100001"),
        ("daily_cap", "0"),
        ("daily_cap", "-5"),
        ("daily_cap", "1.5"),
        ("daily_cap", "9" * 40),
        ("warm_up_from", "tomorrow"),
        ("warm_up_from", "2026-02-30"),
        ("allowances_reason", " "),
        ("allowances_reason", "x" * 501),
    ],
)
async def test_what_cannot_be_kept_is_refused(
    operator: Visitor, tenant: str, field: str, value: str
):
    """A figure that is none, and a missing reason, are named at their field; what was typed stays
    and nothing changes."""
    answer = await save(operator, tenant, **{"send_rate": "77", field: value})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    if field != "send_rate":
        assert 'value="77"' in answer.text
    assert 'value="10"' in (await operator.get(tenant)).text


async def test_stopped_and_forgiven(
    operator: Visitor, owner: Visitor, tenant: str, database: Database
):
    """A stopped tenant reads why on every page; an operator lets it go on, with a reason."""
    async with database.control_unit_of_work() as control:
        row = await control.get_one(Tenant, read_hex(tenant.rpartition("/")[2]))
        row.standing, row.standing_since = Standing.PAUSED, clock.now()
        row.standing_reason = "9.0% of 1,000 mails in 7 days bounced; from 8% on, it stops"
    for path in ("/", "/contacts", "/campaigns", "/sends", "/keys", "/settings"):
        page = plain((await owner.get(path)).text)
        assert "Your campaigns are stopped" in page
        assert "9.0% of 1,000 mails" in page
    assert "9.0% of 1,000 mails" in plain((await operator.get(tenant)).text)
    refused = await operator.post(f"{tenant}/forgive", page=tenant, forgive_reason="")
    assert refused.status_code == 422
    assert 'id="f-forgive_reason-error"' in refused.text
    answer = await operator.post(f"{tenant}/forgive", page=tenant, forgive_reason="List cleaned")
    assert went_to(answer) == tenant
    shown = plain((await operator.get(tenant)).text)
    assert "Let go on" in shown
    assert "List cleaned" in shown
    assert "Your campaigns are stopped" not in (await owner.get("/")).text
    again = await operator.post(f"{tenant}/forgive", page="/operator", forgive_reason="x")
    assert went_to(again) == tenant
    assert "good standing" in (await operator.get(tenant)).text


async def test_a_tenant_changes_nothing_of_it(owner: Visitor, tenant: str):
    """The forms are the operators': a tenant's owner is led to the console's sign-in."""
    for form in ("allowances", "forgive"):
        answer = await owner.post(f"{tenant}/{form}", page="/settings/account", **GOOD)
        assert answer.status_code in {303, 403}
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/operator/sign-in")
