"""``tenantcrm deliveries``: what it shows, what it resolves, and what it keeps of that."""

import asyncio
import io
import json
import sys
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tenantcrm import cli, ids
from tenantcrm.contacts.models import Activity
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery, SendCount
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import OperatorAction
from tests.conftest import add_tenant
from tests.delivery.world import World
from tests.fixtures.fake_ses import FakeSes
from tests.test_worker import environment


@pytest.fixture
async def world(fresh_database: Database) -> World:
    """A tenant with a database of its own."""
    return World(fresh_database, await add_tenant(fresh_database))


async def run(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """Exit status and both outputs of the command."""
    out, error = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tenantcrm", "deliveries", *arguments])
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", error)
        for name, value in environment(settings, FakeSes()).items():
            patch.setenv(name, value)
        # A thread, because the command has an event loop of its own.
        status = await asyncio.to_thread(command)
    return status, out.getvalue(), error.getvalue()


def command() -> int:
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


async def shown(settings: Settings, *arguments: str) -> Any:
    status, out, error = await run(settings, *arguments, "--json")
    assert status == 0, error
    return json.loads(out)


async def unknown(world: World, count: int = 1) -> list[str]:
    """Mails that no answer came to."""
    await world.due(*[await world.contact() for _ in range(count)])
    mails = await world.mails()
    for mail in mails:
        await world.change(
            Delivery,
            mail.id,
            state="unknown",
            reason="no_answer",
            attempts=1,
            asked_at=mail.due_at,
        )
    return [f"dlv_{mail.id.hex}" for mail in mails]


async def test_looks(world: World, fresh_settings: Settings):
    """Counts by state, a list, one mail with its events; nowhere an address."""
    first, second = await unknown(world, 2)
    tenant = ids.show_id(ids.TENANT, world.tenant_id)
    counted = await shown(fresh_settings, "count")
    assert counted["unknown"] == 2
    assert counted["sent"] == 0
    rows = await shown(fresh_settings, "list", "--tenant", tenant, "--state", "unknown")
    assert {row["id"] for row in rows} == {first, second}
    assert await shown(fresh_settings, "list", "--tenant", tenant, "--state", "sent") == []
    one = await shown(fresh_settings, "show", first)
    assert one["tenant_id"] == tenant
    assert (one["state"], one["attempts"], one["events"]) == ("unknown", 1, [])
    status, out, _ = await run(fresh_settings, "show", first)
    assert status == 0
    assert "no answer" in out
    assert "@example.com" not in out + json.dumps(rows) + json.dumps(one)
    assert await shown(fresh_settings, "retry-events") == {"applied": 0, "faulty": 0}


@pytest.mark.parametrize(
    ("resolution", "state"), [("sent", "sent"), ("not-sent", "failed"), ("resend", "pending")]
)
async def test_resolves(world: World, fresh_settings: Settings, resolution: str, state: str):
    """An unknown mail goes where the operator says, and both records say who, what and why; one
    whose end is known stays."""
    (mail,) = await unknown(world)
    words = ("resolve", mail, "--as", resolution, "--reason", "asked the recipient")
    status, out, error = await run(fresh_settings, *words)
    assert (status, error) == (0, "")
    assert mail in out
    (row,) = await world.mails()
    assert row.state == state
    if state == "pending":
        assert (await world.lane()).due_at is not None
    (activity,) = [a for a in await world.all(Activity) if a.kind == "mail_resolved"]
    assert activity.detail == {
        "delivery_id": mail,
        "as": resolution,
        "reason": "asked the recipient",
    }
    assert [action.reason for action in await actions(world)] == [
        f"{mail} as {resolution}: asked the recipient"
    ]
    status, _, error = await run(fresh_settings, *words)
    assert status == 1
    assert error == f"tenantcrm: This mail is {state}: only unknown ones can be resolved\n"
    assert len(await actions(world)) == 1


async def actions(world: World) -> list[OperatorAction]:
    async with world.database.control_unit_of_work() as control:
        query = select(OperatorAction).where(OperatorAction.tenant_id == world.tenant_id)
        return list((await control.execute(query)).scalars())


async def test_resent_goes_out(world: World, fresh_settings: Settings):
    """What is resent has a new limit of lateness, as long as the old one."""
    (mail,) = await unknown(world)
    before = await world.row(Delivery, UUID(hex=mail[4:]))
    await run(fresh_settings, "resolve", mail, "--as", "resend", "--reason", "it bounced back")
    after = await world.row(Delivery, UUID(hex=mail[4:]))
    assert after.late_at - after.due_at == before.late_at - before.due_at
    assert after.due_at > before.due_at


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("show", "nonsense"), 1, "is not a delivery's id; expected dlv_"),
        (("show", f"dlv_{'0' * 32}"), 1, "There is no delivery dlv_0"),
        (("list", "--tenant", "x"), 1, "is not a tenant's id"),
        (("list", "--tenant", f"ten_{'0' * 32}"), 1, "There is no such tenant"),
        (("resolve", f"dlv_{'0' * 32}", "--as", "sent", "--reason", " "), 1, "--reason"),
        (("resolve", f"dlv_{'0' * 32}", "--as", "lost", "--reason", "x"), 2, "is not one of"),
        (("list",), 2, "Missing option '--tenant'"),
        ((), 2, "Missing command"),
    ],
)
async def test_faults_are_one_line(
    settings: Settings, arguments: tuple[str, ...], status: int, words: str
):
    """What cannot be done is one line with the right exit status, and no traceback."""
    ended, _, error = await run(settings, *arguments)
    assert ended == status
    assert words in error
    assert error.count("\n") == 1


async def test_recount(fresh_settings: Settings, world: World):
    """Numbers that somebody has spoilt are told with status 1, and are right after a repair."""
    await world.due(await world.contact())
    assert (await run(fresh_settings, "recount"))[0] == 0
    (row,) = await world.all(SendCount)
    await world.change(SendCount, row.id, mails=7)
    status, out, _ = await run(fresh_settings, "recount")
    assert status == 1
    assert "send_counts" in out
    assert (await run(fresh_settings, "recount", "--repair"))[0] == 0
    assert (await run(fresh_settings, "recount"))[0] == 0
