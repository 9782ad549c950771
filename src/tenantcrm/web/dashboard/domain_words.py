"""What is known of a domain, in the words of its page."""

from collections.abc import Sequence
from typing import Any

from tenantcrm.delivery.identities.findings import DmarcFinding, RecordState, Sighting
from tenantcrm.delivery.identities.reading import DomainView, Event
from tenantcrm.delivery.identities.records import Part
from tenantcrm.web.shell import Level

LOOKED: dict[str, tuple[str, Level]] = {
    "verified": ("Verified: every address of the domain may send.", "success"),
    "pending": ("Looked. What is missing is below; new records may take a while to show.", "info"),
    "failed": ("Looked. The domain may not send; what is wrong is below.", "danger"),
}
"""What to say after a look, by the state."""
STATES: dict[RecordState, tuple[str, str, str]] = {
    RecordState.FOUND: ("Found", "ok", "check"),
    RecordState.MISSING: ("Missing", "warn", "clock"),
    RecordState.DIFFERENT: ("Different", "danger", "circle-alert"),
    RecordState.UNKNOWN: ("Could not look", "neutral", "circle-question-mark"),
    RecordState.NOT_ASKED: ("Not looked at", "neutral", "eye"),
}
"""Words, tone and icon of a record's state."""
GROUPS: tuple[tuple[str, str, tuple[Part, ...]], ...] = (
    ("Proof that it is yours", "So that nobody else here can send from it.", (Part.OWNERSHIP,)),
    ("Signature (DKIM)", "Three records: every mail is signed in your name.", (Part.DKIM,)),
    (
        "Return address (MAIL FROM, SPF)",
        "Two records: bounces come back below your domain, and SPF counts for you.",
        (Part.MAIL_FROM, Part.SPF),
    ),
)
HAPPENED: dict[str, tuple[str, str, str]] = {
    "domain_added": ("Added", "plus", ""),
    "domain_verified": ("Verified", "circle-check", "ok"),
    "domain_failed": ("Failed: SES no longer takes its mail", "octagon-alert", "danger"),
    "domain_pending": ("The mail service was asked to look again", "refresh-cw", ""),
}


def groups(records: Sequence[Sighting]) -> list[dict[str, Any]]:
    """The records by what they are for; each has its words, its tone and an id for its texts."""
    found = []
    for title, text, parts in GROUPS:
        rows = [
            {"record": record, "state": STATES[record.state], "key": f"record-{place}"}
            for place, record in enumerate(records)
            if record.part in parts
        ]
        if rows:
            found.append({"title": title, "text": text, "rows": rows})
    return found


def zone_file(records: Sequence[Sighting]) -> str:
    """The records as lines of a zone file (RFC 1035, 5.1)."""
    return "\n".join(_line(record) for record in records)


def dmarc_badge(finding: DmarcFinding) -> tuple[str, str, str]:
    """Words, tone and icon for the policy; a sound one is named."""
    words, tone, icon = STATES[finding.state]
    if finding.state is RecordState.FOUND:
        return f"p={finding.policy}", tone, icon
    if finding.state is RecordState.DIFFERENT:
        return "Broken", tone, icon
    return words, tone, icon


def progress(domain: DomainView) -> str:
    """How many of the records are there; empty where nobody looks."""
    records = domain.findings.records
    found = sum(record.state is RecordState.FOUND for record in records)
    looked = any(record.state is not RecordState.NOT_ASKED for record in records)
    return f"{found} of {len(records)} records found" if looked else ""


def timeline(history: Sequence[Event]) -> list[dict[str, Any]]:
    """What happened, for the timeline."""
    rows = []
    for event in history:
        title, icon, tone = HAPPENED.get(event.kind, (event.kind, "info", ""))
        rows.append({"at": event.at, "title": title, "icon": icon, "tone": tone, "text": ""})
    return rows


def _line(record: Sighting) -> str:
    value = f"{record.value}."
    if record.type == "TXT":
        value = f'"{record.value}"'
    if record.priority is not None:
        value = f"{record.priority} {value}"
    return f"{record.name}. 3600 IN {record.type} {value}"
