"""Domains from being asked for to being proved, failing and being removed."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tenantcrm import clock
from tenantcrm.contacts.models import Activity
from tenantcrm.database import Database
from tenantcrm.delivery.identities import reading
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.checking import check, check_due
from tenantcrm.delivery.identities.errors import (
    DomainInUseError,
    NoDomainsError,
    SesAwayError,
)
from tenantcrm.delivery.identities.findings import RecordState
from tenantcrm.delivery.identities.records import Part
from tenantcrm.delivery.identities.setting_up import MOST, add, remove
from tenantcrm.delivery.models import DomainCheck, SenderClaim, SendingDomain
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.settings import Settings
from tests.conftest import add_tenant
from tests.delivery.world import World
from tests.fixtures.dns_server import NameServer, txt
from tests.fixtures.fake_identities import FakeIdentities

ACTOR = "user:test"


@pytest.fixture
async def ses() -> AsyncIterator[FakeIdentities]:
    async with FakeIdentities().serving() as ses:
        yield ses


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    async with NameServer().serving() as server:
        yield server


@pytest.fixture
def bench(database: Database, settings: Settings, ses: FakeIdentities, server: NameServer) -> Bench:
    """Of an installation that is no sandbox."""
    return Bench(
        database,
        replace(settings, ses_endpoint_url=ses.url, ses_region="eu-west-1"),
        server.resolver(),
    )


@pytest.fixture
def domain() -> str:
    return f"d{secrets.token_hex(6)}.com"


@pytest.fixture
async def rival(database: Database) -> World:
    return World(database, await add_tenant(database, "Rival"))


async def view(world: World, domain_id: UUID) -> reading.DomainView:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await reading.one(session, domain_id)


async def publish(server: NameServer, world: World, domain_id: UUID) -> None:
    """Write every record, as the page tells."""
    for record in (await view(world, domain_id)).findings.records:
        values = [txt(record.value)] if record.type == "TXT" else [f"{record.value}."]
        if record.priority:
            values = [f"{record.priority} {values[0]}"]
        if record.part is Part.OWNERSHIP:
            values += server.records.get((record.name, "TXT"), [])
        server.set(record.name, record.type, *values)


async def asked_for(bench: Bench, world: World, domain: str, label: str = "") -> UUID:
    domain_id = await add(bench, world.tenant_id, domain, label=label, actor=ACTOR)
    await check(bench, world.tenant_id, domain_id)
    return domain_id


async def verified(
    bench: Bench, world: World, domain: str, ses: FakeIdentities, server: NameServer
) -> UUID:
    """A domain with its records in DNS, which SES has found."""
    domain_id = await asked_for(bench, world, domain)
    await publish(server, world, domain_id)
    ses.verify(domain)
    assert await check(bench, world.tenant_id, domain_id) == "verified"
    return domain_id


async def kinds(world: World) -> list[str]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = (
            select(Activity.kind)
            .where(Activity.tenant_id == world.tenant_id, Activity.kind.startswith("domain_"))
            .order_by(Activity.at, Activity.id)
        )
        return list((await session.execute(query)).scalars())


async def standing(world: World, bench: Bench, address: str):
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await SesSenders(bench.settings)(session, address)


async def test_added(bench: Bench, world: World, ses: FakeIdentities, domain: str):
    """SES makes the identity, marked as ours, with MAIL FROM; its own zone is in the records."""
    domain_id = await asked_for(bench, world, f"hi@{domain.upper()}")
    identity = ses.identities[domain]
    assert identity["Tags"] == [{"Key": "tenantcrm", "Value": "domain"}]
    assert identity["MailFromAttributes"]["MailFromDomain"] == f"bounce.{domain}"
    assert identity["MailFromAttributes"]["BehaviorOnMxFailure"] == "USE_DEFAULT_VALUE"
    shown = await view(world, domain_id)
    assert (shown.name, shown.state) == (domain, "pending")
    dkim = [one for one in shown.findings.records if one.part is Part.DKIM]
    assert [one.value for one in dkim] == [
        f"{token}.dkim.fake.amazonses.com" for token in ses.tokens(domain)
    ]
    assert await kinds(world) == ["domain_added"]


async def test_zone_falls_back(bench: Bench, world: World, ses: FakeIdentities, domain: str):
    """An SES that names no zone has the region's."""
    ses.zone = None
    domain_id = await asked_for(bench, world, domain)
    dkim = [r for r in (await view(world, domain_id)).findings.records if r.part is Part.DKIM]
    assert dkim[0].value.endswith(".dkim.amazonses.com")


