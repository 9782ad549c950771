"""Send a message to oneself and the team, as a contact would get it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import queue_test_mail
from tenantcrm.errors import ConflictError, InvalidError, TooManyRequestsError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import audit
from tenantcrm.web.dashboard.editor.page import found_message
from tenantcrm.web.dashboard.team_addresses import team_addresses
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go

MOST = 5
"""Addresses at once."""
RATE, BURST = 30 / 3600, 30
"""Test mails of a tenant: thirty at once, then one every two minutes."""


class TestMails(Controller):
    """The button that sends a test."""

    path = "/campaigns/{campaign:str}/messages/{message:str}/test"

    @post("/", status_code=200)
    async def send(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Mail the saved message, marked [Test], to oneself or to those of the team chosen."""
        require(person, "campaigns.edit")
        row, found = await found_message(session, read_hex(campaign), read_hex(message))
        form = await read_form(request)
        team = await team_addresses(request, person)
        wanted = [one for n, one in enumerate(team) if form[f"to.{n}"] == one] or team[:1]
        chosen = form["as"] if form["as"] != "nobody" else ""
        back = f"/campaigns/{row.id.hex}/messages/{found.id.hex}"
        if form["as"]:
            back += "?" + urlencode({"as": form["as"]})
        if len(wanted) > MOST:
            return go(back, f"A test goes to {MOST} people at most; choose fewer.", "danger")
        try:
            await _take(request, person, len(wanted))
            for recipient in wanted:
                await queue_test_mail(
                    session,
                    message_id=found.id,
                    contact_id=read_hex(chosen) if chosen else None,
                    recipient=recipient,
                    actor=f"user:{person.user_id.hex}",
                )
        except (InvalidError, ConflictError, TooManyRequestsError) as fault:
            await session.rollback()
            return go(back, f"No test mail was sent: {fault.detail}", "danger")
        await audit.record(
            session,
            actor=f"user:{person.user_id.hex}",
            action="tested",
            subject="message",
            subject_id=found.id,
            name=f"{row.name}: {found.subject}",
            changes={"recipients": (None, len(wanted))},
        )
        return go(back, f"A test mail to {_named(wanted)} is on its way.")


def key_of(tenant_id: UUID) -> str:
    """What the limiter knows the test mails of a tenant by."""
    return f"test-mails:{tenant_id.hex}"


async def _take(request: AnyRequest, person: Person, number: int) -> None:
    taken = await services(request).limiter.take(
        key_of(person.tenant.id), rate=RATE, burst=BURST, n=number
    )
    if taken.granted < number:
        wait = max(1, round(taken.retry_after))
        raise TooManyRequestsError(wait, f"There were too many; try again in {wait} s")


def _named(wanted: list[str]) -> str:
    return wanted[0] if len(wanted) == 1 else f"{len(wanted)} people"
