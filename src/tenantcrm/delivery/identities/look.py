"""One look at a domain: what SES says, and what DNS says. Touches no database."""

import asyncio
from collections.abc import Sequence

import msgspec

from tenantcrm.delivery.identities.advice import advise
from tenantcrm.delivery.identities.dmarc import covering
from tenantcrm.delivery.identities.findings import (
    DmarcFinding,
    Findings,
    RecordState,
    SesWord,
    Sighting,
)
from tenantcrm.delivery.identities.lookups import Found, Resolver
from tenantcrm.delivery.identities.names import at_or_above
from tenantcrm.delivery.identities.records import Record, Setup, wanted
from tenantcrm.delivery.identities.sightings import compare, explained

WORKS = "SUCCESS"
NO_DOMAIN = "DNS does not know {name} at all: is it written right, and registered?"
MOST_LABELS = 8
"""Of the names above a domain that are asked for a policy (DMARCbis, 4.10)."""


async def look_at_dns(resolver: Resolver, setup: Setup, word: SesWord) -> Findings:
    """What DNS holds of the records, the policy for the domain, and what stands in the way."""
    records = wanted(setup)
    sightings, dmarc, apex = await asyncio.gather(
        _records(resolver, setup.name, records),
        _dmarc(resolver, setup, word),
        resolver.look(setup.name, "SOA"),
    )
    words = NO_DOMAIN.format(name=setup.name) if apex.found is Found.NO_NAME else ""
    return Findings(records=sightings, dmarc=dmarc, ses=word, words=words)


async def _records(
    resolver: Resolver, domain: str, records: Sequence[Record]
) -> tuple[Sighting, ...]:
    found = await asyncio.gather(*(_record(resolver, domain, record) for record in records))
    return tuple(found)


async def _record(resolver: Resolver, domain: str, record: Record) -> Sighting:
    sighting = compare(record, await resolver.look(record.name, record.type))
    if sighting.state is not RecordState.MISSING:
        return sighting
    doubled, as_text = await asyncio.gather(
        resolver.look(f"{record.name}.{domain}", record.type), resolver.look(record.name, "TXT")
    )
    return explained(sighting, domain, doubled=doubled, as_text=as_text)


async def _dmarc(resolver: Resolver, setup: Setup, word: SesWord) -> DmarcFinding:
    names = at_or_above(setup.name)
    names = names[:1] + names[1:][-(MOST_LABELS - 1) :]
    looked = await asyncio.gather(*(resolver.look(f"_dmarc.{name}", "TXT") for name in names))
    policy = covering(names, dict(zip(names, looked, strict=True)))
    return advise(setup.name, policy, signed=word.dkim == WORKS, mail_from=word.mail_from == WORKS)


def kept(findings: Findings) -> dict[str, object]:
    """Findings as the database keeps them."""
    built: dict[str, object] = msgspec.to_builtins(findings)
    return built


def read(kept_findings: object) -> Findings:
    """Findings as they were kept; of an older build, what still fits."""
    try:
        return msgspec.convert(kept_findings, Findings)
    except msgspec.ValidationError:
        return Findings()
