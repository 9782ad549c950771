"""Compare what DNS says with what it has to say. Pure."""

from collections.abc import Sequence

from tenantcrm.delivery.identities.findings import RecordState, Sighting
from tenantcrm.delivery.identities.lookups import Found, Lookup
from tenantcrm.delivery.identities.records import OWNERSHIP_PREFIX, Part, Record

SPF_START = "v=spf1"
SPF_INCLUDE = frozenset({"include:amazonses.com", "+include:amazonses.com"})
ONE_SPF = "Two SPF records count as none (RFC 7208, 4.5): keep one, with both contents."
ONE_MX = "SES wants its MX record to be the only one at this name."


def unlooked(records: Sequence[Record]) -> tuple[Sighting, ...]:
    """Records of which nobody has asked DNS."""
    return tuple(_sighting(record, RecordState.NOT_ASKED) for record in records)


def compare(record: Record, lookup: Lookup) -> Sighting:
    """How a record stands."""
    if lookup.found is Found.UNKNOWN:
        return _sighting(record, RecordState.UNKNOWN, note=f"Could not look: {lookup.words}.")
    if lookup.found is not Found.ANSWERED:
        return _sighting(record, RecordState.MISSING)
    return _COMPARE[record.part](record, lookup.values)


def explained(missing: Sighting, domain: str, *, doubled: Lookup, as_text: Lookup) -> Sighting:
    """Why a record is missing, where one of the usual slips is to be seen.

    Args:
        missing: its sighting.
        domain: the domain that is set up.
        doubled: the same question with the domain after the name once more.
        as_text: the TXT records at the name, of a record of another type.
    """
    if doubled.found is Found.ANSWERED:
        note = (
            f"It stands at {missing.name}.{domain}: your DNS provider adds the domain by itself. "
            f"Write only {missing.name.removesuffix('.' + domain)} as the name."
        )
    elif missing.type != "TXT" and any(missing.value in value for value in as_text.values):
        note = f"It is there as a TXT record; it has to be of type {missing.type}."
    else:
        return missing
    return Sighting(
        part=missing.part,
        type=missing.type,
        name=missing.name,
        value=missing.value,
        priority=missing.priority,
        state=missing.state,
        note=note,
    )


def _ownership(record: Record, values: Sequence[str]) -> Sighting:
    if record.value in (value.strip() for value in values):
        return _sighting(record, RecordState.FOUND, values)
    ours = [value for value in values if value.strip().startswith(OWNERSHIP_PREFIX)]
    note = "This is the value of another account; both may stand side by side." if ours else ""
    return _sighting(record, RecordState.DIFFERENT, values, note)


def _dkim(record: Record, values: Sequence[str]) -> Sighting:
    right = list(values) == [record.value.lower()]
    return _sighting(record, RecordState.FOUND if right else RecordState.DIFFERENT, values)


def _mail_from(record: Record, values: Sequence[str]) -> Sighting:
    hosts = [value.rpartition(" ")[2] for value in values]
    if hosts == [record.value.lower()]:
        return _sighting(record, RecordState.FOUND, values)
    note = ONE_MX if record.value.lower() in hosts else ""
    return _sighting(record, RecordState.DIFFERENT, values, note)


def _spf(record: Record, values: Sequence[str]) -> Sighting:
    policies = [value for value in values if value.lower().split(" ")[0] == SPF_START]
    if not policies:
        return _sighting(record, RecordState.MISSING, values)
    if len(policies) > 1:
        return _sighting(record, RecordState.DIFFERENT, policies, ONE_SPF)
    terms = policies[0].lower().split()
    if SPF_INCLUDE & set(_before_all(terms)):
        return _sighting(record, RecordState.FOUND, policies)
    return _sighting(
        record, RecordState.DIFFERENT, policies, "It does not hold include:amazonses.com."
    )


def _before_all(terms: Sequence[str]) -> list[str]:
    """The terms that are looked at: nothing behind ``all`` is (RFC 7208, 5.1)."""
    for place, term in enumerate(terms):
        if term.lstrip("+-~?") == "all":
            return list(terms[:place])
    return list(terms)


_COMPARE = {
    Part.OWNERSHIP: _ownership,
    Part.DKIM: _dkim,
    Part.MAIL_FROM: _mail_from,
    Part.SPF: _spf,
}


def _sighting(
    record: Record, state: RecordState, seen: Sequence[str] = (), note: str = ""
) -> Sighting:
    return Sighting(
        part=record.part,
        type=record.type,
        name=record.name,
        value=record.value,
        priority=record.priority,
        state=state,
        seen=tuple(seen),
        note=note,
    )
