"""Looking at DNS: found, missing, different, and nobody could say, are four things."""

from collections.abc import AsyncIterator

import pytest

from tenantcrm.delivery.identities.findings import Findings, RecordState, SesWord
from tenantcrm.delivery.identities.look import look_at_dns
from tenantcrm.delivery.identities.lookups import Found, Resolver
from tenantcrm.delivery.identities.records import Part, Setup, wanted, zone_of
from tests.fixtures.dns_server import NameServer, txt

SETUP = Setup(
    name="example.com",
    tokens=("one", "two", "three"),
    zone="dkim.eu-south-1.amazonses.com",
    mail_from="bounce.example.com",
    proof="abc123",
    region="eu-south-1",
)
SIGNED = SesWord(known=True, verified=True, dkim="SUCCESS", mail_from="SUCCESS")


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    async with NameServer().serving() as server:
        server.set("example.com", "SOA", "ns.example.com. root.example.com. 1 2 3 4 5")
        yield server


def publish(server: NameServer, setup: Setup = SETUP) -> None:
    """Every record, as the customer is told to write it."""
    for record in wanted(setup):
        if record.type == "TXT":
            server.set(record.name, "TXT", txt(record.value))
        elif record.type == "MX":
            server.set(record.name, "MX", f"{record.priority} {record.value}.")
        else:
            server.set(record.name, "CNAME", f"{record.value}.")


async def look(server: NameServer, setup: Setup = SETUP) -> Findings:
    return await look_at_dns(server.resolver(), setup, SIGNED)


def states(findings: Findings) -> dict[str, str]:
    """The state of each record, by the first label of its name and its type."""
    return {f"{r.name.split('.')[0]} {r.type}": str(r.state) for r in findings.records}


def one(findings: Findings, part: Part):
    return next(record for record in findings.records if record.part is part)


def test_wanted_records():
    """The records are SES's: three CNAMEs into its zone, MX and SPF of the MAIL FROM domain."""
    shown = [(r.type, r.name, r.priority, r.value) for r in wanted(SETUP)]
    assert shown == [
        ("TXT", "_tenantcrm.example.com", None, "tenantcrm-domain=abc123"),
        ("CNAME", "one._domainkey.example.com", None, "one.dkim.eu-south-1.amazonses.com"),
        ("CNAME", "two._domainkey.example.com", None, "two.dkim.eu-south-1.amazonses.com"),
        ("CNAME", "three._domainkey.example.com", None, "three.dkim.eu-south-1.amazonses.com"),
        ("MX", "bounce.example.com", 10, "feedback-smtp.eu-south-1.amazonses.com"),
        ("TXT", "bounce.example.com", None, "v=spf1 include:amazonses.com ~all"),
    ]


def test_zone_where_ses_names_none():
    """Some regions have a zone of their own; the others share one."""
    assert zone_of("eu-south-1") == "dkim.eu-south-1.amazonses.com"
    assert zone_of("us-east-1") == "dkim.amazonses.com"


async def test_all_found(server: NameServer):
    """What stands there as told is found, and shown as seen."""
    publish(server)
    findings = await look(server)
    assert set(states(findings).values()) == {"found"}
    assert findings.all_found()
    assert one(findings, Part.MAIL_FROM).seen == ("10 feedback-smtp.eu-south-1.amazonses.com",)
    assert findings.words == ""


async def test_one_mended_record_changes_alone(server: NameServer):
    """Each record stands for itself."""
    before = await look(server)
    assert set(states(before).values()) == {"missing"}
    server.set("two._domainkey.example.com", "CNAME", "two.dkim.eu-south-1.amazonses.com.")
    after = states(await look(server))
    assert [name for name, state in after.items() if state == "found"] == ["two CNAME"]


async def test_different_shows_what_was_seen(server: NameServer):
    """A wrong value is not a missing one: what stands there is kept, to be shown."""
    publish(server)
    server.set("one._domainkey.example.com", "CNAME", "Old.DKIM.example.NET.")
    server.set("_tenantcrm.example.com", "TXT", '"tenantcrm-domain=other"')
    server.set("bounce.example.com", "MX", "10 mx.example.net.")
    server.set("bounce.example.com", "TXT", '"v=spf1 include:other.example -all"')
    findings = await look(server)
    assert one(findings, Part.DKIM).state is RecordState.DIFFERENT
    assert one(findings, Part.DKIM).seen == ("old.dkim.example.net",)
    assert one(findings, Part.OWNERSHIP).seen == ("tenantcrm-domain=other",)
    assert "another account" in one(findings, Part.OWNERSHIP).note
    assert one(findings, Part.MAIL_FROM).state is RecordState.DIFFERENT
    assert "include:amazonses.com" in one(findings, Part.SPF).note


