"""Read DMARC records, and find the one that covers a domain. Pure.

RFC 7489, 6.3 and 6.6.3, with the walk up the tree of DMARCbis (draft-ietf-dmarc-dmarcbis, 4.10) in
place of a list of public suffixes.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tenantcrm.delivery.identities.lookups import Found, Lookup

VERSION = "DMARC1"
POLICIES = ("none", "quarantine", "reject")
ALIGNMENTS = ("r", "s")


class Dmarc(Struct, frozen=True, kw_only=True):
    """A record. ``faults``: what in it is not as it should be, in words."""

    policy: str = ""
    subdomains: str = ""
    reports: tuple[str, ...] = ()
    strict_dkim: bool = False
    strict_spf: bool = False
    testing: bool = False
    public_suffix: str = "u"
    faults: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether receivers follow it."""
        return not self.faults


class Policy(Struct, frozen=True, kw_only=True):
    """What covers a domain. ``at``: the domain whose record it is; ``unknown``: nobody could say.

    ``records``: every text that stands there for a DMARC record; several count as none.
    """

    at: str = ""
    records: tuple[str, ...] = ()
    dmarc: Dmarc = Dmarc()
    inherited: bool = False
    unknown: str = ""

    @property
    def applied(self) -> str:
        """The policy that receivers apply: of a domain below, the one for subdomains."""
        if self.inherited and self.dmarc.subdomains:
            return self.dmarc.subdomains
        return self.dmarc.policy


def is_meant(text: str) -> bool:
    """Whether a TXT record is one for DMARC, or was meant to be."""
    start = text.replace(" ", "").replace('"', "").lower()
    return start.startswith(("v=dmarc", "dmarc1")) or ("p=" in start and "rua=" in start)


def parse(text: str) -> Dmarc:
    """Read a record; what is wrong with it is in ``faults``."""
    faults: list[str] = []
    tags = _tags(text, faults)
    policy = tags.get("p", "").lower()
    reports = tuple(part.strip() for part in tags.get("rua", "").split(",") if part.strip())
    if not policy and reports:
        policy = "none"  # RFC 7489, 6.6.3: where reports are asked for, a missing p is none.
    elif not policy:
        faults.append("it has no p= (none, quarantine or reject)")
    elif policy not in POLICIES:
        faults.append(f"p={policy} is none of {', '.join(POLICIES)}")
    subdomains = tags.get("sp", "").lower()
    if subdomains and subdomains not in POLICIES:
        faults.append(f"sp={subdomains} is none of {', '.join(POLICIES)}")
    faults += [
        f"{name}={tags[name]} is neither r nor s"
        for name in ("adkim", "aspf")
        if tags.get(name, "r").lower() not in ALIGNMENTS
    ]
    faults += [
        f"rua={address} is no mailto: address"
        for address in reports
        if not address.lower().startswith("mailto:") or "@" not in address
    ]
    return Dmarc(
        policy=policy,
        subdomains=subdomains,
        reports=reports,
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
        testing=tags.get("t", "").lower() == "y" or tags.get("pct") == "0",
        public_suffix=tags.get("psd", "u").lower(),
        faults=tuple(faults),
    )


def covering(names: Sequence[str], looked: Mapping[str, Lookup]) -> Policy:
    """The policy of the first name, from what stands at ``_dmarc.`` of it and the names above.

    Args:
        names: the domain, then those above it, the closest first.
        looked: the TXT records at ``_dmarc.NAME``, by name.
    """
    own = _at(names[0], looked[names[0]], inherited=False)
    if own.at or own.unknown:
        return own
    found = Policy()
    for name in names[1:]:
        here = _at(name, looked[name], inherited=True)
        if here.unknown:
            return here
        if here.dmarc.public_suffix == "y":
            break  # A registry's own: it covers nobody's domain.
        if here.at:
            found = here
        if here.dmarc.public_suffix == "n":
            break  # The top of an organisation says so itself.
    return found


def _at(name: str, lookup: Lookup, *, inherited: bool) -> Policy:
    if lookup.found is Found.UNKNOWN:
        return Policy(unknown=lookup.words)
    records = tuple(text for text in lookup.values if is_meant(text))
    if not records:
        return Policy()
    return Policy(at=name, records=records, dmarc=parse(records[0]), inherited=inherited)


def _tags(text: str, faults: list[str]) -> dict[str, str]:
    """The tags by name, each once; the first has to be the version."""
    tags: dict[str, str] = {}
    for place, part in enumerate(text.strip().rstrip(";").split(";")):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        name = name.lower()
        if place == 0 and (name != "v" or value != VERSION):
            faults.append(f"it does not begin with v={VERSION}")
        if not equals:
            faults.append(f"“{part.strip()[:40]}” is not of the form name=value")
        elif name in tags:
            faults.append(f"{name}= stands twice")
        else:
            tags[name] = value
    return tags
