"""The team: members and their roles, invitations, and leaving."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import queue_system_mail
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import LastOwnerError
from tenantcrm.tenants.models import Role
from tenantcrm.tenants.schemas import Member, Person
from tenantcrm.tenants.service import invites, team
from tenantcrm.web.dashboard.account import left
from tenantcrm.web.dashboard.role_words import CHOICES, WORDS
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import check_all, read_form
from tenantcrm.web.page import faults_by_field, go, show
from tenantcrm.web.throttles import throttle

PAGE = "/settings/team"


class Team(Controller):
    """The page of the team."""

    path = PAGE

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Who is in the team, and who is invited."""
        return await _page(request, person, session, {"email": "", "role": Role.EDITOR.value})

    @post("/", status_code=200)
    async def invite(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Mail an invitation."""
        require(person, "team")
        form = await read_form(request)
        try:
            check_all(lambda: normalise(form["email"]), lambda: rules.check_role(form["role"]))
            address, role = normalise(form["email"]), rules.check_role(form["role"])
            await throttle(request, "invite", person.tenant.id.hex)
            async with services(request).database.control_unit_of_work() as control:
                made = await invites.invite(
                    session,
                    control,
                    email=address.email,
                    email_key=address.key,
                    role=role,
                    by=person,
                )
        except InvalidError as fault:
            return await _page(request, person, session, form.values("email", "role"), fault)
        await queue_system_mail(session, "invite", address.email, {"invite_id": made.hex})
        return go(PAGE, f"{address.email} is invited as {WORDS[role][0].lower()}.")

    @post("/invites/{invite:str}/resend", status_code=200)
    async def resend(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        invite: FromPath[str],
    ) -> Response[Any]:
        """Mail an invitation again; the links of before end."""
        require(person, "team")
        invite_id = read_hex(invite)
        email = await invites.renew(session, invite_id, by=person)
        await throttle(request, "invite", person.tenant.id.hex)
        await queue_system_mail(session, "invite", email, {"invite_id": invite_id.hex})
        return go(PAGE, f"The invitation of {email} is sent again. Earlier links no longer work.")

    @post("/invites/{invite:str}/withdraw", status_code=200)
    async def withdraw(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        invite: FromPath[str],
    ) -> Response[Any]:
        """End an invitation."""
        require(person, "team")
        email = await invites.withdraw(session, read_hex(invite), by=person)
        return go(PAGE, f"The invitation of {email} is withdrawn. Its link no longer works.")

    @post("/members/{member:str}/role", status_code=200)
    async def change_role(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        member: FromPath[str],
    ) -> Response[Any]:
        """Give somebody another role."""
        require(person, "team")
        who = await _member(request, person, member)
        form = await read_form(request)
        name = who.name or who.email
        if form["was"] and form["was"] != who.role:
            # Shown before somebody else has changed it, as after the Back button.
            words = (
                f"{name} has become {WORDS[who.role][0].lower()} meanwhile. Nothing was changed."
            )
            return go(PAGE, words, "info")
        try:
            role = rules.check_role(form["role"])
            changed = await team.change_role(session, who, role, by=person)
        except (InvalidError, LastOwnerError) as fault:
            return go(PAGE, fault.detail, "danger")
        words = f"{name} is {WORDS[role][0].lower()} now."
        return go(PAGE, words) if changed else go(PAGE, f"Nothing changed for {name}.", "info")

    @post("/members/{member:str}/remove", status_code=200)
    async def remove(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        member: FromPath[str],
    ) -> Response[Any]:
        """Take somebody out of the team."""
        require(person, "team")
        who = await _member(request, person, member)
        try:
            await team.remove(session, who, by=person)
        except LastOwnerError as fault:
            return go(PAGE, fault.detail, "danger")
        if who.user_id == person.user_id:
            return await left(request, person)
        return go(PAGE, f"{who.name or who.email} is no longer in the team.")

    @post("/leave", status_code=200)
    async def leave(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Leave the team oneself, in any role but as the last owner."""
        who = await _member(request, person, person.user_id.hex)
        try:
            await team.remove(session, who, by=person)
        except LastOwnerError as fault:
            return go(PAGE, fault.detail, "danger")
        return await left(request, person)


async def _member(request: AnyRequest, person: Person, member: str) -> Member:
    async with services(request).database.control_unit_of_work() as control:
        return await team.member(control, person.tenant.id, read_hex(member))


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    values: dict[str, str],
    fault: InvalidError | None = None,
) -> Response[Any]:
    async with services(request).database.control_unit_of_work() as control:
        members = await team.members(control, person.tenant.id)
    may_edit = rules.may(person.role, "team")
    if person.user_id not in {one.user_id for one in members}:
        raise NotFoundError
    return await show(
        request,
        person,
        session,
        "settings/team.html",
        status=422 if fault else 200,
        members=[
            {"row": one, "you": one.user_id == person.user_id, "choices": _choices(person, one)}
            for one in members
        ],
        waiting=await invites.waiting(session),
        values=values,
        errors=faults_by_field(fault) if fault else {},
        roles=[choice for choice in CHOICES if _may(person, None, choice[0])],
        words=WORDS,
        may_edit=may_edit,
        may_leave=[one.user_id for one in members if one.role is Role.OWNER] != [person.user_id],
    )


def _choices(person: Person, who: Member) -> list[tuple[str, str]]:
    """The roles that the person may give somebody; none where they may change nothing."""
    if not _may(person, who.role, who.role):
        return []
    return [(role, text) for role, text, _ in CHOICES if _may(person, who.role, role)]


def _may(person: Person, old: str | None, new: str) -> bool:
    return rules.may_set_role(person.role, old=Role(old) if old else None, new=Role(new))