@pytest.mark.parametrize(
    ("records", "state"),
    [
        (['"v=spf1 include:amazonses.com -all"'], "found"),
        (['"V=SPF1 +include:AmazonSES.com ?all"', '"something else"'], "found"),
        (['"v=spf1 " "include:amazonses.com ~all"'], "found"),
        (['"v=spf1 ~all include:amazonses.com"'], "different"),
        (['"v=spf1 -include:amazonses.com ~all"'], "different"),
        (['"v=spf1 include:amazonses.com ~all"', '"v=spf1 -all"'], "different"),
        (['"v=spf10 include:amazonses.com"'], "missing"),
        (['"hello"'], "missing"),
    ],
)
async def test_spf(server: NameServer, records: list[str], state: str):
    """SPF is read as receivers do: one record, whose terms before ``all`` name SES."""
    publish(server)
    server.set("bounce.example.com", "TXT", *records)
    assert one(await look(server), Part.SPF).state == state


async def test_a_second_mx(server: NameServer):
    """SES's MX has to be the only one, and the words say so."""
    publish(server)
    right = "10 feedback-smtp.eu-south-1.amazonses.com."
    server.set("bounce.example.com", "MX", right, "20 mx.example.com.")
    sighting = one(await look(server), Part.MAIL_FROM)
    assert sighting.state is RecordState.DIFFERENT
    assert "the only one" in sighting.note


async def test_ownership_beside_others(server: NameServer):
    """Texts of other accounts may stand at the same name."""
    publish(server)
    server.set("_tenantcrm.example.com", "TXT", '"tenantcrm-domain=x"', txt(wanted(SETUP)[0].value))
    assert one(await look(server), Part.OWNERSHIP).state is RecordState.FOUND


async def test_usual_slips_are_named(server: NameServer):
    """A name with the domain twice, and a TXT instead of a CNAME, are told as what they are."""
    publish(server)
    server.set("one._domainkey.example.com", "CNAME")
    server.set(
        "one._domainkey.example.com.example.com", "CNAME", "one.dkim.eu-south-1.amazonses.com."
    )
    server.set("two._domainkey.example.com", "CNAME")
    server.set("two._domainkey.example.com", "TXT", '"two.dkim.eu-south-1.amazonses.com"')
    notes = {r.name.split(".")[0]: r.note for r in (await look(server)).records}
    assert "Write only one._domainkey as the name" in notes["one"]
    assert "has to be of type CNAME" in notes["two"]


async def test_could_not_look_is_not_missing(server: NameServer):
    """A server that fails, and one that is silent, leave the record unknown, with the cause."""
    publish(server)
    server.failing.add("one._domainkey.example.com")
    server.silent.add("two._domainkey.example.com")
    findings = await look(server)
    by_label = {r.name.split(".")[0]: r for r in findings.records}
    assert by_label["one"].state is RecordState.UNKNOWN
    assert "SERVFAIL" in by_label["one"].note
    assert by_label["two"].state is RecordState.UNKNOWN
    assert "in time" in by_label["two"].note
    assert by_label["three"].state is RecordState.FOUND
    assert not findings.all_found()


async def test_domain_that_is_not_there(server: NameServer):
    """A domain that DNS does not know is told apart from one without records."""
    server.records.clear()
    server.set("other.com", "A", "127.0.0.1")
    assert "does not know example.com at all" in (await look(server)).words


async def test_cname_is_not_followed_when_asked_for(server: NameServer):
    """A CNAME that leads on to another is read as it stands; a TXT behind a CNAME is found."""
    server.set("a.example.com", "CNAME", "b.example.com.")
    server.set("b.example.com", "CNAME", "c.example.com.")
    server.set("c.example.com", "TXT", '"hello"')
    resolver = server.resolver()
    assert (await resolver.look("a.example.com", "CNAME")).values == ("b.example.com",)
    assert (await resolver.look("a.example.com", "TXT")).values == ("hello",)


async def test_kinds_of_nothing(server: NameServer):
    """No such name, and a name without such a record, are two things."""
    resolver = server.resolver()
    server.set("x.example.com", "A", "127.0.0.1")
    assert (await resolver.look("x.example.com", "TXT")).found is Found.NOTHING
    assert (await resolver.look("nowhere.example.com", "TXT")).found is Found.NO_NAME


async def test_long_answers_come_over_tcp(server: NameServer):
    """An answer that does not fit a datagram is asked for again, and put together."""
    long = "v=spf1 " + "x" * 700
    server.set("long.example.com", "TXT", txt(long))
    assert (await server.resolver().look("long.example.com", "TXT")).values == (long,)
    assert server.over_tcp == 1


async def test_no_server_at_all():
    """Where nobody answers, nothing is known; nothing is raised."""
    resolver = Resolver(["127.0.0.1"], port=1, timeout=0.2, lifetime=0.4)
    assert (await resolver.look("example.com", "TXT")).found is Found.UNKNOWN


async def test_dmarc_of_the_domain(server: NameServer):
    """The policy is looked up at the domain, and above it."""
    server.set("_dmarc.example.com", "TXT", '"v=DMARC1; p=reject; rua=mailto:d@example.com"')
    findings = await look(server)
    assert (findings.dmarc.at, findings.dmarc.policy) == ("example.com", "reject")
    below = Setup(
        name="news.example.com", tokens=(), zone="z", mail_from="", proof="p", region="eu-west-1"
    )
    inherited = await look(server, below)
    assert "follows the DMARC record of example.com" in inherited.dmarc.advice[0].text