async def test_label_of_ones_own(bench: Bench, world: World, domain: str):
    """The MAIL FROM domain's label can be chosen."""
    domain_id = await asked_for(bench, world, domain, "mails")
    assert (await view(world, domain_id)).mail_from == f"mails.{domain}"


async def test_verified_once_everything_is_there(
    bench: Bench, world: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """SES's word and the proof in DNS make it verified; then every address of it may send."""
    domain_id = await asked_for(bench, world, domain)
    refused = await standing(world, bench, f"hi@{domain}")
    assert not refused.verified
    assert "Sending domains" in refused.words
    await publish(server, world, domain_id)
    ses.verify(domain)
    assert await check(bench, world.tenant_id, domain_id) == "verified"
    shown = await view(world, domain_id)
    assert shown.findings.all_found()
    assert shown.verified_at
    for address in (f"hi@{domain}", f"other@{domain}", f"hi@news.{domain}"):
        assert (await standing(world, bench, address)).verified, address
    assert await kinds(world) == ["domain_added", "domain_verified"]
    assert not any("@" in name for name in ses.identities)


async def test_without_the_proof_it_is_not_ones_own(
    bench: Bench, world: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """SES alone does not make a domain a tenant's: another may have written the DKIM records."""
    domain_id = await asked_for(bench, world, domain)
    await publish(server, world, domain_id)
    server.set(f"_tenantcrm.{domain}", "TXT")
    ses.verify(domain)
    assert await check(bench, world.tenant_id, domain_id) == "pending"
    assert not (await standing(world, bench, f"hi@{domain}")).verified
    assert await world.all(SenderClaim) == []


async def test_nobody_squats(
    bench: Bench, world: World, rival: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """Who asked first has nothing of it: whoever proves it has it, and the other is told."""
    squatting = await asked_for(bench, rival, domain)
    own = await asked_for(bench, world, domain)
    await publish(server, world, own)
    ses.verify(domain)
    assert await check(bench, rival.tenant_id, squatting) == "pending"
    assert not (await standing(rival, bench, f"hi@{domain}")).verified
    assert await check(bench, world.tenant_id, own) == "verified"
    # Even with a proof of its own beside it: a domain is one tenant's.
    await publish(server, rival, squatting)
    assert await check(bench, rival.tenant_id, squatting) == "pending"
    assert "Another business" in (await view(rival, squatting)).findings.words
    assert (await standing(rival, bench, f"hi@{domain}")).words


async def test_the_first_ones_mail_from_stays(
    bench: Bench, world: World, rival: World, ses: FakeIdentities, domain: str
):
    """A second tenant that asks for a domain takes its MAIL FROM as it is."""
    await asked_for(bench, world, domain, "first")
    other = await asked_for(bench, rival, domain, "second")
    assert (await view(rival, other)).mail_from == f"first.{domain}"
    assert ses.identities[domain]["MailFromAttributes"]["MailFromDomain"] == f"first.{domain}"


async def test_anothers_domain_and_what_is_below_it(
    bench: Bench, world: World, rival: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """A domain that is proved is refused to others, with all below it; above it is free."""
    below = f"news.{domain}"
    await verified(bench, world, below, ses, server)
    for name in (below, f"a.b.{below}"):
        with pytest.raises(InvalidError) as refused:
            await add(bench, rival.tenant_id, name, label="", actor=ACTOR)
        assert refused.value.errors[0].code == "taken"
    assert await verified(bench, rival, domain, ses, server)
    assert not (await standing(rival, bench, f"hi@{below}")).verified
    assert (await standing(rival, bench, f"hi@{domain}")).verified


async def test_refused(bench: Bench, world: World, ses: FakeIdentities, domain: str):
    """Twice the same, and what is nobody's own, is refused before SES hears of it."""
    await asked_for(bench, world, domain)
    for wrong in (domain, "gmail.com", "co.uk"):
        with pytest.raises(InvalidError):
            await add(bench, world.tenant_id, wrong, label="", actor=ACTOR)
    assert list(ses.identities) == [domain]


async def test_so_many_and_no_more(bench: Bench, world: World, domain: str):
    """A tenant cannot fill SES with domains."""
    for n in range(MOST):
        await add(bench, world.tenant_id, f"n{n}.{domain}", label="", actor=ACTOR)
    with pytest.raises(InvalidError) as refused:
        await add(bench, world.tenant_id, domain, label="", actor=ACTOR)
    assert refused.value.errors[0].code == "too_many"


async def test_ses_is_away(bench: Bench, world: World, ses: FakeIdentities, domain: str):
    """While SES cannot be asked nothing is added, and what is known stays as it is."""
    ses.away = True
    with pytest.raises(SesAwayError):
        await add(bench, world.tenant_id, domain, label="", actor=ACTOR)
    assert await world.all(SendingDomain) == []


async def test_a_verified_domain_outlives_ses_being_away(
    bench: Bench, world: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """An SES that does not answer is no reason to fail a domain."""
    domain_id = await verified(bench, world, domain, ses, server)
    ses.away = True
    for _ in range(5):
        assert await check(bench, world.tenant_id, domain_id) == "verified"
    shown = await view(world, domain_id)
    assert shown.findings.ses.verified
    assert "could not be asked" in shown.findings.words


async def test_fails_after_several_looks_and_comes_back(
    bench: Bench, world: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """SES's refusal, three times in a row, fails a domain; its addresses with it, and back."""
    domain_id = await verified(bench, world, domain, ses, server)
    assert (await standing(world, bench, f"hi@{domain}")).verified
    server.records.clear()
    ses.verify(domain, verified=False)
    states = [await check(bench, world.tenant_id, domain_id) for _ in range(4)]
    assert states == ["verified", "verified", "failed", "failed"]
    assert not (await standing(world, bench, f"hi@{domain}")).verified
    await publish(server, world, domain_id)
    # SES had given up: it is asked to look again, and does.
    assert await check(bench, world.tenant_id, domain_id) == "pending"
    assert ses.identities[domain]["DkimAttributes"]["Status"] == "PENDING"
    ses.verify(domain)
    assert await check(bench, world.tenant_id, domain_id) == "verified"
    assert (await standing(world, bench, f"hi@{domain}")).verified
    assert await kinds(world) == [
        "domain_added", "domain_verified", "domain_failed", "domain_pending", "domain_verified",
    ]  # fmt: skip


async def test_gone_from_ses(
    bench: Bench, world: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """A domain that SES has lost is made again while it is not verified; a verified one fails."""
    pending = await asked_for(bench, world, domain)
    del ses.identities[domain]
    assert await check(bench, world.tenant_id, pending) == "pending"
    assert domain in ses.identities
    ses.verify(domain)
    await publish(server, world, pending)
    assert await check(bench, world.tenant_id, pending) == "verified"
    del ses.identities[domain]
    states = [await check(bench, world.tenant_id, pending) for _ in range(3)]
    assert states[-1] == "failed"


async def test_removed(
    bench: Bench, world: World, rival: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """What is removed is forgotten by SES, too, and free for others."""
    domain_id = await verified(bench, world, domain, ses, server)
    await standing(world, bench, f"hi@{domain}")
    await remove(bench, world.tenant_id, domain_id, actor=ACTOR)
    assert domain not in ses.identities
    assert await world.all(SenderClaim) == []
    with pytest.raises(NotFoundError):
        await view(world, domain_id)
    server.records.clear()
    assert await verified(bench, rival, domain, ses, server)
    assert (await standing(rival, bench, f"hi@{domain}")).verified


async def test_removal_leaves_what_others_need(
    bench: Bench, world: World, rival: World, ses: FakeIdentities, domain: str
):
    """SES keeps a domain that another asks for, and one that was not made here."""
    first = await asked_for(bench, world, domain)
    await asked_for(bench, rival, domain)
    await remove(bench, world.tenant_id, first, actor=ACTOR)
    assert domain in ses.identities
    operators = f"op{domain}"
    ses.add(operators)
    own = await asked_for(bench, world, operators)
    await remove(bench, world.tenant_id, own, actor=ACTOR)
    assert operators in ses.identities


async def test_in_use(
    bench: Bench, world: World, ses: FakeIdentities, server: NameServer, domain: str
):
    """A domain that an active campaign sends from stays, and the refusal names the campaign."""
    domain_id = await verified(bench, world, domain, ses, server)
    await world.campaign(0, name="Spring", sender_name="V", sender_email=f"hi@{domain}")
    await world.campaign(0, name="Elsewhere", sender_name="V", sender_email=f"hi@x{domain}")
    assert [one.name for one in (await view(world, domain_id)).campaigns] == ["Spring"]
    with pytest.raises(DomainInUseError) as refused:
        await remove(bench, world.tenant_id, domain_id, actor=ACTOR)
    assert "Spring" in refused.value.detail


async def test_due_ones_are_looked_at(
    bench: Bench, world: World, server: NameServer, domain: str, fresh_database: Database
):
    """A worker looks at what is due, once, and says when it comes round again."""
    there = World(fresh_database, await add_tenant(fresh_database))
    bench = replace(bench, database=fresh_database)
    domain_id = await add(bench, there.tenant_id, domain, label="", actor=ACTOR)
    assert (await view(there, domain_id)).checked_at is None
    assert await check_due(bench) == 1
    assert (await view(there, domain_id)).checked_at
    assert await check_due(bench) == 0
    (planned,) = await there.all(DomainCheck)
    assert timedelta(0) < planned.check_at - clock.real_now() < timedelta(minutes=2)
    async with fresh_database.unit_of_work(there.tenant_id) as session:
        await session.execute(
            update(DomainCheck)
            .where(DomainCheck.tenant_id == there.tenant_id)
            .values(check_at=clock.real_now())
        )
    assert await check_due(bench) == 1


async def test_sandbox(bench: Bench, world: World, rival: World, server: NameServer, domain: str):
    """A sandbox verifies on request, shares domains, and asks no DNS."""
    async with FakeIdentities().serving() as ses:
        settings = replace(bench.settings, sandbox_home=Path(), ses_endpoint_url=ses.url)
        bench = replace(bench, settings=settings)
        ses.add(domain)
        ses.verify(domain)
        for tenant in (world, rival):
            domain_id = await add(bench, tenant.tenant_id, domain, label="", actor=ACTOR)
            shown = await view(tenant, domain_id)
            assert shown.state == "verified"
            assert {r.state for r in shown.findings.records} == {RecordState.NOT_ASKED}
            assert (await standing(tenant, bench, f"hi@{domain}")).verified
    assert server.asked == []


async def test_not_with_a_mail_server(bench: Bench, world: World, domain: str):
    """Where mail goes to a server of the operator's, there is nothing to set up here."""
    bench = replace(bench, settings=replace(bench.settings, smtp_url="smtp://127.0.0.1:25"))
    with pytest.raises(NoDomainsError):
        await add(bench, world.tenant_id, domain, label="", actor=ACTOR)
